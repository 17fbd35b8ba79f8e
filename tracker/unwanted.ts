// Who is inside and isn't served any more, since a list or the lowest port has changed: all of a torrent's peers, or those
// of an address, a client or a port. reaper.ts finds them on its way.

import { toBinary } from "../protocol/mod.ts";
import type { Admission } from "./admission.ts";
import type { PeerTable } from "./peer_table.ts";
import type { SwarmStore } from "./swarm_store.ts";

export class Unwanted {
  readonly #peers: PeerTable;
  readonly #swarms: SwarmStore;
  readonly #admission: Admission;

  constructor(peers: PeerTable, swarms: SwarmStore, admission: Admission) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#admission = admission;
  }

  /** Another number than before: who has been inside since before may be unwanted. */
  get denials(): number {
    return this.#admission.denials;
  }

  /** What hasPeer() costs: 1 where addresses are looked at and few clients. */
  get cost(): number {
    return this.#admission.lists.cost;
  }

  /** Whether a swarm's peers all are. */
  hasSwarm(swarm: number): boolean {
    const { lists } = this.#admission;
    return !lists.isOpen && !lists.allows(toBinary(this.#swarms.infoHash(swarm)));
  }

  /** Whether a peer is, whatever its swarm. */
  hasPeer(list: number, position: number): boolean {
    const endpoint = this.#peers.endpoint(list, position);
    return this.#admission.deniesPeer(() => this.#peers.peerId(list, position), endpoint);
  }
}
