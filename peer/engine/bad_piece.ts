// Who spoiled a piece. One sender: that one. Several: the bad piece is remembered block by block, the piece is fetched
// again from one peer alone, and whoever sent a block that differs from the good one is found out. What follows for
// them, the engine's owner decides. Blocks are remembered as sums of 64 bits, so that no buffer is held back for it.

import { BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { Peer } from "./peer.ts";

/** Bad pieces remembered at most; the oldest is forgotten for a new one. */
const MOST_SUSPECTS = 256;

/** How long the single source of a suspect piece may take at first; doubles with each that took longer, ms. */
const PATIENCE_MS = 30_000;

interface Suspect {
  senders: (Peer | undefined)[];
  sums: Uint32Array;
  patienceMs: number;
}

/** The pieces of one torrent that failed their hash and were not fetched well since. */
export class BadPieces {
  readonly #suspects = new Map<number, Suspect>();
  /** Makes the sums unpredictable: else a sender could shape a bad block that sums up like the good one. */
  readonly #salt: number;

  /** @param random [0, 1) */
  constructor(random: () => number) {
    this.#salt = Math.floor(random() * 0x100000000);
  }

  has(index: number): boolean {
    return this.#suspects.size > 0 && this.#suspects.has(index);
  }

  patienceMs(index: number): number {
    return this.#suspects.get(index)?.patienceMs ?? PATIENCE_MS;
  }

  /** The single source was too slow: the next one gets more time, in case it was the only one. */
  beMorePatient(index: number): void {
    const suspect = this.#suspects.get(index);
    if (suspect !== undefined) suspect.patienceMs *= 2;
  }

  /** Piece `partial` turned out to be `bad`. Returns its sender if there was only one, and otherwise remembers it. */
  blame(partial: PartialPiece, bad: Uint8Array): Peer | undefined {
    const senders: (Peer | undefined)[] = [];
    const sums = new Uint32Array(partial.blockCount * 2);
    const all = new Set<Peer>();
    for (let block = 0; block < partial.blockCount; block++) {
      const sender = partial.by(block); // nobody sends padding, or what an earlier run has left
      senders.push(sender);
      if (sender !== undefined) all.add(sender);
    }
    if (all.size === 0) return undefined;
    if (all.size === 1 && !partial.hasRecalled) { for (const single of all) return single; }
    for (let block = 0; block < partial.blockCount; block++) this.#sum(bad, block, sums);
    if (this.#suspects.size === MOST_SUSPECTS) {
      for (const oldest of this.#suspects.keys()) {
        this.#suspects.delete(oldest);
        break;
      }
    }
    this.#suspects.set(partial.index, { senders, sums, patienceMs: PATIENCE_MS });
    return undefined;
  }

  /** The piece is `good` now: who had sent other bytes? */
  culprits(index: number, good: Uint8Array): Set<Peer> {
    const found = new Set<Peer>();
    const suspect = this.#suspects.get(index);
    if (suspect === undefined) return found;
    this.#suspects.delete(index);
    const sums = new Uint32Array(suspect.sums.length);
    suspect.senders.forEach((sender, block) => {
      this.#sum(good, block, sums);
      const at = block * 2;
      if (sums[at] === suspect.sums[at] && sums[at + 1] === suspect.sums[at + 1]) return;
      if (sender !== undefined) found.add(sender);
    });
    return found;
  }

  /** Two independent multiplicative sums over one block, into `sums`. */
  #sum(piece: Uint8Array, block: number, sums: Uint32Array): void {
    const end = Math.min((block + 1) * BLOCK_LENGTH, piece.length);
    let a = this.#salt | 0;
    let b = ~this.#salt | 0;
    for (let at = block * BLOCK_LENGTH; at < end; at++) {
      const byte = piece[at] as number;
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b + byte + 1, 0x9e3779b1 | 0) ^ (b >>> 15);
    }
    sums[block * 2] = a;
    sums[block * 2 + 1] = b;
  }
}
