// The admin page of one tracker as it is served: on the tracker's own port, or on one of its own. What it shows and changes
// is admin_service.ts's business.

import type { Hono } from "hono";
import { AdminAssets } from "./admin_assets.ts";
import type { AdminAppParts } from "./admin_app.ts";
import { AdminService, type ServiceParts } from "./admin_service.ts";
import { AdminToken } from "./admin_token.ts";
import { type AppEnv, createAdminApp } from "./app.ts";
import type { HttpServer, ListenAt, TlsPair } from "./http_server.ts";
import type { AdminAddress, LiveRules, TrackerOptions } from "./options.ts";
import type { Clocks } from "./peer_rows.ts";

/** What the tracker gives. */
export interface AdminServerParts extends Omit<ServiceParts, "token" | "about" | "given"> {
  version: string;
  askers: AdminAppParts["askers"];
  web: AdminAppParts["web"];
}

/** Serves an app at an address and port. */
export type OpenServer = (at: ListenAt, app: Hono<AppEnv>) => HttpServer;

/** The page, served. */
export class AdminServer {
  readonly #options: TrackerOptions;
  readonly #parts: AdminServerParts;
  readonly #token: AdminToken;
  readonly #page: AdminAppParts;
  #server: HttpServer | undefined;

  private constructor(options: TrackerOptions, parts: AdminServerParts, assets: AdminAssets) {
    const { adminPublicStats = false, adminToken, data, udp = true } = options;
    const { askers, version, web, ...rest } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#token = AdminToken.open({ given: adminToken, data });
    const features = [...udp ? ["udp" as const] : [], "websocket" as const, ...data ? ["data" as const] : []];
    const about = { announcePort: null, features, publicStats: adminPublicStats, version };
    const service = new AdminService({ ...rest, given: options, token: this.#token, about });
    this.#page = { service, assets, askers, web };
  }

  /**
   * Reads the page and the token; undefined where none is wanted.
   *
   * @throws {RangeError} if the operator's token can't be one.
   * @throws {TrackerStartError} if the token's hash can't be kept.
   */
  static open(
    options: TrackerOptions,
    parts: AdminServerParts,
    assets: AdminAssets,
  ): AdminServer | undefined {
    return options.admin === false ? undefined : new AdminServer(options, parts, assets);
  }

  /** What the tracker's own app is to serve; undefined where the page has a port of its own. */
  get page(): AdminAppParts | undefined {
    return this.#isApart ? undefined : this.#page;
  }

  /**
   * Begins to serve. `tracker`: where the tracker does; `open` serves an app elsewhere.
   *
   * @throws {TrackerStartError} if its port can't be opened.
   */
  listen(tracker: HttpServer, open: OpenServer): AdminAddress {
    if (this.#isApart) {
      const { adminHost, adminPort = 0, host } = this.#options;
      this.#page.service.parts.about.announcePort = tracker.port;
      const app = createAdminApp(this.#page, this.#parts);
      this.#server = open({ host: adminHost ?? host, port: adminPort, portFlag: "--admin-port" }, app);
    }
    const { hostname, port } = this.#server ?? tracker;
    return { hostname, port, token: this.#token.fresh ?? null };
  }

  /** Takes other rules from now on, together with those that were changed on the page. */
  reload(rules: LiveRules): void {
    this.#page.service.settings.reload(rules);
  }

  /** Call it once a second. */
  tick(clocks: Clocks): void {
    this.#page.service.tick(clocks);
  }

  /** As `HttpServer.close()`. */
  async close(graceMs: number): Promise<void> {
    await this.#server?.close(graceMs);
  }

  /** As `HttpServer.renew()`. */
  renew(tls: TlsPair): void {
    this.#server?.renew?.(tls);
  }

  get #isApart(): boolean {
    return this.#options.adminHost !== undefined || this.#options.adminPort !== undefined;
  }
}
