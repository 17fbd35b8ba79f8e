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
 * Who goes, silent or not. Of swarms it is asked once for each list in a round; of peers when `denials` has changed, until
 * a round finds none.
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
  /** Which denials are known, and whether peers are to be looked at for them in a round that hasn't begun. */
  #denials = 0;
  #isRoundDue = false;

  constructor(peers: PeerTable, swarms: SwarmStore, expire: Expire, unwanted: WhoGoes) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#unwanted = unwanted;
    this.#silent = new PeerWalk(peers, swarms, expire);
    this.#denied = new PeerWalk(peers, swarms, (swarm, list, position) => {
      // Where one was, there may be another, whom a new seeder has moved to where the walk had been already.
      this.#isRoundDue = true;
      expire(swarm, list, position);
    });
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
    if (denials !== this.#denials) this.#isRoundDue = true;
    this.#denials = denials;
    const goes = {
      cost,
      hasSwarm: () => false,
      hasPeer: (list: number, position: number) => this.#unwanted.hasPeer(list, position),
    };
    for (let left = LOOKS; left > 0 && (this.#isRoundDue || !this.#denied.isAtStart);) {
      if (this.#denied.isAtStart) this.#isRoundDue = false;
      left = this.#denied.go(left, goes);
    }
  }

  #fairShare(): number {
    return Math.max(LEAST_PLACES, Math.ceil((this.#peers.size + 2 * this.#swarms.places) / CALLS));
  }
}
