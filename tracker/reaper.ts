// Walks through all peers, over and over, a part at each call, and finds those that have fallen silent, and those that
// aren't wanted any more. What becomes of them is tracker.ts's business.
//
// Two walks: to look for denied peers may take long, and the silent ones don't wait for that.

import type { PeerTable } from "./peer_table.ts";
import { type Expire, PeerWalk } from "./peer_walk.ts";
import type { SwarmStore } from "./swarm_store.ts";

/** A full round takes this many calls, */
const CALLS = 60;
/** unless each then looked at less than this many places: peers, and two for each swarm. */
const LEAST_PLACES = 4096;

/** Places of a call in which denied peers are looked for, a peer being as many as hasPeer() costs: some milliseconds. */
const LOOKS = 10_000;

/**
 * Who goes, silent or not. Of swarms it is asked once for each list in a round; of peers for a round when `denials` has
 * changed.
 */
export interface WhoGoes {
  readonly denials: number;
  readonly cost: number;
  hasSwarm(swarm: number): boolean;
  hasPeer(list: number, position: number): boolean;
}

export class Reaper {
  readonly #peers: PeerTable;
  readonly #swarms: SwarmStore;
  readonly #unwanted: WhoGoes;
  readonly #silent: PeerWalk;
  readonly #denied: PeerWalk;

  /** Places that a call looks at in this round: a table that empties must not slow the walk down. */
  #share = LEAST_PLACES;
  /** Which denials are known, and for how many rounds from here on peers are looked at for them. */
  #denials = 0;
  #rounds = 0;

  constructor(peers: PeerTable, swarms: SwarmStore, expire: Expire, unwanted: WhoGoes) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#unwanted = unwanted;
    this.#silent = new PeerWalk(peers, swarms, expire);
    this.#denied = new PeerWalk(peers, swarms, expire);
  }

  /**
   * Looks at a part of the peers, and has those expire that have been silent for `timeout` or longer at the time `now`, both
   * in tenths of a second.
   */
  walk(now: number, timeout: number): void {
    this.#share = Math.max(this.#share, this.#fairShare());
    const goes = {
      cost: 1,
      hasSwarm: (swarm: number) => this.#unwanted.hasSwarm(swarm),
      hasPeer: (list: number, position: number) => this.#peers.silence(list, position, now) >= timeout,
    };
    for (let left = this.#share; left > 0;) {
      left = this.#silent.go(left, goes);
      if (this.#silent.isAtStart) this.#share = this.#fairShare();
    }
    this.#lookForDenied();
  }

  #lookForDenied(): void {
    const { cost, denials } = this.#unwanted;
    // Whom a round has come past already is looked at in another one.
    if (denials !== this.#denials) this.#rounds = this.#denied.isAtStart ? 1 : 2;
    this.#denials = denials;
    const goes = {
      cost,
      hasSwarm: () => false,
      hasPeer: (list: number, position: number) => this.#unwanted.hasPeer(list, position),
    };
    for (let left = LOOKS; left > 0 && this.#rounds > 0;) {
      left = this.#denied.go(left, goes);
      if (this.#denied.isAtStart) this.#rounds--;
    }
  }

  #fairShare(): number {
    return Math.max(LEAST_PLACES, Math.ceil((this.#peers.size + 2 * this.#swarms.places) / CALLS));
  }
}
