// The tracker's HTTP side: which path goes where. Tests call app.request(path, init, { remoteAddr }).

import { Hono } from "hono";
import type { AdminAssets } from "./admin_assets.ts";
import { stateRoute } from "./admin_routes.ts";
import type { AdminState } from "./admin_state.ts";
import { announceRoute } from "./announce_route.ts";
import { bugResponse } from "./bencode_response.ts";
import { healthRoute, metricsRoute } from "./metrics_routes.ts";
import { scrapeRoute } from "./scrape_route.ts";
import type { Tracker } from "./tracker.ts";
import type { WebSocketServer } from "./web_socket_server.ts";

/** What the server knows of a request besides the request: the part of `Deno.ServeHandlerInfo` that is used. */
export interface AppEnv {
  Bindings: { remoteAddr: { hostname: string; port?: number } };
}

/** The parts that the paths lead to. */
export interface AppParts {
  tracker: Tracker;
  admin: AdminState;
  assets: AdminAssets;
  sockets: WebSocketServer;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
  log: (line: string) => void;
}

/** Builds the app. */
export function createApp({ admin, assets, log, now, sockets, tracker }: AppParts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get("/announce", announceRoute(tracker, sockets, now));
  app.get("/scrape", scrapeRoute(tracker));
  app.get("/api/state", stateRoute(admin, now));
  app.get("/metrics", metricsRoute(tracker, admin, now));
  app.get("/health", healthRoute(admin, now));
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
