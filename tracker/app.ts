// The tracker's HTTP side: which path goes where. Tests call app.request(path, init, { remoteAddr }).

import { Hono } from "hono";
import { adminGuard } from "./admin_guard.ts";
import type { AdminAssets } from "./admin_assets.ts";
import { stateRoute } from "./admin_routes.ts";
import type { AdminState } from "./admin_state.ts";
import { announceRoute } from "./announce_route.ts";
import type { SharedStore } from "./answers.ts";
import { bugResponse } from "./bencode_response.ts";
import type { DataFile } from "./data_file.ts";
import type { AskerAddresses } from "./forwarded.ts";
import { listsRoutes } from "./lists_routes.ts";
import { healthRoute, metricsRoute } from "./metrics_routes.ts";
import { scrapeRoute } from "./scrape_route.ts";
import type { TorrentRegistry } from "./torrent_registry.ts";
import { torrentDownloadRoute, torrentsRoutes } from "./torrents_routes.ts";
import type { Tracker } from "./tracker.ts";
import type { WebSocketServer } from "./web_socket_server.ts";

/** What the server knows of a request besides the request: the part of `RequestInfo` that is used. */
export interface AppEnv {
  Bindings: { remoteAddr: { hostname: string; port?: number }; heard?: () => void };
}

/** The parts that the paths lead to. */
export interface AppParts {
  tracker: Tracker;
  /** Where the swarms are if not in the tracker's memory. */
  store?: SharedStore | undefined;
  admin: AdminState;
  assets: AdminAssets;
  sockets: WebSocketServer;
  askers: AskerAddresses;
  registry: TorrentRegistry;
  data: DataFile;
  /** What who changes the tracker has to show; undefined: only this machine may. */
  adminToken: string | undefined;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
  log: (line: string) => void;
}

/** Builds the app. */
export function createApp(
  { admin, adminToken, askers, assets, data, log, now, registry, sockets, store, tracker }: AppParts,
): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const answers = store?.swarms ?? tracker;
  app.get("/announce", announceRoute({ tracker, answers, sockets, askers, now }));
  app.get("/scrape", scrapeRoute({ tracker, answers, askers, now }));
  app.get("/api/state", stateRoute(admin, now));
  app.get("/metrics", metricsRoute({ tracker, admin, store, now }));
  app.get("/health", healthRoute({ admin, store, now }));
  const guard = adminGuard(adminToken);
  app.use("/api/lists/*", guard);
  app.route("/api/lists", listsRoutes(tracker.admission.lists, data));
  app.route("/api/torrents", torrentsRoutes(registry, guard));
  app.get("/torrents/:file", torrentDownloadRoute(registry));
  const page = assets.route();
  app.get("/", sockets.before(page));
  app.get("/swarms/*", page);
  // One by one: a pattern would match /announce as well, and take it off the router's fast path.
  for (const name of assets.names) app.get(`/${name}`, page);
  app.notFound((c) => c.text("404 Not Found\n", 404));
  app.onError((error, c) => {
    // A bug of ours. Peers still get an answer that they can read, the operator gets the whole story.
    log(`Cannot answer ${c.req.path}: ${error.stack ?? error.message}`);
    const isProtocol = c.req.path === "/announce" || c.req.path === "/scrape";
    return isProtocol ? bugResponse() : c.text("500 Internal Server Error\n", 500);
  });
  return app;
}
