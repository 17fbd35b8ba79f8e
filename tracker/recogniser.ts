// Who is who. A peer is its address and port within a swarm, one for each family: the address is what nobody can make
// up. The same peer id with the same `key` at a new address is the same peer, moved. Nobody can change another's
// peer: not from another address, and not by naming its address in `ip` without its key.
// https://www.bittorrent.org/beps/bep_0003.html, https://www.bittorrent.org/beps/bep_0007.html

import type { Asker } from "./asker.ts";
import { NO_PEER, type PeerTable } from "./peer_table.ts";
import { Refusal } from "./refusal.ts";

/** Finds the asker's own peer. */
export class Recogniser {
  readonly #peers: PeerTable;
  readonly #asker: Asker;

  constructor(peers: PeerTable, asker: Asker) {
    this.#peers = peers;
    this.#asker = asker;
  }

  /**
   * The asker's own peer, at the address where it is now; NO_PEER if it is new here.
   *
   * @throws {Refusal} if the address is another's.
   */
  claim(list: number): number {
    const asker = this.#asker;
    const here = this.#peers.find(list, asker.endpoint);
    if (here !== NO_PEER && this.#peers.hasPeerId(list, here, asker.peerId)) {
      if (asker.isElsewhere && !this.#hasItsKey(list, here)) throw taken();
      this.#peers.adoptKey(list, here, asker);
      return here;
    }
    const moved = this.#peers.findByKey(list, asker);
    if (here === NO_PEER) {
      if (moved === NO_PEER) return NO_PEER;
      this.#peers.readdress(list, moved, asker.endpoint);
      return moved;
    }
    if (asker.isElsewhere) throw taken();
    // Whoever was at this address has left it without a word: two clients can't listen there.
    if (moved !== NO_PEER) this.#peers.remove(list, moved);
    // Removing one peer may have moved another.
    const freed = moved === NO_PEER ? here : this.#peers.find(list, asker.endpoint);
    this.#peers.reset(list, freed, asker);
    return freed;
  }

  /** The asker's own peer where it may be removed; NO_PEER if there is none, or it is somebody else's. */
  find(list: number): number {
    const asker = this.#asker;
    let position = this.#peers.find(list, asker.endpoint);
    if (position === NO_PEER || !this.#peers.hasPeerId(list, position, asker.peerId)) {
      position = this.#peers.findByKey(list, asker);
    }
    return position !== NO_PEER && this.#hasItsKey(list, position) ? position : NO_PEER;
  }

  #hasItsKey(list: number, position: number): boolean {
    const key = this.#peers.keyOf(list, position);
    return key === 0 || key === this.#asker.key;
  }
}

function taken(): Refusal {
  return new Refusal("Address is in use by another peer", "address_taken");
}
