// The parts of pieces that are padding: zeros between files, which nobody need send.
// https://www.bittorrent.org/beps/bep_0047.html. A block that is padding and nothing else counts as here from the start.

import { BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import type { PartialPiece } from "./partial_piece.ts";

/** Padding of one torrent. */
export class Padding {
  /** For each piece with whole blocks of it, their numbers. */
  readonly #blocks = new Map<number, number[]>();

  /** @param ranges bytes of the torrent that are padding, rising. */
  constructor(layout: PieceLayout, ranges: Iterable<{ offset: number; length: number }>) {
    const { pieceLength } = layout;
    for (const { offset, length } of ranges) {
      const end = offset + length;
      for (let index = Math.floor(offset / pieceLength); index * pieceLength < end; index++) {
        const start = layout.pieceOffset(index);
        const first = Math.ceil(Math.max(0, offset - start) / BLOCK_LENGTH);
        const isToEnd = end - start >= layout.pieceLengthAt(index);
        const after = isToEnd ? layout.blockCount(index) : Math.floor((end - start) / BLOCK_LENGTH);
        for (let block = first; block < after; block++) this.#add(index, block);
      }
    }
  }

  /** Puts the zeros into a piece that has just been begun. Not the whole piece: the check of the disk has found that one right. */
  fill(partial: PartialPiece): void {
    const blocks = this.#blocks.get(partial.index);
    if (blocks === undefined || blocks.length === partial.blockCount) return;
    for (const block of blocks) partial.putZeros(block);
  }

  #add(index: number, block: number): void {
    const blocks = this.#blocks.get(index);
    if (blocks === undefined) this.#blocks.set(index, [block]);
    else blocks.push(block);
  }
}
