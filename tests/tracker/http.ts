// A tracker's app without a socket: requests in, answers out.

import assert from "node:assert/strict";
import { type BencodeDict, decode } from "../../protocol/mod.ts";
import { AdminAssets } from "../../tracker/admin_assets.ts";
import { AdminService } from "../../tracker/admin_service.ts";
import { AdminState } from "../../tracker/admin_state.ts";
import { AdminToken } from "../../tracker/admin_token.ts";
import { announceHandler, announcesFirst, type AppHandler } from "../../tracker/announce_route.ts";
import { createApp } from "../../tracker/app.ts";
import { Keeper } from "../../tracker/keeper.ts";
import type { TrackerRules } from "../../tracker/options.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { AskerAddresses } from "../../tracker/forwarded.ts";
import { parseSubnet, type Subnet, Subnets } from "../../tracker/subnets.ts";
import { WebSocketServer } from "../../tracker/web_socket_server.ts";
import { WebTracker } from "../../tracker/web_tracker.ts";
import { newTracker } from "./announcing.ts";

/** An info hash with every kind of byte in it, and a peer id, as they stand in a query. */
export const HASH = "%00%01%7f%80%ff%26%3d%2b%25%20abcdefghij";
export const PEER = "-SE0100-abcdefghijkl";
/** The least that an announce must say. */
export const LEAST = `info_hash=${HASH}&peer_id=${PEER}&port=6881`;

/** The admin token of every app here. */
export const TOKEN = "token-of-the-tests";
/** Unix milliseconds at time 0. */
export const UNIX = 1_800_000_000_000;

type TestAppOptions = TrackerRules & { admin?: boolean; adminPublicStats?: boolean; announcePort?: number };

/** An app at time 0, and what it has logged. */
export class TestApp {
  readonly tracker: Tracker;
  readonly logged: string[] = [];
  readonly keeper: Keeper;
  readonly #app: ReturnType<typeof createApp>;
  readonly #handler: AppHandler;

  /** Milliseconds of the tracker's clock, and of Unix time since UNIX. */
  now = 0;
  readonly service: AdminService;
  /** Whether each request finds a moment of its own, as those of a page that is alone do. */
  isAlone = true;

  private constructor(tracker: Tracker, assets: AdminAssets, options: TestAppOptions) {
    this.tracker = tracker;
    const epoch = "run-1234";
    const admin = new AdminState(tracker, { version: "9.9", now: 0 });
    const log = (line: string) => this.logged.push(line);
    const now = () => this.now;
    const clocks = () => ({ now: this.now, unix: UNIX + this.now });
    const trusted = new Subnets();
    trusted.add(parseSubnet("203.0.113.0/24") as Subnet);
    const askers = new AskerAddresses(trusted);
    const web = new WebTracker(tracker);
    const sockets = new WebSocketServer({
      web,
      askers,
      maxConnections: 10,
      now,
      log,
    });
    this.keeper = Keeper.open(undefined, { tracker, admin, log });
    const { data, registry } = this.keeper;
    const token = AdminToken.open({ given: TOKEN, data: undefined });
    const about = {
      announcePort: options.announcePort ?? null,
      features: ["udp" as const],
      publicStats: options.adminPublicStats ?? false,
      version: "9.9",
    };
    const rules = { given: options, live: {} };
    const parts = { tracker, admin, data, registry, token, about, epoch, clocks, log };
    this.service = new AdminService({ ...parts, ...rules });
    const page = options.admin === false ? undefined : { service: this.service, assets, askers, web };
    const announce = announceHandler({ tracker, answers: tracker, sockets, askers, now, log });
    this.#app = createApp({ tracker, announce, admin, sockets, askers, registry, page, now, log });
    this.#handler = announcesFirst(announce, this.#app.fetch);
  }

  /** `folder`: of the admin page; none by default. */
  static async create(
    options: TestAppOptions = {},
    folder = "/does/not/exist",
  ): Promise<TestApp> {
    return new TestApp(newTracker(options), await AdminAssets.load(folder), options);
  }

  /** Every method and path that leads somewhere. */
  get routes(): { method: string; path: string }[] {
    return this.#app.routes;
  }

  /** A second goes by, or more. */
  tick(seconds = 1): void {
    for (let i = 0; i < seconds; i++) {
      this.now += 1000;
      this.tracker.stats.tick(this.now);
      this.service.tick({ now: this.now, unix: UNIX + this.now });
    }
  }

  /** A request of a script that has the token. */
  async admin(path: string, { headers, ...init }: RequestInit & { from?: string } = {}): Promise<Response> {
    return await this.get(path, {
      ...init,
      headers: { ...headers as Record<string, string>, authorization: `Bearer ${TOKEN}` },
    });
  }

  /** The JSON of its answer, which must be a success. */
  async json<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await this.admin(path, init);
    assert.ok(response.ok, `${path}: ${response.status}`);
    return await response.json();
  }

  /** A request from an address. */
  async get(
    path: string,
    { from = "192.0.2.1", ...init }: RequestInit & { from?: string } = {},
  ): Promise<Response> {
    if (this.isAlone) this.service.moment.end();
    const request = new Request(new URL(path, "http://localhost"), init);
    return await this.#handler(request, { remoteAddr: { hostname: from } });
  }

  /** An answer's dictionary, after checking that it is one of the protocol: status 200, bencode, not for a browser. */
  async bencode(path: string, from?: string): Promise<BencodeDict> {
    const response = await this.get(path, from === undefined ? {} : { from });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/plain");
    const dict = decode(await response.bytes());
    assert.ok(dict instanceof Map, "the answer is no dictionary");
    return dict;
  }

  /** The failure reason of an answer, undefined if it has none. */
  async failure(path: string, from?: string): Promise<string | undefined> {
    const dict = await this.bencode(path, from);
    const reason = dict.get("failure reason");
    if (reason === undefined) return undefined;
    assert.ok(reason instanceof Uint8Array);
    assert.equal(dict.size, 1);
    return new TextDecoder().decode(reason);
  }
}
