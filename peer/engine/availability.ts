// How many peers have each piece, and the pieces that may be begun in buckets by rarity, so that picking never sorts and
// never looks at all of them. Which of them a peer may be asked for, the picker asks here.
//
//   buckets: │ 0 copies │ 1 copy │ 2 copies │ … │ MOST or more │   a row of them for each priority in use
//
// Pieces that we have or have begun are shut: they are in no bucket. Complete peers are only counted, apart: they change
// no order. A piece goes from one bucket to another in one step, however far they are apart.

import type { Bitfield } from "../../protocol/bitfield.ts";

/** From this many copies on a piece is not rare, and one is as good as another. */
const MOST = 62;
const SHUT = -1;

/** More than any count, times so much for each level of priority. */
const LEVEL_WEIGHT = 0x100000;

/** Steps of one walk through the buckets; beyond them the peer's own pieces are the shorter way. */
const WALK = 64;
/** For a peer that has so few pieces that a walk is in vain more often than not. */
const SHORT_WALK = 8;

/** A peer that has more than one in so many pieces is worth filling all buckets anew rather than moving piece by piece. */
const REBUILD = 4;

/** Pieces that opened of late: who knows what was open before need not look at all pieces for them. */
const RECENT = 64;

/** Counts and order of one torrent's pieces. */
export class Availability {
  /** Connected peers that have everything. Not in the single counts. */
  seeders = 0;
  /** Pieces that may be begun. */
  openCount = 0;
  /** Grows whenever a piece opens: whoever found none may look again. */
  opened = 0;
  /** A bit for every open piece, laid out like a bitfield. */
  readonly openBits: Uint8Array;
  readonly #counts: Uint16Array;
  /** Each piece's place in its bucket, or SHUT. */
  readonly #places: Int32Array;
  /** Rows of buckets by priority, made when in use; the last one comes first. */
  readonly #rows: (Bucket[] | undefined)[] = [];
  #levels: Uint8Array | undefined;
  /** No byte of openBits below this one has a bit. */
  #lowest = 0;
  readonly #recent = new Int32Array(RECENT);

  /** All pieces are shut at first. `levels` is each piece's priority; undefined if all have the same. */
  constructor(pieceCount: number, levels?: Uint8Array) {
    this.#levels = levels;
    this.openBits = new Uint8Array(Math.ceil(pieceCount / 8));
    this.#counts = new Uint16Array(pieceCount);
    this.#places = new Int32Array(pieceCount).fill(SHUT);
  }

  /** Connected peers that have this piece. */
  count(index: number): number {
    return (this.#counts[index] as number) + this.seeders;
  }

  /** The smaller, the sooner it should be fetched. */
  rank(index: number): number {
    return this.count(index) - this.#level(index) * LEVEL_WEIGHT;
  }

  isOpen(index: number): boolean {
    return (this.#places[index] as number) !== SHUT;
  }

  /** A peer that is not counted as a seeder has this piece. */
  add(index: number): void {
    const count = this.#counts[index] as number;
    this.#counts[index] = count + 1;
    if (count < MOST && this.isOpen(index)) this.#move(index, count, count + 1);
  }

  /** Takes back one add(). */
  remove(index: number): void {
    const count = (this.#counts[index] as number) - 1;
    this.#counts[index] = count;
    if (count < MOST && this.isOpen(index)) this.#move(index, count + 1, count);
  }

  addAll(pieces: Bitfield): void {
    if (this.#isWorthRebuilding(pieces)) this.#rebuild(pieces, 1);
    else forEachOf(pieces, (index) => this.add(index));
  }

  removeAll(pieces: Bitfield): void {
    if (this.#isWorthRebuilding(pieces)) this.#rebuild(pieces, -1);
    else forEachOf(pieces, (index) => this.remove(index));
  }

  /** The piece may be begun. */
  open(index: number): void {
    if (this.isOpen(index)) return;
    this.#places[index] = this.#bucket(index, this.#counts[index] as number).push(index);
    if (index >>> 3 < this.#lowest) this.#lowest = index >>> 3;
    this.openBits[index >>> 3] = this.#openByte(index) | (0x80 >>> (index & 7));
    this.#recent[this.opened++ % RECENT] = index;
    this.openCount++;
  }

  /** The piece may not be begun: we have it, or it is on its way. */
  shut(index: number): void {
    if (!this.isOpen(index)) return;
    this.#takeOut(index, this.#counts[index] as number);
    this.#places[index] = SHUT;
    this.openBits[index >>> 3] = this.#openByte(index) & ~(0x80 >>> (index & 7));
    this.openCount--;
  }

  /** Other priorities: open pieces change their rows. */
  setLevels(levels: Uint8Array | undefined): void {
    this.#levels = levels;
    this.#refill();
  }

  /** The pieces that have opened since `opened` was this, or undefined if they are too many to remember. */
  openedSince(opened: number): number[] | undefined {
    if (this.opened - opened > RECENT) return undefined;
    const indices: number[] = [];
    for (let turn = opened; turn < this.opened; turn++) indices.push(this.#recent[turn % RECENT] as number);
    return indices;
  }

  /**
   * The rarest open piece of those the peer has, of the most wanted, one of equals by chance; or -1 if none is among the
   * first few: the walk is bounded, so -1 does not say that there is none.
   *
   * @param chance [0, 1)
   */
  rarest(pieces: Bitfield, chance: number): number {
    let steps = this.#steps(pieces);
    for (let level = this.#rows.length - 1; level >= 0; level--) {
      const row = this.#rows[level];
      if (row === undefined) continue;
      for (let copies = firstBucket(pieces); copies <= MOST; copies++) {
        const bucket = row[copies] as Bucket;
        const { length } = bucket;
        if (length === 0) continue;
        const found = walk(pieces, bucket, Math.floor(chance * length), Math.min(length, steps));
        if (found >= 0) return found;
        steps -= length;
        if (steps <= 0) return -1;
      }
    }
    return -1;
  }

  /** The first open piece of those the peer has, or -1. */
  first({ bytes }: Bitfield): number {
    const open = this.openBits;
    while (this.#lowest < open.length && open[this.#lowest] === 0) this.#lowest++;
    for (let at = this.#lowest; at < open.length; at++) {
      const bits = (bytes[at] as number) & (open[at] as number);
      if (bits !== 0) return at * 8 + Math.clz32(bits) - 24;
    }
    return -1;
  }

  /** Any open piece that the peer has, by chance, or -1 if a few tries found none, or some are more wanted than others. */
  any(pieces: Bitfield, chance: number): number {
    const row = this.#rows[0];
    if (row === undefined || this.#levels !== undefined) return -1;
    const first = firstBucket(pieces);
    let place = Math.floor(chance * (this.openCount - (first === 0 ? 0 : (row[0] as Bucket).length)));
    for (let copies = first; copies <= MOST; copies++) {
      const bucket = row[copies] as Bucket;
      const { length } = bucket;
      if (place < length) return walk(pieces, bucket, place, Math.min(length, this.#steps(pieces)));
      place -= length;
    }
    return -1;
  }

  #isWorthRebuilding(pieces: Bitfield): boolean {
    return pieces.count * REBUILD > pieces.length;
  }

  /** Changes the counts, then fills all buckets anew: all memory is gone through in order, where moves would jump about. */
  #rebuild(pieces: Bitfield, change: 1 | -1): void {
    const counts = this.#counts;
    forEachOf(pieces, (index) => counts[index] = (counts[index] as number) + change);
    this.#refill();
  }

  #refill(): void {
    const counts = this.#counts;
    for (const row of this.#rows) for (const bucket of row ?? []) bucket.length = 0;
    for (let index = 0; index < counts.length; index++) {
      if (this.isOpen(index)) this.#places[index] = this.#bucket(index, counts[index] as number).push(index);
    }
    for (const row of this.#rows) for (const bucket of row ?? []) bucket.trim();
  }

  #steps(pieces: Bitfield): number {
    return pieces.count * WALK < this.openCount ? SHORT_WALK : WALK;
  }

  #move(index: number, from: number, to: number): void {
    this.#takeOut(index, from);
    this.#places[index] = this.#bucket(index, to).push(index);
  }

  /** The last piece of the bucket takes its place. */
  #takeOut(index: number, copies: number): void {
    const place = this.#places[index] as number;
    const moved = this.#bucket(index, copies).takeOut(place);
    this.#places[moved] = place;
  }

  #level(index: number): number {
    return this.#levels === undefined ? 0 : this.#levels[index] as number;
  }

  #bucket(index: number, copies: number): Bucket {
    const level = this.#level(index);
    const row = this.#rows[level] ??= Array.from({ length: MOST + 1 }, () => new Bucket());
    return row[copies < MOST ? copies : MOST] as Bucket;
  }

  #openByte(index: number): number {
    return this.openBits[index >>> 3] as number;
  }
}

const FIRST_CAPACITY = 16;
const EMPTY = new Int32Array(0);

/** A list of pieces whose memory follows its length: pieces wander from bucket to bucket as peers come. */
class Bucket {
  items = EMPTY;
  length = 0;

  /** Returns its place. */
  push(index: number): number {
    if (this.length === this.items.length) this.#resize(Math.max(FIRST_CAPACITY, this.length * 2));
    this.items[this.length] = index;
    return this.length++;
  }

  /** Returns the piece that is at this place now: it was the last one. */
  takeOut(place: number): number {
    const last = this.items[--this.length] as number;
    this.items[place] = last;
    this.trim();
    return last;
  }

  /** Gives memory back that is far too much. */
  trim(): void {
    if (this.items.length <= FIRST_CAPACITY || this.length >= this.items.length / 4) return;
    this.#resize(Math.max(FIRST_CAPACITY, this.length * 2));
  }

  #resize(capacity: number): void {
    const items = new Int32Array(capacity);
    items.set(this.items.subarray(0, this.length));
    this.items = items;
  }
}

/** Looks at `steps` pieces of a bucket from one on, around its end. */
function walk(pieces: Bitfield, { items, length }: Bucket, from: number, steps: number): number {
  let place = from;
  for (let step = 0; step < steps; step++) {
    const index = items[place] as number;
    if (pieces.has(index)) return index;
    if (++place === length) place = 0;
  }
  return -1;
}

/** What nobody but seeders has, only a complete peer can have. */
function firstBucket(pieces: Bitfield): number {
  return pieces.isComplete ? 0 : 1;
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
