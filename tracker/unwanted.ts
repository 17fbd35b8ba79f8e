// Who is inside and isn't served any more, since a list has changed: all of a torrent's peers, or those of an address or a
// client. reaper.ts finds them on its way.

import { toBinary } from "../protocol/mod.ts";
import type { AccessLists } from "./access_lists.ts";
import type { PeerTable } from "./peer_table.ts";
import type { SwarmStore } from "./swarm_store.ts";

export class Unwanted {
  readonly #peers: PeerTable;
  readonly #swarms: SwarmStore;
  readonly #lists: AccessLists;

  constructor(peers: PeerTable, swarms: SwarmStore, lists: AccessLists) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#lists = lists;
  }

  /** Another number than before: who has been inside since before may be unwanted. */
  get denials(): number {
    return this.#lists.denials;
  }

  /** What hasPeer() costs: 1 where addresses are looked at and few clients. */
  get cost(): number {
    return this.#lists.cost;
  }

  /** Whether a swarm's peers all are. */
  hasSwarm(swarm: number): boolean {
    return !this.#lists.isOpen && !this.#lists.allows(toBinary(this.#swarms.infoHash(swarm)));
  }

  /** Whether a peer is, whatever its swarm. */
  hasPeer(list: number, position: number): boolean {
    const address = this.#peers.endpoint(list, position).subarray(0, -2);
    return this.#lists.deniesPeer(() => toBinary(this.#peers.peerId(list, position)), address);
  }
}
