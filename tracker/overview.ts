// The tracker in numbers, for everybody who looks at the same time: the state of its counters at one moment. How it
// travels is overview_routes.ts's business.

import { recogniseClient } from "../protocol/mod.ts";
import { fromBinary } from "../protocol/bytes.ts";
import type { ByProtocol, ClientShare, Overview, RejectedCount } from "./admin_api.ts";
import type { AdminState } from "./admin_state.ts";
import type { Clocks } from "./peer_rows.ts";
import { Rates } from "./rates.ts";
import { REJECTION_REASONS } from "./refusal.ts";
import { PROTOCOLS, type TrackerProtocol, type TrackerStats } from "./stats.ts";
import type { SwarmRows } from "./swarm_rows.ts";
import type { TimelineSample } from "./timeline.ts";
import type { Tracker } from "./tracker.ts";

const MAX_ACTIVE = 10;
const MAX_CLIENTS = 10;
/** Kinds of peer ids that are looked through: as many as a swarm of honest clients has, a hundred times over. */
const MAX_PREFIXES = 8192;
/** Peers in browsers that are looked at. */
const MAX_WEB_PEERS = 8192;
/** Clients are counted anew after so long: their shares move slowly. */
const CLIENTS_MS = 5000;

/** Memory of the process. */
export interface Memory {
  rss: number;
  heapUsed: number;
}

/** What the overview is made of. */
export interface OverviewParts {
  tracker: Tracker;
  admin: AdminState;
  rows: SwarmRows;
  epoch: string;
  memory: () => Memory;
}

/** Makes overviews of one tracker. */
export class OverviewMaker {
  readonly #parts: OverviewParts;
  readonly #startedAt: number;
  readonly #rates = new Rates();
  #clients: ClientShare[] = [];
  #clientsAt = -Infinity;

  constructor(parts: OverviewParts, unix: number) {
    this.#parts = parts;
    this.#startedAt = unix;
  }

  /** Call it once a second. */
  tick(now: number): void {
    const { stats } = this.#parts.tracker;
    this.#rates.tick(now, countersOf(stats));
  }

  /** Where the tracker stands, for the plots. */
  sample(): TimelineSample {
    const { memory, tracker } = this.#parts;
    const { seeders, size, stats } = tracker;
    const { http, udp, websocket } = announcesOf(stats);
    const [bytesIn = 0, bytesOut = 0] = bytesOf(stats);
    return {
      swarms: tracker.swarmCount,
      seeders,
      leechers: size - seeders,
      memory: memory().rss,
      ...{ http, udp, websocket, bytesIn, bytesOut },
      rejected: stats.rejected,
      completed: stats.completed,
    };
  }

  make({ now, unix }: Clocks): Overview {
    const { admin, epoch, memory, rows, tracker } = this.#parts;
    const { peers, seeders, size, stats } = tracker;
    const { uptimeSeconds, version } = admin.totals(now);
    const { heapUsed, rss } = memory();
    const rates = this.#rates.perSecond;
    const rate = (i: number) => rates[i] ?? 0;
    return {
      ...{ epoch, now: unix, startedAt: this.#startedAt, version, uptimeSeconds },
      swarms: tracker.swarmCount,
      peers: size,
      seeders,
      leechers: size - seeders,
      partialSeeds: peers.partialSeeds,
      announces: announcesOf(stats),
      announcesPerSecond: byProtocol((_, i) => rate(i)),
      scrapes: byProtocol((protocol) => stats.protocols[protocol].scrapes),
      scrapesPerSecond: byProtocol((_, i) => rate(3 + i)),
      completed: stats.completed,
      rejected: rejectedOf(stats, (i) => rate(9 + i)),
      rejectedPerSecond: rate(8),
      bytesInPerSecond: Math.round(rate(6)),
      bytesOutPerSecond: Math.round(rate(7)),
      memory: { residentBytes: rss, heapBytes: heapUsed, storeBytes: tracker.bytes },
      active: tracker.stats.activity.busiest(MAX_ACTIVE, now).map(({ perSecond, swarm }) => ({
        ...rows.row(swarm, { now, unix }),
        announcesPerSecond: perSecond,
      })),
      clients: this.#clientShares(now),
    };
  }

  #clientShares(now: number): ClientShare[] {
    if (now - this.#clientsAt < CLIENTS_MS) return this.#clients;
    this.#clientsAt = now;
    return this.#clients = countClients(this.#parts.tracker);
  }
}

/** In the order in which the overview asks for their rates. */
function countersOf(stats: TrackerStats): number[] {
  return [
    ...Object.values(announcesOf(stats)),
    ...PROTOCOLS.map((protocol) => stats.protocols[protocol].scrapes),
    ...bytesOf(stats),
    stats.rejected,
    ...REJECTION_REASONS.map((reason) =>
      sum(PROTOCOLS.map((p) => stats.protocols[p].rejected.get(reason) ?? 0))
    ),
  ];
}

function announcesOf({ protocols }: TrackerStats): ByProtocol {
  return byProtocol((protocol) => sum(Object.values(protocols[protocol].announces)));
}

/** In and out. */
function bytesOf({ protocols }: TrackerStats): number[] {
  const each = PROTOCOLS.map((protocol) => protocols[protocol]);
  return [sum(each.map(({ bytesIn }) => bytesIn)), sum(each.map(({ bytesOut }) => bytesOut))];
}

function rejectedOf({ protocols }: TrackerStats, rate: (i: number) => number): RejectedCount[] {
  const counts = REJECTION_REASONS.map((reason, i) => {
    const count = sum(PROTOCOLS.map((protocol) => protocols[protocol].rejected.get(reason) ?? 0));
    return { reason, count, perSecond: rate(i) };
  });
  return counts.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
}

/** The clients with most peers, and all others as one. */
function countClients({ peers, size, web }: Tracker): ClientShare[] {
  const counts = new Map<string, number>();
  const add = (id: Uint8Array, n: number) => {
    const client = clientName(id);
    counts.set(client, (counts.get(client) ?? 0) + n);
  };
  for (const { bytes, peers: n } of peers.prefixes(MAX_PREFIXES)) add(bytes, n);
  for (const { peerId } of web.all().take(MAX_WEB_PEERS)) add(fromBinary(peerId.slice(0, 8)), 1);
  counts.delete("");
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, MAX_CLIENTS);
  const others = size - sum(sorted.map(([, n]) => n));
  if (others > 0) sorted.push(["", others]);
  return sorted.map(([client, n]) => ({ client, peers: n, share: n / Math.max(1, size) }));
}

/** Without its version; "" for one that isn't known. */
function clientName(prefix: Uint8Array): string {
  const id = new Uint8Array(20);
  id.set(prefix);
  const client = recogniseClient(id);
  return client.startsWith("unknown") ? "" : client.replace(/ (build )?\d.*$/, "");
}

function byProtocol(of: (protocol: TrackerProtocol, i: number) => number): ByProtocol {
  const [http = 0, udp = 0, websocket = 0] = PROTOCOLS.map(of);
  return { http, udp, websocket };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
