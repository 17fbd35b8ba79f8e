// The admin page over HTTP: which path goes where, and who has to sign in for it. It serves on the tracker's port or on one
// of its own, or not at all.

import { type Handler, Hono } from "hono";
import type { AdminAssets } from "./admin_assets.ts";
import { type AdminEnv, fail, identify, signedIn } from "./admin_guard.ts";
import type { AppEnv } from "./app.ts";
import type { AdminService } from "./admin_service.ts";
import type { AskerAddresses } from "./forwarded.ts";
import { listsRoutes } from "./lists_routes.ts";
import { manageRoutes } from "./manage_routes.ts";
import openApi from "./openapi.json" with { type: "json" };
import { eventsRoute, historyRoute, overviewRoute } from "./overview_routes.ts";
import { sessionRoutes } from "./session_routes.ts";
import { swarmRoutes } from "./swarm_routes.ts";
import { torrentsRoutes } from "./torrents_routes.ts";
import type { WebPeer } from "./web_swarms.ts";

/** What the paths lead to. */
export interface AdminAppParts {
  service: AdminService;
  assets: AdminAssets;
  askers: AskerAddresses;
  web: { drop(peer: WebPeer): void };
}

/** Addresses that the page makes up for its views, below each of which it may make up more. */
const VIEWS = ["swarms", "events", "manage", "sign-in"];

/** Puts the page and its JSON into an app. `root`: stands before the page at "/". */
export function addAdmin(
  app: Hono<AppEnv>,
  parts: AdminAppParts,
  root: (page: Handler<AppEnv>) => Handler<AppEnv> = (page) => page,
): void {
  app.route("/api", adminApi(parts));
  const page = parts.assets.route();
  app.get("/", root(page));
  for (const view of VIEWS) app.get(`/${view}/*`, page);
  // One by one: a pattern would match /announce as well, and take it off the router's fast path.
  for (const name of parts.assets.names) app.get(`/${name}`, page);
}

/** The routes below /api. */
function adminApi({ askers, service, web }: AdminAppParts): Hono<AdminEnv> {
  const { access, answers, audit, details, moment, overview, peers, settings, table, tail, timeline, undo } =
    service;
  const { about, admin, clocks, data, registry, tracker } = service.parts;
  const app = new Hono<AdminEnv>();
  app.use("/*", identify({ access, askers, clocks }));
  app.use("/*", async (_, next) => {
    // A store that trackers share is asked for more while somebody looks.
    await admin.elsewhere?.prepare(undefined, clocks().now);
    await next();
  });
  app.get("/openapi.json", (c) => c.json(openApi));
  app.route("/session", sessionRoutes({ about, access, audit, clocks }));
  if (!about.publicStats) app.use("/*", signedIn);
  app.get("/overview", overviewRoute({ answers, clocks, overview }));
  app.get("/history", historyRoute({ answers, timeline }));
  if (about.publicStats) app.use("/*", signedIn);
  app.get("/events", eventsRoute({ answers, clocks, moment, tail }));
  app.route("/swarms", swarmRoutes({ about, answers, audit, clocks, details, peers, table, web }));
  app.route("/torrents", torrentsRoutes({ about, audit, clocks, registry, undo }));
  app.route("/lists", listsRoutes({ audit, clocks, data, lists: tracker.admission.lists, undo }));
  app.route("/", manageRoutes({ audit, clocks, records: data.adminRecords, settings, undo }));
  app.all("/*", (c) => fail(c, 404, "There is no such address"));
  return app;
}
