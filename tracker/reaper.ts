// Walks through all peers, over and over, a part at each call, and finds those that have fallen silent, and those that
// aren't wanted any more. What becomes of them is tracker.ts's business.

import type { PeerTable } from "./peer_table.ts";
import type { SwarmStore } from "./swarm_store.ts";

/** A full round takes this many calls, */
const CALLS = 60;
/** unless each then looked at less than this many places: peers, and two for each swarm. */
const LEAST_PLACES = 4096;
/** What removing a peer costs, in places that are only looked at. */
const REMOVAL_PLACES = 4;

/** Peers whose address, client and port are looked at in one call, in a round in which they are: some milliseconds. */
const MOST_LOOKS = 10_000;

/** Removes a peer. No other peer of the list that is before it may change its position. */
export type Expire = (swarm: number, list: number, position: number) => void;
/** Who goes, silent or not. Of swarms it is asked once for each list in a round, of peers for a round if `denials` changes. */
export interface WhoGoes {
  readonly denials: number;
  readonly cost: number;
  hasSwarm(swarm: number): boolean;
  hasPeer(list: number, position: number): boolean;
}

export class Reaper {
  readonly #peers: PeerTable;
  readonly #swarms: SwarmStore;
  readonly #expire: Expire;
  readonly #unwanted: WhoGoes;

  // Where the walk stands. It goes through a list from its end, since who is removed is replaced from there.
  #place = 0;
  #isIp6 = false;
  #position = Infinity;
  /** Places that a call looks at in this round: a table that empties must not slow the walk down. */
  #share = LEAST_PLACES;
  /** Whose denials are known, and for how many swarms from here on their peers are looked at for them. */
  #denials = 0;
  #swarmsToLook = 0;

  constructor(peers: PeerTable, swarms: SwarmStore, expire: Expire, unwanted: WhoGoes) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#expire = expire;
    this.#unwanted = unwanted;
  }

  /**
   * Looks at a part of the peers, and has those expire that have been silent for `timeout` or longer at the time `now`, both
   * in tenths of a second.
   */
  walk(now: number, timeout: number): void {
    this.#share = Math.max(this.#share, this.#fairShare());
    if (this.#unwanted.denials !== this.#denials) {
      this.#denials = this.#unwanted.denials;
      // Once around, and the rest of the one where the walk stands.
      this.#swarmsToLook = this.#swarms.places + 1;
    }
    const most = Math.ceil(MOST_LOOKS / this.#unwanted.cost);
    for (let left = this.#share, looks = most; left > 0 && looks > 0; left--) {
      const swarm = this.#swarms.at(this.#place);
      const list = swarm === 0 ? 0 : this.#peers.lists.find(swarm, this.#isIp6);
      // It may have become shorter since the last call, or be another's.
      let position = Math.min(this.#position, this.#peers.lists.count(list) - 1);
      const allGo = position >= 0 && this.#unwanted.hasSwarm(swarm);
      const isLooking = this.#swarmsToLook > 0;
      while (position >= 0 && left > 0 && looks > 0) {
        left--;
        if (isLooking) looks--;
        if (
          allGo || this.#peers.silence(list, position, now) >= timeout ||
          (isLooking && this.#unwanted.hasPeer(list, position))
        ) {
          left -= REMOVAL_PLACES;
          this.#expire(swarm, list, position);
          // It went with its last peer.
          if (this.#swarms.at(this.#place) === 0) position = 0;
        }
        position--;
      }
      this.#position = position;
      if (position < 0) this.#goOn();
    }
  }

  /** To the next list. */
  #goOn(): void {
    this.#position = Infinity;
    this.#isIp6 = !this.#isIp6;
    if (this.#isIp6) return;
    this.#place = (this.#place + 1) % this.#swarms.places;
    if (this.#swarmsToLook > 0) this.#swarmsToLook--;
    if (this.#place === 0) this.#share = this.#fairShare();
  }

  #fairShare(): number {
    return Math.max(LEAST_PLACES, Math.ceil((this.#peers.size + 2 * this.#swarms.places) / CALLS));
  }
}
