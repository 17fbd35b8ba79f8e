// Which place in the part file a byte of the torrent has: those pieces that several files share lie there one after the
// other. So the file is no longer than these pieces also where a file system knows no holes: at its place in the torrent
// a byte from the middle of 100 GB would take 50 GB there. The places follow from the torrent alone, whatever is
// skipped, so that nothing has to be remembered. Pure.

import type { FileMap } from "./file_map.ts";

/** Places in one torrent's part file. */
export class PartSlots {
  readonly #pieceLength: number;
  /** By piece. */
  readonly #slots = new Map<number, number>();

  constructor({ files }: FileMap, pieceLength: number) {
    this.#pieceLength = pieceLength;
    let last = -1;
    for (const { offset, length, isPadding } of files) {
      if (length === 0 || isPadding) continue;
      const first = Math.floor(offset / pieceLength);
      if (first === last && !this.#slots.has(first)) this.#slots.set(first, this.#slots.size);
      last = Math.floor((offset + length - 1) / pieceLength);
    }
  }

  /** Of the byte at `offset` of the torrent; bytes of one piece lie side by side. What is not shared comes after all that is. */
  position(offset: number): number {
    const slot = this.#slots.get(Math.floor(offset / this.#pieceLength));
    return slot === undefined
      ? this.#slots.size * this.#pieceLength + offset
      : slot * this.#pieceLength + offset % this.#pieceLength;
  }
}
