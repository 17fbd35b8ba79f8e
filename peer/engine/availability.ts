// How many peers have each piece, and the pieces that may be begun in order of rarity, so that picking never sorts and
// never looks at all of them. Which of them a peer may be asked for, the picker asks here.
//
// One array holds all pieces, grouped; a piece moves to a neighbouring group by one swap at their border:
//
//   │ shut │ 0 copies │ 1 copy │ 2 copies │ … │ MOST or more │
//          start[1]   start[2] start[3]
//
// Shut pieces are those we have or have begun. Complete peers are only counted, apart: they change no order.

import type { Bitfield } from "../../protocol/bitfield.ts";

/** From this many copies on a piece is not rare, and one is as good as another. It bounds the swaps of open() and shut(). */
const MOST = 62;
const SHUT = 0;
const GROUPS = MOST + 2;

/** Steps of one walk through the order; beyond them the peer's own pieces are the shorter way. */
const WALK = 64;

/** Counts and order of one torrent's pieces. */
export class Availability {
  /** Connected peers that have everything. Not in the single counts. */
  seeders = 0;
  /** Grows whenever a piece opens: whoever found none may look again. */
  opened = 0;
  /** A bit for every open piece, laid out like a bitfield. */
  readonly openBits: Uint8Array;
  readonly #counts: Uint16Array;
  readonly #order: Int32Array;
  readonly #position: Int32Array;
  /** Where each group starts; one more, for the end of the last. */
  readonly #start = new Int32Array(GROUPS + 1);

  /** All pieces are shut at first. */
  constructor(pieceCount: number) {
    this.openBits = new Uint8Array(Math.ceil(pieceCount / 8));
    this.#counts = new Uint16Array(pieceCount);
    this.#order = new Int32Array(pieceCount);
    this.#position = new Int32Array(pieceCount);
    for (let index = 0; index < pieceCount; index++) this.#order[index] = this.#position[index] = index;
    this.#start.fill(pieceCount, 1);
  }

  /** Pieces that may be begun. */
  get openCount(): number {
    return this.#order.length - (this.#start[1] as number);
  }

  /** Connected peers that have this piece. */
  count(index: number): number {
    return (this.#counts[index] as number) + this.seeders;
  }

  isOpen(index: number): boolean {
    return (this.#position[index] as number) >= (this.#start[1] as number);
  }

  /** A peer that is not counted as a seeder has this piece. */
  add(index: number): void {
    const count = this.#counts[index] as number;
    this.#counts[index] = count + 1;
    if (count < MOST && this.isOpen(index)) this.#up(index, count + 1);
  }

  /** Takes back one add(). */
  remove(index: number): void {
    const count = (this.#counts[index] as number) - 1;
    this.#counts[index] = count;
    if (count < MOST && this.isOpen(index)) this.#down(index, count + 2);
  }

  addAll(pieces: Bitfield): void {
    forEachOf(pieces, (index) => this.add(index));
  }

  removeAll(pieces: Bitfield): void {
    forEachOf(pieces, (index) => this.remove(index));
  }

  /** The piece may be begun. */
  open(index: number): void {
    if (this.isOpen(index)) return;
    const group = 1 + Math.min(this.#counts[index] as number, MOST);
    for (let from = SHUT; from < group; from++) this.#up(index, from);
    this.openBits[index >>> 3] = this.#openByte(index) | (0x80 >>> (index & 7));
    this.opened++;
  }

  /** The piece may not be begun: we have it, or it is on its way. */
  shut(index: number): void {
    if (!this.isOpen(index)) return;
    const group = 1 + Math.min(this.#counts[index] as number, MOST);
    for (let from = group; from > SHUT; from--) this.#down(index, from);
    this.openBits[index >>> 3] = this.#openByte(index) & ~(0x80 >>> (index & 7));
  }

  /**
   * The rarest open piece of those the peer has, one of equals by chance, or -1 if none is among the rarest few: the
   * walk is bounded, so -1 does not say that there is none.
   *
   * @param chance [0, 1)
   */
  rarest(pieces: Bitfield, chance: number): number {
    let steps = WALK;
    // What nobody but seeders has, only a complete peer can have.
    for (let group = pieces.isComplete ? 1 : 2; group < GROUPS; group++) {
      const first = this.#start[group] as number;
      const size = (this.#start[group + 1] as number) - first;
      if (size === 0) continue;
      const found = this.#walk(pieces, first, size, chance, Math.min(size, steps));
      if (found >= 0) return found;
      steps -= size;
      if (steps <= 0) return -1;
    }
    return -1;
  }

  /** Any open piece that the peer has, by chance, or -1 if a few tries found none. */
  any(pieces: Bitfield, chance: number): number {
    const size = this.openCount;
    if (size === 0) return -1;
    return this.#walk(pieces, this.#start[1] as number, size, chance, Math.min(size, WALK));
  }

  /** Looks at `steps` pieces from a random one on, around the end of the span. */
  #walk(pieces: Bitfield, first: number, size: number, chance: number, steps: number): number {
    let offset = Math.floor(chance * size);
    for (let step = 0; step < steps; step++) {
      const index = this.#order[first + offset] as number;
      if (pieces.has(index)) return index;
      if (++offset === size) offset = 0;
    }
    return -1;
  }

  /** Moves a piece from `group` to the next one: it changes places with the last of its group, and the border passes it. */
  #up(index: number, group: number): void {
    const border = (this.#start[group + 1] as number) - 1;
    this.#swap(index, border);
    this.#start[group + 1] = border;
  }

  /** Moves a piece from `group` to the one before. */
  #down(index: number, group: number): void {
    const border = this.#start[group] as number;
    this.#swap(index, border);
    this.#start[group] = border + 1;
  }

  #swap(index: number, place: number): void {
    const from = this.#position[index] as number;
    const other = this.#order[place] as number;
    this.#order[from] = other;
    this.#position[other] = from;
    this.#order[place] = index;
    this.#position[index] = place;
  }

  #openByte(index: number): number {
    return this.openBits[index >>> 3] as number;
  }
}

/** Byte by byte: most of a newcomer's are 0. */
function forEachOf({ bytes }: Bitfield, visit: (index: number) => void): void {
  for (let at = 0; at < bytes.length; at++) {
    let bits = bytes[at] as number;
    while (bits !== 0) {
      const bit = Math.clz32(bits) - 24;
      bits &= ~(0x80 >>> bit);
      visit(at * 8 + bit);
    }
  }
}
