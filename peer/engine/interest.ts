// Whether we want anything of a peer: told to it exactly when it changes.
// https://www.bittorrent.org/beps/bep_0003.html ("interested"). Counts as pieces come, never compares bitfields
// after the first time.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { Peer } from "./peer.ts";

/** Keeps `peer.wanted` and what follows from it. */
export class Interest {
  readonly #have: Bitfield;

  constructor(have: Bitfield) {
    this.#have = have;
  }

  /** The peer has sent its bitfield. */
  onBitfield(peer: Peer): void {
    if (this.#have.isEmpty) peer.wanted = peer.pieces.count;
    else if (peer.pieces.isComplete) peer.wanted = this.#have.length - this.#have.count;
    else peer.wanted = countMissing(peer.pieces.bytes, this.#have.bytes);
    this.#tell(peer);
  }

  /** The peer has one more piece. */
  onHave(peer: Peer, index: number): void {
    if (this.#have.has(index)) return;
    peer.wanted++;
    this.#tell(peer);
  }

  /** We have one more piece, and the peer has it too. */
  onStored(peer: Peer): void {
    peer.wanted--;
    this.#tell(peer);
  }

  #tell(peer: Peer): void {
    const amInterested = peer.wanted > 0;
    if (amInterested === peer.amInterested) return;
    peer.amInterested = amInterested;
    if (amInterested) peer.wire.interested();
    else peer.wire.notInterested();
  }
}

/** Number of bits that are set in `theirs` and not in `ours`. */
function countMissing(theirs: Uint8Array, ours: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < theirs.length; i++) {
    for (let bits = (theirs[i] as number) & ~(ours[i] as number); bits !== 0; bits &= bits - 1) count++;
  }
  return count;
}
