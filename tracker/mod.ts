/**
 * A BitTorrent tracker over HTTP, UDP and WebSockets, with a page that shows its swarms while they happen.
 *
 * `/announce` and `/scrape` as in BEP 3, 7, 23, 24 and 48, the same over UDP as in BEP 15, the admin page at `/`.
 *
 * ```ts
 * import { createTracker } from "@seedling/seedling";
 *
 * const tracker = createTracker({ port: 0, host: "127.0.0.1", intervalSeconds: 60 });
 * const { port } = await tracker.start();
 * const answer = await fetch(`http://127.0.0.1:${port}/scrape?info_hash=${"%aa".repeat(20)}`);
 * console.log(await answer.text(), tracker.stats().swarms);
 * await tracker.close();
 * ```
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { VERSION } from "../protocol/version.ts";
import type { TotalsSnapshot } from "./admin_api.ts";
import { AdminAssets } from "./admin_assets.ts";
import { AdminServer } from "./admin_server.ts";
import { AdminState } from "./admin_state.ts";
import { checkAdminToken } from "./admin_token.ts";
import { announceHandler, announcesFirst } from "./announce_route.ts";
import { createApp } from "./app.ts";
import { TrackerStartError } from "./errors.ts";
import { AskerAddresses } from "./forwarded.ts";
import type { HttpHandler, HttpServer, ListenAt } from "./http_server.ts";
import { checkRequestTimeout, proxySubnets } from "./connection_options.ts";
import { openServer } from "./open_server.ts";
import { RequestLog } from "./request_log.ts";
import { Keeper } from "./keeper.ts";
import type { AdminAddress, LiveRules, TrackerOptions } from "./options.ts";
import type { RedisStore } from "./store/redis_store.ts";
import { checkStoreUrl } from "./store/store_url.ts";
import { Subnets } from "./subnets.ts";
import { Certificate } from "./tls_files.ts";
import { TorrentFolder } from "./torrent_folder.ts";
import type { Clocks } from "./peer_rows.ts";
import { Tracker } from "./tracker.ts";
import { UdpResponder } from "./udp_responder.ts";
import { UdpServer } from "./udp_server.ts";
import { WebSocketServer } from "./web_socket_server.ts";
import { WebTracker } from "./web_tracker.ts";

export { type StartErrorKind, TrackerStartError } from "./errors.ts";
export type { AdminAddress, LiveRules, TrackerOptions, TrackerRules } from "./options.ts";
/** What a tracker counts: peers, swarms, announces and the like. */
export type TrackerStatsSnapshot = TotalsSnapshot;

/** BitTorrent's usual port for trackers. */
export const DEFAULT_PORT = 6969;

/** Free ports that are tried until one is free for TCP and UDP. */
const FREE_PORT_ATTEMPTS = 20;
/** Datagrams that are waited for at once: 16 that have come are read in one turn of the event loop, 5 % less work each. */
const UDP_LOOPS = 16;
/** The same where each has to wait for a store: so many are asked there at once. */
const SHARED_UDP_LOOPS = 256;
const TICK_MS = 1000;
/** How often the folder of .torrent files is looked at again. */
const TORRENTS_MS = 10_000;
/** How often the certificate's files are. */
const CERTIFICATE_MS = 2000;
/** A graceful end takes five seconds at most. What is under way gets so many of them, the snapshot what is left. */
const ANSWERS_MS = 2000;
const CLOSE_MS = 4700;

/** Where a tracker listens. */
export interface TrackerAddress {
  /** The address it is bound to. */
  hostname: string;
  /** The TCP and UDP port, also when 0 was asked for. */
  port: number;
  /** Where the admin page is; null where there is none. */
  admin: AdminAddress | null;
}

/** A tracker that can be started once and closed. */
export interface TrackerHandle {
  /**
   * Opens the port and begins to answer.
   *
   * @throws {TrackerStartError} if the port is in use, the address can't be listened on, a permission is missing, or the
   * folder of torrents, the data file or the certificate can't be used: `kind` says which.
   * @throws {Error} if it was started before, or is closed meanwhile.
   */
  start(): Promise<TrackerAddress>;
  /**
   * Takes nothing new, answers what is under way, keeps what is to be kept, and ends all connections: within five seconds,
   * however slow others are. Calling it again does nothing more.
   */
  close(): Promise<void>;
  /**
   * Takes other rules from now on; those that aren't named are as they were given to `createTracker()`.
   *
   * @throws {RangeError} if one is out of its limits: then all stay as they are.
   */
  reload(rules: LiveRules): void;
  /**
   * Reads the files of `tls` again, as it does by itself when they change: who connects from now on gets that certificate.
   * One that can't be used is logged, and the former stays.
   */
  renewCertificate(): void;
  /** Where it stands now. */
  stats(): TrackerStatsSnapshot;
}

/**
 * Makes a tracker (BEP 3). All peers are in its memory and gone when it is closed, unless `data` names a file beside which
 * they are kept, or `store` a place where several trackers have them.
 *
 * @param options Where to listen, and the rules; everything has a default. Times are in seconds.
 * @throws {RangeError} if an option is out of its limits: a number, the admin token, a proxy or the store's address.
 *
 * @example
 * ```ts
 * import { createTracker } from "@seedling/seedling";
 *
 * const tracker = createTracker({ port: 0 });
 * const { port } = await tracker.start();
 * console.log(`announce to http://localhost:${port}/announce`, tracker.stats());
 * await tracker.close();
 * ```
 */
export function createTracker(options: TrackerOptions = {}): TrackerHandle {
  return new TrackerServer(options);
}

class TrackerServer implements TrackerHandle {
  readonly #options: TrackerOptions;
  readonly #tracker: Tracker;
  readonly #web: WebTracker;
  readonly #sockets: WebSocketServer;
  readonly #trusted = new Subnets();
  readonly #certificate: Certificate | undefined;
  readonly #askers: AskerAddresses;
  readonly #admin: AdminState;
  readonly #epoch = crypto.randomUUID();
  readonly #log: (line: string) => void;
  #keeper: Keeper | undefined;
  #store: RedisStore | undefined;
  #page: AdminServer | undefined;
  /** Rules that were taken after the start of those in the options. */
  #live: LiveRules = {};
  #server: HttpServer | undefined;
  #udp: UdpServer | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];
  readonly #requests: RequestLog;
  #isStarted = false;
  #isClosed = false;

  constructor(options: TrackerOptions) {
    const now = performance.now();
    if (options.store !== undefined) checkStoreUrl(options.store);
    if (options.adminToken !== undefined && options.admin !== false) checkAdminToken(options.adminToken);
    this.#options = options;
    this.#tracker = new Tracker(options, { now, random: Math.random });
    this.#admin = new AdminState(this.#tracker, { version: VERSION, now });
    this.#log = options.log ?? ((line) => console.error(line));
    this.#requests = new RequestLog(options.logRequests ?? false, this.#log);
    this.#certificate = options.tls === undefined ? undefined : new Certificate(options.tls, this.#log);
    this.#web = new WebTracker(this.#tracker);
    this.#trusted.replace(proxySubnets(options.trustProxy ?? [], options.proxyProtocol));
    checkRequestTimeout(options.requestTimeoutSeconds);
    this.#askers = new AskerAddresses(this.#trusted);
    this.#sockets = new WebSocketServer({
      web: this.#web,
      askers: this.#askers,
      maxConnections: this.#tracker.rules.maxWebSockets,
      now: () => performance.now(),
      log: this.#log,
      requests: this.#requests,
    });
  }

  async start(): Promise<TrackerAddress> {
    if (this.#isStarted) throw new Error("Cannot start the tracker: it was started before");
    this.#isStarted = true;
    const assets = await AdminAssets.load(this.#options.adminAssets ?? defaultAssets());
    const torrents = await this.#openTorrents();
    this.#store = await this.#openStore();
    if (this.#isClosed) {
      await this.#store?.close();
      throw new Error("Cannot start the tracker: it was closed meanwhile");
    }
    const keeper = Keeper.open(this.#options.data, {
      tracker: this.#tracker,
      admin: this.#admin,
      log: this.#log,
      isShared: this.#store !== undefined,
    });
    this.#keeper = keeper;
    keeper.restore(clocks());
    const parts = {
      tracker: this.#tracker,
      store: this.#store,
      admin: this.#admin,
      askers: this.#askers,
      registry: keeper.registry,
      log: this.#log,
    };
    const service = {
      ...parts,
      web: this.#web,
      data: keeper.data,
      epoch: this.#epoch,
      version: VERSION,
      clocks,
    };
    this.#page = AdminServer.open(this.#options, { ...service, live: this.#live }, assets);
    const now = () => performance.now();
    const answers = this.#store?.swarms ?? this.#tracker;
    const announce = announceHandler({ ...parts, answers, sockets: this.#sockets, now });
    const app = createApp({ ...parts, announce, sockets: this.#sockets, page: this.#page?.page, now });
    const server = await this.#listen(this.#requests.said(announcesFirst(announce, app.fetch), this.#askers));
    this.#server = server;
    const admin = this.#page?.listen(
      server,
      (each, app) => this.#open(each, this.#requests.said(app.fetch, this.#askers)),
    ) ?? null;
    this.#tick();
    this.#timers.push(setInterval(() => this.#tick(), TICK_MS));
    const certificate = this.#certificate;
    if (certificate !== undefined) {
      this.#timers.push(setInterval(() => certificate.watch(this.#renewing), CERTIFICATE_MS));
    }
    if (torrents !== undefined) {
      this.#timers.push(setInterval(() => this.#readTorrents(torrents), TORRENTS_MS));
    }
    return { hostname: server.hostname, port: server.port, admin };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    const end = performance.now() + CLOSE_MS;
    await Promise.all(
      [this.#sockets, this.#server, this.#page, this.#udp].map((server) => server?.close(ANSWERS_MS)),
    );
    await Promise.all([this.#keeper?.close(clocks(), end - performance.now()), this.#store?.close()]);
  }

  reload(rules: LiveRules): void {
    const { logRequests = this.#options.logRequests, trustProxy = this.#options.trustProxy } = rules;
    const proxies = proxySubnets(trustProxy ?? [], this.#options.proxyProtocol);
    if (this.#page === undefined) this.#tracker.setRules(rules);
    else this.#page.reload(rules);
    this.#live = rules;
    this.#trusted.replace(proxies);
    this.#sockets.maxConnections = this.#tracker.rules.maxWebSockets;
    this.#requests.isOn = logRequests ?? false;
  }

  renewCertificate(): void {
    if (this.#server !== undefined) this.#certificate?.renew(this.#renewing);
  }

  /** All servers that have a certificate. */
  readonly #renewing: Required<Pick<HttpServer, "renew">> = {
    renew: (tls) => {
      this.#server?.renew?.(tls);
      this.#page?.renew(tls);
    },
  };

  /** Opens the ports, TCP and UDP with the same number. */
  async #listen(handler: HttpHandler): Promise<HttpServer> {
    const { host, port = DEFAULT_PORT, udp = true } = this.#options;
    const shared = this.#store?.swarms;
    const key = shared?.connectionKey ?? crypto.getRandomValues(new Uint32Array(4));
    const loops = shared === undefined ? UDP_LOOPS : SHARED_UDP_LOOPS;
    for (let attempt = 1;; attempt++) {
      const server = this.#open({ host, port }, handler);
      if (!udp) return server;
      try {
        this.#udp = UdpServer.open(server, {
          responders: Array.from({ length: loops }, () => new UdpResponder(this.#tracker, key, shared)),
          stats: this.#tracker.stats.protocols.udp,
          now: () => performance.now(),
          log: this.#log,
          requests: this.#requests,
        });
        return server;
      } catch (error) {
        await server.close(0);
        // A TCP port that was free says nothing of the UDP port with its number.
        const isBadLuck = error instanceof TrackerStartError && error.kind === "port-in-use" && port === 0;
        if (!isBadLuck || attempt === FREE_PORT_ATTEMPTS || this.#isClosed) throw error;
      }
    }
  }

  /** Opens one TCP port. */
  #open(at: ListenAt, handler: HttpHandler): HttpServer {
    const { proxyProtocol, requestTimeoutSeconds } = this.#options;
    const proxies = proxyProtocol ? this.#trusted : undefined;
    const tls = this.#certificate?.read();
    return openServer(
      { ...at, tls, proxies, requestSeconds: requestTimeoutSeconds, log: this.#log },
      handler,
    );
  }

  stats(): TrackerStatsSnapshot {
    return this.#admin.totals(performance.now());
  }

  #tick(): void {
    const { now, unix } = clocks();
    this.#tracker.reap(now);
    this.#web.reap(now);
    this.#store?.tick(now);
    this.#admin.tick(now);
    this.#page?.tick({ now, unix });
    this.#keeper?.tick({ now, unix });
  }

  /** The library that it needs is read only where there is a store. */
  async #openStore(): Promise<RedisStore | undefined> {
    const { store } = this.#options;
    if (store === undefined) return undefined;
    const { RedisStore } = await import("./store/redis_store.ts");
    const { SwarmPeers } = await import("./store/swarm_peers.ts");
    const opened = await RedisStore.open(this.#tracker, {
      url: store,
      now: () => performance.now(),
      log: this.#log,
    });
    this.#admin.elsewhere = new SwarmPeers(opened.swarms);
    this.#web.answers = opened.swarms;
    return opened;
  }

  /** The folder with the names of torrents, if there is one, read for the first time. */
  async #openTorrents(): Promise<TorrentFolder | undefined> {
    const path = this.#options.torrents;
    if (path === undefined) return undefined;
    const folder = new TorrentFolder(path, this.#log);
    this.#admin.setTorrents(await folder.open());
    return folder;
  }

  async #readTorrents(folder: TorrentFolder): Promise<void> {
    const torrents = await folder.readAgain();
    if (torrents !== undefined) this.#admin.setTorrents(torrents);
  }
}

function clocks(): Clocks {
  return { now: performance.now(), unix: Date.now() };
}

/** The page beside this file, in the project as in a compiled binary, whose file system can't follow "..". */
function defaultAssets(): string {
  return fileURLToPath(new URL("../admin/dist", import.meta.url));
}
