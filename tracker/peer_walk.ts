// A walk through all peers that goes on where it stopped, whoever has come and gone meanwhile. Each swarm has two lists,
// which it goes through from their ends, since who is removed is replaced from there.

import type { PeerTable } from "./peer_table.ts";
import type { SwarmStore } from "./swarm_store.ts";

/** What removing a peer costs, in places that are only looked at. */
const REMOVAL_PLACES = 4;

/** Removes a peer. No other peer of the list that is before it may change its position. */
export type Expire = (swarm: number, list: number, position: number) => void;

/** Who is removed on the way. */
export interface WhoIsRemoved {
  /** What hasPeer() costs, in places. */
  readonly cost: number;
  /** Whether all peers of a swarm are. Asked once for each list, and again where the walk goes on in it. */
  hasSwarm(swarm: number): boolean;
  hasPeer(list: number, position: number): boolean;
}

export class PeerWalk {
  readonly #peers: PeerTable;
  readonly #swarms: SwarmStore;
  readonly #expire: Expire;

  // Where it stands.
  #place = 0;
  #isIp6 = false;
  #position = Infinity;

  constructor(peers: PeerTable, swarms: SwarmStore, expire: Expire) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#expire = expire;
  }

  /** Whether a round has ended, and none begun. */
  get isAtStart(): boolean {
    return this.#place === 0 && !this.#isIp6 && this.#position === Infinity;
  }

  /** Goes on by so many places, or to the end of the round. Returns how many are left: none, or less, if it came so far. */
  go(places: number, goes: WhoIsRemoved): number {
    let left = places;
    do {
      const swarm = this.#swarms.at(this.#place);
      const list = swarm === 0 ? 0 : this.#peers.lists.find(swarm, this.#isIp6);
      // It may have become shorter since the last call, or be another's.
      let position = Math.min(this.#position, this.#peers.lists.count(list) - 1);
      const allGo = position >= 0 && goes.hasSwarm(swarm);
      while (position >= 0 && left > 0) {
        left -= goes.cost;
        if (allGo || goes.hasPeer(list, position)) {
          left -= REMOVAL_PLACES;
          this.#expire(swarm, list, position);
          // It went with its last peer.
          if (this.#swarms.at(this.#place) === 0) position = 0;
        }
        position--;
      }
      left--;
      this.#position = position;
      if (position < 0) this.#toNextList();
    } while (left > 0 && !this.isAtStart);
    return left;
  }

  #toNextList(): void {
    this.#position = Infinity;
    this.#isIp6 = !this.#isIp6;
    if (!this.#isIp6) this.#place = (this.#place + 1) % this.#swarms.places;
  }
}
