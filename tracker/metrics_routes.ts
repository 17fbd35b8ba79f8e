// GET /metrics for Prometheus, GET /health for whoever starts and stops trackers. The text is made in metrics.ts.

import type { Handler } from "hono";
import type { AdminState } from "./admin_state.ts";
import type { SharedStore } from "./answers.ts";
import type { AppEnv } from "./app.ts";
import { formatMetrics } from "./metrics.ts";
import type { Tracker } from "./tracker.ts";

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What the two are made of. */
export interface MetricsParts {
  tracker: Tracker;
  admin: AdminState;
  store: SharedStore | undefined;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
}

export function metricsRoute({ admin, now, store, tracker }: MetricsParts): Handler<AppEnv> {
  return (c) => {
    const totals = admin.totals(now());
    const { heapUsed, rss } = Deno.memoryUsage();
    const text = formatMetrics({
      stats: tracker.stats,
      totals,
      partialSeeds: tracker.peers.partialSeeds,
      storeBytes: tracker.bytes,
      memory: { heapUsed, rss },
      isStoreUp: store === undefined ? undefined : store.trouble === undefined,
      startedAt: performance.timeOrigin,
    });
    return c.body(text, 200, { "content-type": METRICS_TYPE, "cache-control": "no-store" });
  };
}

/**
 * Who gets 200 knows that the tracker serves: one that is ending has closed its port. One whose store is away answers, but
 * has nothing to say: 503.
 */
export function healthRoute({ admin, now, store }: Omit<MetricsParts, "tracker">): Handler<AppEnv> {
  return (c) => {
    const { uptimeSeconds, version } = admin.totals(now());
    c.header("cache-control", "no-store");
    const { trouble } = store ?? {};
    if (trouble !== undefined) {
      return c.json({ status: "store unavailable", reason: trouble, version, uptimeSeconds }, 503);
    }
    return c.json({ status: "ok", version, uptimeSeconds });
  };
}
