// Tells peers which piece is at hand, because another one has just made us read it (BEP 6): who asks for it next spares
// the disk a read. https://www.bittorrent.org/beps/bep_0006.html ("suggest piece").
//
// Only of pieces that are no rarity among our peers. To give one that few have to two peers at once would leave them
// nothing to trade, and cost our uplink more than the disk is worth.

import type { Peer } from "./peer.ts";

/** From so many peers on that have a piece it may be given to any number more. */
const LEAST_HOLDERS = 3;

/** The suggestions of one torrent. */
export class Suggestions {
  readonly #peers: ReadonlySet<Peer>;

  constructor(peers: ReadonlySet<Peer>) {
    this.#peers = peers;
  }

  /** A part of this piece has been read, on which somebody waited. Once for each read of up to 1 MiB, not for each block. */
  onRead(index: number): void {
    let holders = 0;
    for (const peer of this.#peers) if (peer.pieces.has(index)) holders++;
    if (holders < LEAST_HOLDERS) return;
    for (const peer of this.#peers) {
      if (!isWorthTelling(peer, index)) continue;
      peer.fast?.advised.push(index);
      peer.wire.suggest(index);
      peer.wire.flush();
    }
  }
}

/** It has a slot, lacks the piece, does not wait for it already and has not been told of it. */
function isWorthTelling({ fast, amChoking, peerInterested, pieces, uploads }: Peer, index: number): boolean {
  if (fast === undefined || amChoking || !peerInterested || pieces.has(index)) return false;
  if (fast.advised.includes(index)) return false;
  const { requests } = uploads;
  return requests.length === 0 || requests.indexAt(0) !== index;
}
