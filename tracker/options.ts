// What can be set on a tracker, with defaults and units, in one place. Checked here; acted upon elsewhere.

/** Between two announces of a peer. */
export const DEFAULT_INTERVAL_SECONDS = 1800;

/** Options of `createTracker()`. Everything has a default. */
export interface TrackerOptions extends TrackerRules {
  /** TCP port, and UDP port of the same number; 0 takes a free one. Default 6969. */
  port?: number;
  /** Whether UDP is answered, too (BEP 15). Default true. */
  udp?: boolean;
  /** Address to listen on. Default "::", which serves IPv4 too, or "0.0.0.0" where there is no IPv6. */
  host?: string;
  /** Folder of .torrent files that give swarms their names and sizes on the admin page. Default none. */
  torrents?: string;
  /** Folder of the built admin page. Default `admin/dist` of the project. */
  adminAssets?: string;
  /**
   * File that keeps lists, registered torrents, completed counts and history over restarts; made if it isn't there. The
   * swarms lie beside it, written every five minutes and at the end. Default none: everything goes with the tracker.
   */
  data?: string;
  /**
   * A Redis or Valkey that has the swarms, `redis://` or `rediss://`: any number of trackers answer for the same ones.
   * Lists, torrents and history stay with each tracker. Default none: the swarms are in this tracker's memory.
   */
  store?: string;
  /** Whether there is an admin page, with its JSON API. Default true. */
  admin?: boolean;
  /** Port of the admin page, over the same protocol; 0 takes a free one. Default: that of the tracker. */
  adminPort?: number;
  /** Address that the admin page listens on, where it has a port of its own. Default: that of the tracker. */
  adminHost?: string;
  /**
   * What who reads and changes over the admin page has to show, 16 to 256 visible ASCII characters. Default: a new one, which
   * `start()` tells once; with `data` its hash is kept beside that file, and it stays the same over restarts.
   */
  adminToken?: string;
  /** Whether everybody may read the admin page's overview and plots. Default false. */
  adminPublicStats?: boolean;
  /** Addresses and ranges of proxies whose word on where a request comes from is believed. Default none. */
  trustProxy?: readonly string[];
  /**
   * Whether connections from `trustProxy` begin with a head of the PROXY protocol (HAProxy's, version 1 or 2), which says
   * for whom they speak. One without is cut off; others' connections are as ever. Default false.
   */
  proxyProtocol?: boolean;
  /**
   * Seconds that a request may take to arrive, 1 to 3600; who takes longer is cut off, and so is who says nothing for 75 s
   * after an answer. Connections are carried through the tracker's own listener then, which costs two thirds of the
   * announces a second over HTTP. Default: 30 with `tls` or `proxyProtocol`, which are carried anyway; else any.
   */
  requestTimeoutSeconds?: number;
  /**
   * Serves HTTPS, and WebSockets over it: files in PEM, read again when they change. UDP is as it is. Default none.
   */
  tls?: { cert: string; key: string };
  /** Whether `log` gets a line for each request, too: HTTP, UDP and WebSockets. Default false. */
  logRequests?: boolean;
  /** Gets what the operator should know, a line each. Default: `console.error`. */
  log?: (line: string) => void;
}

/** Where an admin page listens. */
export interface AdminAddress {
  /** The address it is bound to. */
  hostname: string;
  /** Its TCP port. */
  port: number;
  /** The admin token, if this start has made it: it is told now and never again. Null where it was known before. */
  token: string | null;
}

/** The rules that announces are answered by. */
export interface TrackerRules {
  /** Seconds between announces that peers are asked for. Default 1800. */
  intervalSeconds?: number;
  /** Seconds that peers are asked to leave between any two announces. Default: a fifth of the interval, 60 at most. */
  minIntervalSeconds?: number;
  /** Seconds of silence after which a peer is forgotten. Default: one and a half intervals and 30 s. */
  peerTimeoutSeconds?: number;
  /** Seconds for which a swarm without peers is kept for its `completed` count, if it has one. Default 86400, a day. */
  emptySwarmSeconds?: number;
  /** Peers in an answer where the announce doesn't say. Default 50. */
  defaultNumwant?: number;
  /** Most peers in an answer, 1 to 1000. Default 200. */
  maxNumwant?: number;
  /** Most info hashes answered in one scrape. Default 100. */
  maxScrape?: number;
  /** Most peers over all swarms; beyond, new ones are refused. About 60 bytes each. Default 5 million. */
  maxPeers?: number;
  /** Most WebSocket connections at a time, for peers in browsers. About 30 KB each. Default 10,000. */
  maxWebSockets?: number;
  /** Most swarms; beyond, empty ones are forgotten, then new ones refused. About 70 bytes each. Default 2 million. */
  maxSwarms?: number;
  /**
   * Most peers of one swarm that listen on ports of IPv4 addresses, as many of IPv6, and as many in browsers; who comes
   * beyond is told of others, and not remembered. Default: as many as in all.
   */
  maxSwarmPeers?: number;
  /** The lowest port that a peer may name; 1024 keeps swarms from being pointed at well-known services. Default 1. */
  minPort?: number;
  /**
   * Requests a second that one address (IPv6: one /64) may make on the average. Ten offers of a browser are one; of answers
   * to offers ten times as many are passed on, counted apart. Requests of the tracker's own network aren't counted.
   * Default 0: any number.
   */
  requestsPerSecond?: number;
  /** How many of them at once. Default: those of 40 seconds. */
  requestBurst?: number;
  /**
   * Whether everybody may announce another address than its own with `ip`. Default false: only askers on the
   * tracker's own machine or network may, since anybody else could point a swarm at a victim.
   */
  allowIpParameter?: boolean;
  /**
   * Whether a scrape over HTTP that names no info hash is answered with all swarms (BEP 48). Default false: it is refused, as
   * the answer may be large and tells everybody what is shared here.
   */
  fullScrape?: boolean;
}

/** The rules and options that may change while a tracker runs. */
export type LiveRules =
  & Pick<
    TrackerRules,
    | "intervalSeconds"
    | "minIntervalSeconds"
    | "maxPeers"
    | "maxSwarms"
    | "maxSwarmPeers"
    | "maxWebSockets"
    | "minPort"
    | "requestsPerSecond"
    | "requestBurst"
    | "allowIpParameter"
    | "fullScrape"
  >
  & Pick<TrackerOptions, "trustProxy" | "logRequests">;

/** Rules with nothing left open. */
export type CompleteRules = Required<TrackerRules>;

/** The least and the most that each may be. */
export const LIMITS: { [name in keyof TrackerRules]?: [least: number, most: number] } = {
  intervalSeconds: [1, 86_400],
  minIntervalSeconds: [0, 86_400],
  peerTimeoutSeconds: [1, 7 * 86_400],
  emptySwarmSeconds: [0, 365 * 86_400],
  defaultNumwant: [0, 1000],
  maxNumwant: [1, 1000],
  maxScrape: [1, 1000],
  // Indexes number peers and swarms with 24 bits.
  maxPeers: [1, 16_000_000],
  maxSwarms: [1, 16_000_000],
  maxWebSockets: [0, 1_000_000],
  maxSwarmPeers: [1, 16_000_000],
  minPort: [1, 65535],
  requestsPerSecond: [0, 1_000_000],
  requestBurst: [0, 100_000_000],
};

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} if a number isn't a whole one within its limits.
 */
export function completeRules(rules: TrackerRules = {}): CompleteRules {
  const intervalSeconds = rules.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
  const complete = {
    intervalSeconds,
    minIntervalSeconds: rules.minIntervalSeconds ?? Math.min(60, Math.ceil(intervalSeconds / 5)),
    peerTimeoutSeconds: rules.peerTimeoutSeconds ?? Math.ceil(intervalSeconds * 1.5) + 30,
    emptySwarmSeconds: rules.emptySwarmSeconds ?? 86_400,
    defaultNumwant: rules.defaultNumwant ?? 50,
    maxNumwant: rules.maxNumwant ?? 200,
    maxScrape: rules.maxScrape ?? 100,
    maxPeers: rules.maxPeers ?? 5_000_000,
    maxSwarms: rules.maxSwarms ?? 2_000_000,
    maxWebSockets: rules.maxWebSockets ?? 10_000,
    maxSwarmPeers: rules.maxSwarmPeers ?? rules.maxPeers ?? 5_000_000,
    minPort: rules.minPort ?? 1,
    requestsPerSecond: rules.requestsPerSecond ?? 0,
    requestBurst: rules.requestBurst ?? 40 * (rules.requestsPerSecond ?? 0),
    allowIpParameter: rules.allowIpParameter ?? false,
    fullScrape: rules.fullScrape ?? false,
  };
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = complete[name as keyof typeof LIMITS] as number;
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot set ${name}: must be a whole number from ${least} to ${most}: got ${value}`,
      );
    }
  }
  if (complete.minIntervalSeconds > complete.intervalSeconds) {
    throw new RangeError(
      `Cannot set minIntervalSeconds: must not be above intervalSeconds, ${intervalSeconds}: got ${complete.minIntervalSeconds}`,
    );
  }
  return complete;
}
