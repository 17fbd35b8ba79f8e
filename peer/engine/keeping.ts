// Blocks of unfinished pieces, written to their places although nobody can tell yet whether they are right: so a stop, a
// crash or a want of buffers costs the blocks under way and no more. They count for nothing before their piece is whole;
// if its hash is wrong then, they are forgotten, and whoever sent the others is not to blame (bad_piece.ts).
//
//   here ──keep()──▶ written ──its piece is begun again──▶ expected ──read──▶ here
//                       └── its piece is stored, or was bad: forgotten
//
// A block is copied once for it, and only of pieces that take long: no fast download comes here.

import { Bitfield } from "../../protocol/bitfield.ts";
import { BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import type { Availability } from "./availability.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { BlockKeeper, KeptPiece } from "./ports.ts";

/** Pieces of which blocks are remembered at most: more are never begun at a time by far, and each is a line of the state. */
const MOST_KEPT = 1024;
/** Pieces that a peer is compared with before it gets a new one. */
const MOST_LOOKS = 64;
/** Copied in one go while blocks come in: so long a pause nobody notices. */
const MOST_BYTES = 8 * 1024 * 1024;
/** A piece that takes no longer is not worth writing twice, ms. */
const SLOW_MS = 4_000;

interface Kept {
  /** Written, or about to be. */
  given: Bitfield;
  /** Written for sure. */
  written: Bitfield;
}

export interface KeepingOptions {
  layout: PieceLayout;
  have: Bitfield;
  /** Undefined if nothing is kept. */
  keeper: BlockKeeper | undefined;
  /** What an earlier run has kept. */
  kept?: readonly KeptPiece[] | undefined;
  /** The pieces that are on their way. */
  partials(): readonly PartialPiece[];
  /** Blocks of this piece were written. */
  onKept(index: number): void;
  /** What was expected of a piece is here, or free. */
  onRecalled(partial: PartialPiece): void;
  onStorageError(error: Error): void;
}

/** The kept blocks of one torrent. */
export class Keeping {
  readonly #options: KeepingOptions;
  readonly #kept = new Map<number, Kept>();
  #recalls = 0;

  constructor(options: KeepingOptions) {
    this.#options = options;
    const { keeper, kept, have, layout } = options;
    if (keeper === undefined) return;
    for (const { index, blocks } of kept?.slice(0, MOST_KEPT) ?? []) {
      if (have.has(index) || blocks.length !== layout.blockCount(index)) continue;
      this.#kept.set(index, { given: blocks.clone(), written: blocks.clone() });
    }
  }

  /** What the next run may begin with. */
  get pieces(): KeptPiece[] {
    const pieces: KeptPiece[] = [];
    for (const [index, { written }] of this.#kept) {
      if (!written.isEmpty) pieces.push({ index, blocks: written.clone() });
    }
    return pieces;
  }

  /** True if this block of a piece is not lost with its buffer. */
  has(index: number, block: number): boolean {
    return this.#kept.get(index)?.given.has(block) === true;
  }

  /** Keeps what is new of the pieces that take long; of all if `isLast`. True if something was written. */
  async keepAll(now: number, isLast = false): Promise<boolean> {
    const writes: Promise<void>[] = [];
    let left = isLast ? Infinity : MOST_BYTES;
    for (const partial of this.#options.partials()) {
      if (left <= 0) break;
      if (isLast || now - partial.beganAt >= SLOW_MS) left -= this.#keep(partial, writes);
    }
    await Promise.all(writes);
    return writes.length > 0;
  }

  /** Keeps what has come of a piece whose buffer is needed for others. */
  keep(partial: PartialPiece): void {
    this.#keep(partial, []);
  }

  /** A piece is stored, or was bad, or its place is another from now on. */
  forget(index: number): void {
    this.#kept.delete(index);
  }

  /** A piece of this peer's that was begun before and may be begun again, or -1. */
  find(pieces: Bitfield, availability: Availability): number {
    let looks = MOST_LOOKS;
    for (const index of this.#kept.keys()) {
      if (looks-- === 0) break;
      if (pieces.has(index) && availability.isOpen(index)) return index;
    }
    return -1;
  }

  /** A piece is begun: what was kept of it is read while the rest is asked for. */
  begin(partial: PartialPiece): void {
    const { index } = partial;
    const kept = this.#kept.get(index);
    const { keeper, onRecalled } = this.#options;
    if (kept === undefined || keeper === undefined) return;
    const blocks: number[] = [];
    for (let block = 0; block < partial.blockCount; block++) {
      if (kept.written.has(block) && partial.expect(block)) blocks.push(block);
    }
    const [first, last] = [blocks[0], blocks.at(-1)];
    if (first === undefined || last === undefined) return;
    const begin = first * BLOCK_LENGTH;
    const recall = partial.recall = ++this.#recalls;
    keeper.recall(index, begin, last * BLOCK_LENGTH + partial.lengthOf(last) - begin).then((bytes) => {
      if (partial.recall !== recall) return; // it was dropped, and may be another piece by now
      for (const block of blocks) {
        const at = block * BLOCK_LENGTH - begin;
        partial.putRecalled(block, bytes.subarray(at, at + partial.lengthOf(block)));
      }
      onRecalled(partial);
    }, () => { // somebody has taken the file away
      this.forget(index);
      if (partial.recall !== recall) return;
      partial.expectNothing();
      onRecalled(partial);
    });
  }

  /** Returns how many bytes it writes. */
  #keep(partial: PartialPiece, writes: Promise<void>[]): number {
    const { keeper } = this.#options;
    // What is fetched from one peer alone is to be compared block by block, not to be mixed.
    if (keeper === undefined || partial.soleSource !== undefined || partial.isBlank) return 0;
    const kept = this.#kept.get(partial.index) ?? this.#remember(partial);
    if (kept === undefined) return 0;
    let bytes = 0;
    for (let block = 0; block < partial.blockCount; block++) {
      const from = block;
      while (block < partial.blockCount && hasCome(partial, block) && !kept.given.has(block)) {
        kept.given.set(block++);
      }
      if (block === from) continue;
      const run = partial.buffer.slice(from * BLOCK_LENGTH, block * BLOCK_LENGTH);
      bytes += run.length;
      writes.push(this.#write(keeper, partial.index, kept, { from, to: block, run }));
    }
    return bytes;
  }

  #remember({ index, blockCount }: PartialPiece): Kept | undefined {
    if (this.#kept.size >= MOST_KEPT) return undefined;
    const kept = { given: new Bitfield(blockCount), written: new Bitfield(blockCount) };
    this.#kept.set(index, kept);
    return kept;
  }

  async #write(
    keeper: BlockKeeper,
    index: number,
    kept: Kept,
    { from, to, run }: { from: number; to: number; run: Uint8Array<ArrayBuffer> },
  ): Promise<void> {
    try {
      await keeper.keep(index, from * BLOCK_LENGTH, run);
    } catch (error) {
      return this.#options.onStorageError(error instanceof Error ? error : new Error(String(error)));
    }
    for (let block = from; block < to; block++) kept.written.set(block);
    this.#options.onKept(index);
  }
}

/** True for a block that is here because a peer has sent it. */
function hasCome(partial: PartialPiece, block: number): boolean {
  return partial.isHere(block) && partial.by(block) !== undefined;
}
