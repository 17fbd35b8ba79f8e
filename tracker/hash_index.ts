// Finds numbers by a hash of what they stand for. Entries lie in buckets by open addressing; a bucket that fills up
// grows to its full size, then splits in two (extendible hashing): adding never moves more than one bucket's entries,
// and nothing is left behind half used. An entry keeps a few bits of its hash, so that a search looks at hardly any
// record but the right one. Knows neither keys nor records: `hashOf` tells a number's hash again, the caller compares.
//
//   root    word 0  the bucket, or the directory if there are several: 2^depth buckets, by a hash's first bits
//           word 1  depth, and WIDE
//   bucket  word 0  how many entries, depth << 16, its words as a power of two << 24, and WIDE
//           then the entries: a tag and a number, in 4 + 12 bits each, or in 8 + 24 where the index is wide
//
// A tag is the hash's last bits and the entry's kind.

import type { Arena } from "./arena.ts";

/** Words of a root. It lies in a record of the owner's. */
export const ROOT_WORDS = 2;
/** The largest number of an index that isn't wide, and of one that is. The smallest is 1. */
export const MAX_NARROW = 0xfff;
export const MAX_WIDE = 0xffffff;

const WIDE = 1 << 31;
const MAX_DEPTH = 18;
/** Words of a new index's bucket, and of the largest, as powers of two. */
const FIRST_SHIFT = 5;
const FULL_SHIFT = 6;
const FIRST_WIDE_SHIFT = 6;
const FULL_WIDE_SHIFT = 8;
/** Of a bucket that can't split, because its keys have the same hash. */
const MAX_SHIFT = 14;

/** What an entry is found by, where an index serves two sorts of keys. */
export type EntryKind = 0 | 1;

/** Tells the hash of a number again. `owner` is whose index it is. */
export type HashOf = (owner: number, number: number, kind: EntryKind) => number;

/** Any number of indexes in one arena, each with a root of its own. */
export class HashIndex {
  readonly #arena: Arena;
  readonly #hashOf: HashOf;
  /** A bucket's entries while it splits. */
  #moving = new Uint32Array(1 << FULL_WIDE_SHIFT);

  // The bucket that is looked at, and where the search in it stands.
  #entries: Uint16Array | Uint32Array = new Uint16Array(0);
  #from = 0;
  #places = 0;
  #numberBits = 0;
  #tag = 0;
  #at = 0;

  constructor(arena: Arena, hashOf: HashOf) {
    this.#arena = arena;
    this.#hashOf = hashOf;
  }

  /** Makes an empty index at a root. */
  create(root: number, isWide: boolean): void {
    const { words } = this.#arena.page(root);
    const at = this.#arena.offset(root);
    words[at] = this.#newBucket(isWide ? FIRST_WIDE_SHIFT : FIRST_SHIFT, 0, isWide);
    words[at + 1] = isWide ? WIDE : 0;
  }

  /** Gives back all memory of an index but the root's. */
  clear(root: number): void {
    const top = this.#read(root);
    const depth = this.#read(root + 1) & 0xff;
    if (depth === 0) return this.#release(top);
    for (let i = 0; i < 1 << depth;) {
      const bucket = this.#read(top + i);
      i += 1 << (depth - depthOf(this.#read(bucket)));
      this.#release(bucket);
    }
    this.#arena.release(top, 1 << depth);
  }

  isWide(root: number): boolean {
    return (this.#read(root + 1) & WIDE) !== 0;
  }

  /** The first number that may have this hash, or 0. Go on with next() until it is the one. */
  first(root: number, hash: number, kind: EntryKind): number {
    this.#open(this.#bucketOf(root, hash));
    this.#aim(hash, kind);
    return this.next();
  }

  /** The next candidate, or 0. */
  next(): number {
    const entries = this.#entries;
    const bits = this.#numberBits;
    let at = this.#at;
    for (;;) {
      const entry = entries[this.#from + at] as number;
      if (entry === 0) return 0;
      at = after(at, this.#places);
      if (entry >>> bits === this.#tag) {
        this.#at = at;
        return entry & ((1 << bits) - 1);
      }
    }
  }

  /** Adds a number that isn't there with this kind. */
  add(owner: number, root: number, hash: number, kind: EntryKind, number: number): void {
    for (;;) {
      const bucket = this.#bucketOf(root, hash);
      const page = this.#arena.page(bucket);
      const at = this.#arena.offset(bucket);
      this.#open(bucket);
      // A sixteenth stays free, for searches to end there.
      if (countOf(page.words[at] as number) < this.#places - (this.#places >>> 4)) {
        (page.words[at] as number)++;
        this.#aim(hash, kind);
        return this.#place(this.#entryOf(number));
      }
      this.#makeRoom(owner, root, bucket, hash);
    }
  }

  /** Puts a record's new number in the place of its old one. */
  replace(root: number, hash: number, kind: EntryKind, before: number, number: number): void {
    this.#open(this.#bucketOf(root, hash));
    this.#aim(hash, kind);
    this.#find(before);
    this.#entries[this.#from + this.#at] = this.#entryOf(number);
  }

  /** Takes out a number. Its record must still be there, as must those of all others. */
  remove(owner: number, root: number, hash: number, kind: EntryKind, number: number): void {
    const bucket = this.#bucketOf(root, hash);
    this.#open(bucket);
    this.#aim(hash, kind);
    this.#find(number);
    const entries = this.#entries;
    const from = this.#from;
    const places = this.#places;
    let hole = this.#at;
    // Later ones move up into the hole where their own search would pass it: no tombstones, ever.
    for (let at = after(hole, places); entries[from + at] !== 0; at = after(at, places)) {
      const entry = entries[from + at] as number;
      const first = home(this.#hashOfEntry(owner, entry), places);
      if (distance(first, at, places) >= distance(hole, at, places)) {
        entries[from + hole] = entry;
        hole = at;
      }
    }
    entries[from + hole] = 0;
    (this.#arena.page(bucket).words[this.#arena.offset(bucket)] as number)--;
  }

  #bucketOf(root: number, hash: number): number {
    const { words } = this.#arena.page(root);
    const at = this.#arena.offset(root);
    const depth = (words[at + 1] as number) & 0xff;
    return depth === 0 ? words[at] as number : this.#read((words[at] as number) + (firstBits(hash, depth)));
  }

  /** Looks at a bucket from now on. */
  #open(bucket: number): void {
    const page = this.#arena.page(bucket);
    const at = this.#arena.offset(bucket);
    const header = page.words[at] as number;
    const words = (1 << shiftOf(header)) - 1;
    if ((header & WIDE) !== 0) {
      this.#entries = page.words;
      this.#from = at + 1;
      this.#places = words;
      this.#numberBits = 24;
    } else {
      this.#entries = page.halves;
      this.#from = 2 * at + 2;
      this.#places = 2 * words;
      this.#numberBits = 12;
    }
  }

  /** Goes to where the search for a hash begins. */
  #aim(hash: number, kind: EntryKind): void {
    this.#tag = ((hash << 1) | kind) & (this.#numberBits === 24 ? 0xff : 0xf);
    this.#at = home(hash, this.#places);
  }

  #entryOf(number: number): number {
    return ((this.#tag << this.#numberBits) | number) >>> 0;
  }

  #hashOfEntry(owner: number, entry: number): number {
    const bits = this.#numberBits;
    return this.#hashOf(owner, entry & ((1 << bits) - 1), ((entry >>> bits) & 1) as EntryKind);
  }

  /** Writes an entry into the first free place. */
  #place(entry: number): void {
    let at = this.#at;
    while (this.#entries[this.#from + at] !== 0) at = after(at, this.#places);
    this.#entries[this.#from + at] = entry;
  }

  /** Goes to where a number is. It must be there: an endless loop would hide the bug. */
  #find(number: number): void {
    const wanted = this.#entryOf(number);
    for (let at = this.#at;; at = after(at, this.#places)) {
      const entry = this.#entries[this.#from + at] as number;
      if (entry === 0) throw new Error(`Cannot find a number that should be in the index: got ${number}`);
      if (entry !== wanted) continue;
      this.#at = at;
      return;
    }
  }

  /** Makes a full bucket larger, or two of it. */
  #makeRoom(owner: number, root: number, bucket: number, hash: number): void {
    const header = this.#read(bucket);
    const isWide = (header & WIDE) !== 0;
    const count = this.#takeOut();
    const isSmall = shiftOf(header) < (isWide ? FULL_WIDE_SHIFT : FULL_SHIFT);
    if (isSmall || !this.#canSplit(owner, header, count)) this.#enlarge(root, bucket, hash);
    else this.#split(root, bucket, hash);
    for (let i = 0; i < count; i++) {
      const entry = this.#moving[i] as number;
      const number = entry & (isWide ? MAX_WIDE : MAX_NARROW);
      const kind = ((entry >>> (isWide ? 24 : 12)) & 1) as EntryKind;
      this.add(owner, root, this.#hashOf(owner, number, kind), kind, number);
    }
  }

  /** Whether the entries taken out of a bucket would go to two. Those of one hash never do. */
  #canSplit(owner: number, header: number, count: number): boolean {
    const depth = depthOf(header);
    if (depth === MAX_DEPTH) return false;
    const side = (i: number) => firstBits(this.#hashOfEntry(owner, this.#moving[i] as number), depth + 1) & 1;
    for (let i = 1; i < count; i++) {
      if (side(i) !== side(0)) return true;
    }
    return false;
  }

  /** Empties the bucket that is looked at. Returns how many entries there were; they are in `#moving`. */
  #takeOut(): number {
    if (this.#places > this.#moving.length) this.#moving = new Uint32Array(this.#places);
    let count = 0;
    for (let i = this.#from; i < this.#from + this.#places; i++) {
      if (this.#entries[i] !== 0) this.#moving[count++] = this.#entries[i] as number;
      this.#entries[i] = 0;
    }
    return count;
  }

  /** Puts one of twice the size in the place of an empty bucket. */
  #enlarge(root: number, bucket: number, hash: number): void {
    const header = this.#read(bucket);
    const shift = shiftOf(header) + 1;
    if (shift > MAX_SHIFT) throw new RangeError("Cannot add to the index: too many keys have the same hash");
    const depth = depthOf(header);
    this.#lead(root, firstBits(hash, depth), depth, this.#newBucket(shift, depth, (header & WIDE) !== 0));
    this.#release(bucket);
  }

  /** Gives half of an empty bucket's hashes to a new one. */
  #split(root: number, bucket: number, hash: number): void {
    const header = this.#read(bucket);
    const isWide = (header & WIDE) !== 0;
    const depth = depthOf(header) + 1;
    if (depth > (this.#read(root + 1) & 0xff)) this.#deepen(root);
    this.#arena.page(bucket).words[this.#arena.offset(bucket)] = headerOf(shiftOf(header), depth, isWide);
    const sibling = this.#newBucket(shiftOf(header), depth, isWide);
    this.#lead(root, firstBits(hash, depth - 1) * 2 + 1, depth, sibling);
  }

  /** Has all hashes that begin with these bits lead to a bucket. */
  #lead(root: number, bits: number, length: number, bucket: number): void {
    const { words } = this.#arena.page(root);
    const at = this.#arena.offset(root);
    const depth = (words[at + 1] as number) & 0xff;
    if (depth === 0) {
      words[at] = bucket;
      return;
    }
    const places = 1 << (depth - length);
    const first = (words[at] as number) + bits * places;
    const from = this.#arena.offset(first);
    this.#arena.page(first).words.fill(bucket, from, from + places);
  }

  /** Doubles the directory, or makes one. */
  #deepen(root: number): void {
    const { words } = this.#arena.page(root);
    const at = this.#arena.offset(root);
    const depth = (words[at + 1] as number) & 0xff;
    const before = words[at] as number;
    const directory = this.#arena.allocate(2 << depth);
    const target = this.#arena.page(directory).words;
    const to = this.#arena.offset(directory);
    for (let i = 0; i < 2 << depth; i++) {
      target[to + i] = depth === 0 ? before : this.#read(before + (i >>> 1));
    }
    if (depth > 0) this.#arena.release(before, 1 << depth);
    words[at] = directory;
    (words[at + 1] as number)++;
  }

  #newBucket(shift: number, depth: number, isWide: boolean): number {
    const bucket = this.#arena.allocate(1 << shift);
    this.#arena.page(bucket).words[this.#arena.offset(bucket)] = headerOf(shift, depth, isWide);
    return bucket;
  }

  #release(bucket: number): void {
    this.#arena.release(bucket, 1 << shiftOf(this.#read(bucket)));
  }

  #read(address: number): number {
    return this.#arena.page(address).words[this.#arena.offset(address)] as number;
  }
}

/** The bits of a hash that choose its bucket. */
function firstBits(hash: number, length: number): number {
  return length === 0 ? 0 : skew(hash) >>> (32 - length);
}

function headerOf(shift: number, depth: number, isWide: boolean): number {
  return (shift << 24) | (depth << 16) | (isWide ? WIDE : 0);
}

function countOf(header: number): number {
  return header & 0xffff;
}

function depthOf(header: number): number {
  return (header >>> 16) & 0xff;
}

function shiftOf(header: number): number {
  return (header >>> 24) & 0x1f;
}

/**
 * Makes the first buckets' shares of all hashes up to twice as large as the last ones'. With equal shares all would split
 * at the same time, and be half empty after that: up to 9 bytes a peer instead of 6.
 */
function skew(hash: number): number {
  return (hash * (2 + hash / 2 ** 32) / 3) >>> 0;
}

/** Where the search for a hash begins. Its bits are mixed anew: the first chose the bucket, the last are the tag. */
function home(hash: number, places: number): number {
  return ((Math.imul(hash, 0x9e3779b1) >>> 16) * places) >>> 16;
}

function after(at: number, places: number): number {
  return at + 1 === places ? 0 : at + 1;
}

/** How many steps it is from one place to another, around the end. */
function distance(from: number, to: number, places: number): number {
  return to >= from ? to - from : to - from + places;
}
