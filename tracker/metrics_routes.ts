// GET /metrics for Prometheus, GET /health for whoever starts and stops trackers. The text is made in metrics.ts.

import type { Handler } from "hono";
import type { AdminState } from "./admin_state.ts";
import type { AppEnv } from "./app.ts";
import { formatMetrics } from "./metrics.ts";
import type { Tracker } from "./tracker.ts";

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** `now()`: milliseconds of the tracker's monotonic clock. */
export function metricsRoute(tracker: Tracker, admin: AdminState, now: () => number): Handler<AppEnv> {
  return (c) => {
    const totals = admin.totals(now());
    const { heapUsed, rss } = Deno.memoryUsage();
    const text = formatMetrics({
      stats: tracker.stats,
      totals,
      partialSeeds: tracker.peers.partialSeeds,
      storeBytes: tracker.bytes,
      memory: { heapUsed, rss },
      startedAt: performance.timeOrigin,
    });
    return c.body(text, 200, { "content-type": METRICS_TYPE, "cache-control": "no-store" });
  };
}

/** Who gets this answer knows that the tracker serves: one that is ending has closed its port. */
export function healthRoute(admin: AdminState, now: () => number): Handler<AppEnv> {
  return (c) => {
    const { uptimeSeconds, version } = admin.totals(now());
    c.header("cache-control", "no-store");
    return c.json({ status: "ok", version, uptimeSeconds });
  };
}
