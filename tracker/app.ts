// The tracker's HTTP side: which path goes where. Tests call app.request(path, init, { remoteAddr }).

import { Hono } from "hono";
import { addAdmin, type AdminAppParts } from "./admin_app.ts";
import type { AdminState } from "./admin_state.ts";
import type { AppHandler } from "./announce_route.ts";
import type { SharedStore } from "./answers.ts";
import { bugLine, bugResponse } from "./bencode_response.ts";
import type { AskerAddresses } from "./forwarded.ts";
import { healthRoute, metricsRoute } from "./metrics_routes.ts";
import { scrapeRoute } from "./scrape_route.ts";
import type { TorrentRegistry } from "./torrent_registry.ts";
import { torrentDownloadRoute } from "./torrents_routes.ts";
import type { Tracker } from "./tracker.ts";
import type { WebSocketServer } from "./web_socket_server.ts";

/** What the server knows of a request besides the request: the part of `RequestInfo` that is used. */
export interface AppEnv {
  Bindings: { remoteAddr: { hostname: string; port?: number }; heard?: () => void; hasWaited?: boolean };
}

/** The parts that the paths lead to. */
export interface AppParts {
  tracker: Tracker;
  /** Answers announces. */
  announce: AppHandler;
  /** Where the swarms are if not in the tracker's memory. */
  store?: SharedStore | undefined;
  admin: AdminState;
  sockets: WebSocketServer;
  askers: AskerAddresses;
  registry: TorrentRegistry;
  /** The admin page; undefined where it is elsewhere, or nowhere. */
  page: AdminAppParts | undefined;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
  log: (line: string) => void;
}

/** Builds the app. */
export function createApp(
  { admin, announce, askers, log, now, page, registry, sockets, store, tracker }: AppParts,
): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const answers = store?.swarms ?? tracker;
  app.get("/announce", (c) => announce(c.req.raw, c.env));
  app.get("/scrape", scrapeRoute({ tracker, answers, askers, now }));
  app.get("/metrics", metricsRoute({ tracker, admin, store, now }));
  app.get("/health", healthRoute({ admin, store, now }));
  app.get("/torrents/:file", torrentDownloadRoute(registry));
  if (page === undefined) app.get("/", sockets.before((c) => c.notFound()));
  else addAdmin(app, page, (handler) => sockets.before(handler));
  return withEnds(app, log);
}

/** Builds the app of the admin page where it has a port of its own. */
export function createAdminApp(
  page: AdminAppParts,
  { log, registry }: Pick<AppParts, "log" | "registry">,
): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get("/torrents/:file", torrentDownloadRoute(registry));
  addAdmin(app, page);
  return withEnds(app, log);
}

/** What is answered where nothing else is. */
function withEnds(app: Hono<AppEnv>, log: (line: string) => void): Hono<AppEnv> {
  app.notFound((c) => c.text("404 Not Found\n", 404));
  app.onError((error, c) => {
    log(bugLine(c.req.path, error));
    return c.req.path === "/scrape" ? bugResponse() : c.text("500 Internal Server Error\n", 500);
  });
  return app;
}
