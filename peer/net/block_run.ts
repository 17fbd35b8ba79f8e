// Blocks that lie side by side in a torrent, fetched in one go: bytes go in as they come, whole blocks come out.
// Knows nothing of where the bytes come from.

import { BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";

/** Gets a block. `block` is borrowed: valid during the call. */
export type OnBlock = (index: number, begin: number, block: Uint8Array) => void;

/** One run of blocks, from the first one on, over the borders of pieces. */
export class BlockRun {
  /** Bytes from the start of the torrent to the first block. */
  readonly offset: number;
  /** Bytes of all blocks. */
  readonly length: number;
  /** Blocks that are still wanted and have not come. */
  wanted: number;
  readonly #layout: PieceLayout;
  readonly #onBlock: OnBlock;
  readonly #isWanted: Uint8Array;
  readonly #index: number;
  readonly #begin: number;
  /** The block that comes next: its place in the run, its name, and what is here of it. */
  #place = 0;
  #nextIndex: number;
  #nextBegin: number;
  #filled = 0;
  #part: Uint8Array | undefined = undefined;

  constructor(layout: PieceLayout, index: number, begin: number, count: number, onBlock: OnBlock) {
    this.#layout = layout;
    this.#onBlock = onBlock;
    this.#isWanted = new Uint8Array(count).fill(1);
    this.wanted = count;
    this.#index = this.#nextIndex = index;
    this.#begin = this.#nextBegin = begin;
    this.offset = layout.pieceOffset(index) + begin;
    let length = 0;
    for (let i = 0; i < count; i++) {
      const block = layout.blockLength(index, begin);
      length += block;
      [index, begin] = after(layout, index, begin + block);
    }
    this.length = length;
  }

  /** A block need not come out any more. False if it isn't in this run, or has come. */
  forget(index: number, begin: number): boolean {
    const place = this.#placeOf(index, begin);
    if (place < this.#place || this.#isWanted[place] !== 1) return false;
    this.#isWanted[place] = 0;
    this.wanted--;
    return true;
  }

  /** Takes the run's next bytes; what is beyond its end is ignored. */
  put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.#place < this.#isWanted.length;) {
      const length = this.#layout.blockLength(this.#nextIndex, this.#nextBegin);
      const n = Math.min(length - this.#filled, bytes.length - at);
      const part = bytes.subarray(at, at + n);
      at += n;
      if (n === length) {
        this.#deliver(part);
        continue;
      }
      this.#part ??= new Uint8Array(BLOCK_LENGTH);
      this.#part.set(part, this.#filled);
      this.#filled += n;
      if (this.#filled === length) this.#deliver(this.#part.subarray(0, length));
    }
  }

  #deliver(block: Uint8Array): void {
    const [index, begin] = [this.#nextIndex, this.#nextBegin];
    const isWanted = this.#isWanted[this.#place++] === 1;
    [this.#nextIndex, this.#nextBegin] = after(this.#layout, index, begin + block.length);
    this.#filled = 0;
    if (!isWanted) return;
    this.wanted--;
    this.#onBlock(index, begin, block);
  }

  /** -1 if it isn't there. */
  #placeOf(index: number, begin: number): number {
    let [atIndex, atBegin] = [this.#index, this.#begin];
    for (let place = 0; place < this.#isWanted.length; place++) {
      if (atIndex === index && atBegin === begin) return place;
      const length = this.#layout.blockLength(atIndex, atBegin);
      [atIndex, atBegin] = after(this.#layout, atIndex, atBegin + length);
    }
    return -1;
  }
}

/** The name of the block that begins at `begin` of a piece, which may be the piece's end. */
export function after(layout: PieceLayout, index: number, begin: number): [index: number, begin: number] {
  return layout.hasPiece(index) && begin === layout.pieceLengthAt(index) ? [index + 1, 0] : [index, begin];
}
