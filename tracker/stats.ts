// Counts what the tracker did, in all and by protocol. Peers and swarms are counted where they are kept.

import type { AnnounceEvent, AnnounceRequest, TrackerRequestError } from "../protocol/mod.ts";
import { Activity } from "./activity.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { reasonOf, type RejectionReason } from "./refusal.ts";

/** Is told of requests while somebody watches. What it is given is borrowed. */
export interface RequestTail {
  /** An announce was answered that came from an address, 4 or 16 bytes. */
  onAnnounce(protocol: TrackerProtocol, request: AnnounceRequest, from: Uint8Array): void;
  /** A request was answered with a failure reason. */
  onRejected(protocol: TrackerProtocol, error: TrackerRequestError, from: Uint8Array | undefined): void;
}

/** Seconds over which the rate of announces is taken. */
const RATE_SPAN_MS = 5000;

/** What requests travel by. */
export const PROTOCOLS = ["http", "udp", "websocket"] as const;
export type TrackerProtocol = typeof PROTOCOLS[number];

/** What came by one protocol. */
export class ProtocolStats {
  /** Announces answered, by event. */
  readonly announces: Record<AnnounceEvent, number> = {
    none: 0,
    started: 0,
    stopped: 0,
    completed: 0,
    paused: 0,
  };
  /** Scrapes answered. */
  scrapes = 0;
  /** Announces and scrapes answered with a failure reason, by why. */
  readonly rejected = new Map<RejectionReason, number>();
  /** Bytes of queries, datagrams and messages that came, and of the answers to them, without the headers around them. */
  bytesIn = 0;
  bytesOut = 0;
  /** How long announces took, from the first look at one to its answer. */
  readonly latency = new LatencyHistogram();
}

/** Counters since the start, and one rate. */
export class TrackerStats {
  /** Announces answered. */
  announces = 0;
  /** Scrapes answered. */
  scrapes = 0;
  /** Announces and scrapes answered with a failure reason. */
  rejected = 0;
  /** `completed` events, one for each peer. */
  completed = 0;
  /** The same, by protocol: the frontends count there. */
  readonly protocols: Record<TrackerProtocol, ProtocolStats> = {
    http: new ProtocolStats(),
    udp: new ProtocolStats(),
    websocket: new ProtocolStats(),
  };

  /** Set while somebody watches what happens: an announce of a tracker that nobody watches pays one comparison. */
  tail: RequestTail | undefined;

  /** Which swarms are announced to most. */
  readonly activity: Activity;

  readonly #samples: { at: number; announces: number }[];

  constructor(now: number) {
    this.#samples = [{ at: now, announces: 0 }];
    this.activity = new Activity(now);
  }

  /** Notes an announce that is answered, to a swarm (0: to none that stays), from an address that is borrowed. */
  noteAnnounce(protocol: TrackerProtocol, swarm: number, request: AnnounceRequest, from: Uint8Array): void {
    if (this.activity.isDue(this.announces++) && swarm !== 0) this.activity.note(swarm);
    this.tail?.onAnnounce(protocol, request, from);
  }

  /** Notes an announce or a scrape that is answered with a failure reason, from an address where that is known. */
  reject(protocol: TrackerProtocol, error: TrackerRequestError, from?: Uint8Array): void {
    this.rejected++;
    const { rejected } = this.protocols[protocol];
    const reason = reasonOf(error);
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
    this.tail?.onRejected(protocol, error, from);
  }

  /** Notes where the counters stand: once a second, or about that. */
  tick(now: number): void {
    this.#samples.push({ at: now, announces: this.announces });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) >= RATE_SPAN_MS) {
      this.#samples.shift();
    }
  }

  /** Announces a second over the last five seconds or so. */
  announcesPerSecond(now: number): number {
    const first = this.#samples[0];
    if (first === undefined || now - first.at < 100) return 0;
    return Math.round((this.announces - first.announces) / (now - first.at) * 10_000) / 10;
  }
}
