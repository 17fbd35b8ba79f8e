// Whether we want anything of a peer: told to it exactly when it changes.
// https://www.bittorrent.org/beps/bep_0003.html ("interested"). One piece that the peer has and we miss is remembered as
// the reason; only when that piece is ours, another one is looked for. Counting all of them would touch every peer's
// bitfield for every piece that is stored.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { Peer } from "./peer.ts";
import type { Priorities } from "./priorities.ts";

/** 2^32 divided by the golden ratio: its multiples are spread evenly, however many there are. */
const GOLDEN = 0x9e3779b1;

/** Keeps `peer.wantedPiece` and what follows from it. */
export class Interest {
  readonly #have: Bitfield;
  readonly #priorities: Priorities;
  #spread = 0;

  constructor(have: Bitfield, priorities: Priorities) {
    this.#have = have;
    this.#priorities = priorities;
  }

  /** The peer has sent its bitfield. Each peer gets another reason, or all would have to look for a new one at once. */
  onBitfield(peer: Peer): void {
    this.#spread = (this.#spread + GOLDEN) >>> 0;
    this.#look(peer, Math.floor(this.#spread / 2 ** 32 * peer.pieces.bytes.length));
  }

  /** The peer has one more piece. */
  onHave(peer: Peer, index: number): void {
    if (peer.wantedPiece >= 0 || this.#have.has(index) || !this.#priorities.isWanted(index)) return;
    peer.wantedPiece = index;
    this.#tell(peer);
  }

  /** The peer has a piece no more. */
  onDontHave(peer: Peer, index: number): void {
    if (peer.wantedPiece === index) this.#look(peer, index >>> 3);
  }

  /** We want other pieces than before. */
  reconsider(peer: Peer): void {
    this.#look(peer, 0);
  }

  /** We have more pieces than before. */
  review(peer: Peer): void {
    if (peer.wantedPiece < 0 || !this.#have.has(peer.wantedPiece)) return;
    this.#look(peer, peer.wantedPiece >>> 3);
  }

  /**
   * Goes round the bitfield from a byte on. A round without success is the peer's last, and the shorter the list of what
   * is missing, the seldomer its reason is what has just come: all looks of one peer together are about two rounds.
   */
  #look(peer: Peer, from: number): void {
    peer.wantedPiece = -1;
    const theirs = peer.pieces.bytes;
    const ours = this.#have.bytes;
    const wanted = this.#priorities.bits;
    let at = from;
    for (let steps = this.#have.isComplete ? 0 : theirs.length; steps > 0; steps--) {
      const bits = (theirs[at] as number) & ~(ours[at] as number) &
        (wanted === undefined ? 0xff : wanted[at] as number);
      if (bits !== 0) {
        peer.wantedPiece = at * 8 + Math.clz32(bits) - 24;
        break;
      }
      if (++at === theirs.length) at = 0;
    }
    this.#tell(peer);
  }

  #tell(peer: Peer): void {
    const amInterested = peer.wantedPiece >= 0;
    if (amInterested === peer.amInterested) return;
    peer.amInterested = amInterested;
    if (amInterested) peer.wire.interested();
    else peer.wire.notInterested();
  }
}
