// How much each piece is wanted: not at all, or one before another. Which files that comes from, the owner knows; in which
// order pieces are fetched, availability.ts. Most torrents want everything alike: for them there is nothing here.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";

/** A piece's levels, from not at all to most of all. */
export const SKIP = 0;
export const LOW = 1;
export const NORMAL = 2;
export const HIGH = 3;

/** The wishes for one torrent, and how much of them is unfulfilled. */
export class Priorities {
  /** Wanted pieces that are not here, and their bytes; bytes of all that are wanted. */
  missing = 0;
  missingBytes = 0;
  wantedBytes = 0;
  readonly #layout: PieceLayout;
  readonly #have: Bitfield;
  #levels: Uint8Array | undefined;
  /** A bit for each piece that is wanted, laid out like a bitfield; undefined if all are. */
  #bits: Uint8Array | undefined;

  /** `levels`: one for each piece. Default: all are wanted alike. */
  constructor(layout: PieceLayout, have: Bitfield, levels?: Uint8Array) {
    this.#layout = layout;
    this.#have = have;
    this.set(levels);
  }

  /** Undefined if all pieces are wanted alike. */
  get levels(): Uint8Array | undefined {
    return this.#levels;
  }

  /** The bits of those that are wanted; undefined if all are. */
  get bits(): Uint8Array | undefined {
    return this.#bits;
  }

  isWanted(index: number): boolean {
    return this.#levels === undefined || this.#levels[index] !== SKIP;
  }

  /** A piece has come. */
  onStored(index: number): void {
    if (!this.isWanted(index)) return;
    this.missing--;
    this.missingBytes -= this.#layout.pieceLengthAt(index);
  }

  set(levels: Uint8Array | undefined): void {
    const { pieceCount } = this.#layout;
    const isUniform = levels === undefined || levels.every((level) => level === NORMAL);
    this.#levels = isUniform ? undefined : levels.slice();
    this.#bits = this.#levels?.includes(SKIP) ? new Uint8Array(this.#have.bytes.length) : undefined;
    this.missing = this.missingBytes = this.wantedBytes = 0;
    for (let index = 0; index < pieceCount; index++) {
      if (!this.isWanted(index)) continue;
      if (this.#bits !== undefined) {
        this.#bits[index >>> 3] = (this.#bits[index >>> 3] as number) | (0x80 >>> (index & 7));
      }
      const length = this.#layout.pieceLengthAt(index);
      this.wantedBytes += length;
      if (this.#have.has(index)) continue;
      this.missing++;
      this.missingBytes += length;
    }
  }
}
