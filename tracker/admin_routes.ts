// GET /api/state: what the admin page polls. The JSON is described in admin_api.ts and made in admin_state.ts.

import type { Handler } from "hono";
import type { AdminState } from "./admin_state.ts";
import type { AppEnv } from "./app.ts";

/** `now()`: milliseconds of the tracker's monotonic clock. */
export function stateRoute(admin: AdminState, now: () => number): Handler<AppEnv> {
  return async (c) => {
    const revision = c.req.query("revision");
    const question = {
      epoch: c.req.query("epoch"),
      // Anything that isn't a number becomes one that was never given out.
      revision: revision === undefined ? undefined : Number(revision),
      swarm: c.req.query("swarm"),
    };
    await admin.prepare(question, now());
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    return c.json(admin.snapshot(question, { now: now(), unix: Date.now() }));
  };
}
