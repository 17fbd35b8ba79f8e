// Whether there is room: for one more swarm, and for one more peer; and which swarms are forgotten to make some. Of a full
// tracker's swarms those go that have been empty longest.

import type { SwarmCounts } from "./swarm_counts.ts";
import { Refusal } from "./refusal.ts";
import { NO_SWARM, type SwarmStore } from "./swarm_store.ts";

/** When clients shall ask a full tracker again (BEP 31): peers leave it by the minute. */
const FULL_RETRY_MINUTES = 5;

/** Listens on a port of an IPv4 or IPv6 address, or is in a browser. */
export type PeerKind = "onIp4" | "onIp6" | "inBrowsers";

/** The rules that count here. */
export interface PlaceRules {
  readonly maxPeers: number;
  readonly maxSwarms: number;
  readonly maxSwarmPeers: number;
}

/** The places of one tracker. */
export class SwarmPlaces {
  rules: PlaceRules;
  readonly #swarms: SwarmStore;
  readonly #counts: SwarmCounts;
  readonly #onForget: (swarm: number) => void;

  /** `onForget` is called with a swarm before its number may be another's. */
  constructor(
    rules: PlaceRules,
    { swarms, counts, onForget }: {
      swarms: SwarmStore;
      counts: SwarmCounts;
      onForget: (swarm: number) => void;
    },
  ) {
    this.rules = rules;
    this.#swarms = swarms;
    this.#counts = counts;
    this.#onForget = onForget;
  }

  /** The tracker has as many peers as it takes. */
  get isFull(): boolean {
    return this.#counts.taken >= this.rules.maxPeers;
  }

  /**
   * Whether a swarm takes nobody more of a kind. Each kind has places of its own: who comes to a full swarm is told of
   * others instead, and of another kind nobody can be told, of the other family not over UDP (BEP 15). In one sum a crowd
   * of one kind would shut the others out, and addresses of IPv6 cost nothing.
   */
  isFullSwarm(swarm: number, kind: PeerKind): boolean {
    const { maxPeers, maxSwarmPeers } = this.rules;
    return maxSwarmPeers < maxPeers && this.#counts[kind](swarm) >= maxSwarmPeers;
  }

  /**
   * Makes a swarm, for one more peer.
   *
   * @throws {TrackerRequestError} if there is no room for it.
   */
  add(infoHash: string): number {
    if (this.isFull || !this.#makeRoom()) throw full();
    return this.#swarms.add(infoHash);
  }

  /**
   * The swarm of an info hash, made if there is none, for one more peer.
   *
   * @throws {TrackerRequestError} if there is no room for it.
   */
  enter(infoHash: string): number {
    if (this.isFull) throw full();
    const swarm = this.#swarms.find(infoHash);
    return swarm === NO_SWARM ? this.add(infoHash) : swarm;
  }

  /** As enter(), for a peer that was known before a restart: NO_SWARM where there is no room. */
  readmit(infoHash: string): number {
    if (this.isFull) return NO_SWARM;
    const swarm = this.#swarms.find(infoHash);
    if (swarm !== NO_SWARM) return swarm;
    return this.#makeRoom() ? this.#swarms.add(infoHash) : NO_SWARM;
  }

  /** The swarm of which something is to be remembered, made if there is none: NO_SWARM if another had to be forgotten. */
  remember(infoHash: string): number {
    const swarm = this.#swarms.find(infoHash);
    if (swarm !== NO_SWARM || this.#swarms.size >= this.rules.maxSwarms) return swarm;
    return this.#swarms.add(infoHash);
  }

  /** Forgets a swarm if its last peer has left and nothing is to be remembered of it. Returns whether it did. */
  forgetIfEmpty(swarm: number): boolean {
    if (this.#countOf(swarm) > 0 || this.#swarms.completed(swarm) > 0) return false;
    this.#forget(swarm);
    return true;
  }

  /** Forgets the swarm whose last change is longest ago if it has been empty since before a time in tenths. */
  forgetOldest(emptySince: number): boolean {
    const swarm = this.#swarms.oldest;
    if (swarm === NO_SWARM || this.#countOf(swarm) > 0) return false;
    if (this.#swarms.lastAnnounce(swarm) >= emptySince) return false;
    this.#forget(swarm);
    return true;
  }

  /** Whether there is room for one more swarm, or an empty one would make some. */
  get isRoomForSwarm(): boolean {
    const { oldest, size } = this.#swarms;
    return size < this.rules.maxSwarms || (oldest !== NO_SWARM && this.#countOf(oldest) === 0);
  }

  /** Whether a swarm goes with a peer of it. */
  goesWithPeer(swarm: number): boolean {
    return this.#countOf(swarm) === 1 && this.#swarms.completed(swarm) === 0;
  }

  /** Whether there is room for one more swarm, or is now. */
  #makeRoom(): boolean {
    return this.#swarms.size < this.rules.maxSwarms || this.forgetOldest(Infinity);
  }

  #countOf(swarm: number): number {
    return this.#counts.complete(swarm) + this.#counts.incomplete(swarm);
  }

  #forget(swarm: number): void {
    this.#onForget(swarm);
    this.#swarms.remove(swarm);
  }
}

/** For who is new where there is no room. */
export function full(): Refusal {
  return new Refusal("Tracker is full", "full", FULL_RETRY_MINUTES);
}
