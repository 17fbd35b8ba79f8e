// Finds numbers by a hash of what they stand for, in buckets. A bucket that fills up grows to its full size, then splits in
// two (extendible hashing): adding never moves more than one bucket's entries, and nothing is left behind half used.
// Knows neither keys nor records: `hashOf` tells a number's hash again, and the caller compares.
//
//   root  word 0  the bucket, or the directory if there are several: 2^depth buckets, by a hash's first bits
//         word 1  depth, and WIDE

import type { Arena } from "./arena.ts";
import { type EntryKind, HashBucket, MAX_NARROW, MAX_WIDE, WIDE } from "./hash_bucket.ts";

export { type EntryKind, MAX_NARROW, MAX_WIDE };

/** Words of a root. It lies in a record of the owner's. */
export const ROOT_WORDS = 2;

const MAX_DEPTH = 18;
/** Words of a new index's bucket, and of the largest that splitting makes, as powers of two. */
const FIRST_SHIFT = 5;
const FULL_SHIFT = 6;
const FIRST_WIDE_SHIFT = 6;
const FULL_WIDE_SHIFT = 8;
/** Of a bucket that can't split, because its keys have the same hash. */
const MAX_SHIFT = 14;

/** Tells the hash of a number again. `owner` is whose index it is. */
export type HashOf = (owner: number, number: number, kind: EntryKind) => number;

/** Any number of indexes in one arena, each with a root of its own. */
export class HashIndex {
  readonly #arena: Arena;
  readonly #hashOf: HashOf;
  readonly #bucket: HashBucket;

  constructor(arena: Arena, hashOf: HashOf) {
    this.#arena = arena;
    this.#hashOf = hashOf;
    this.#bucket = new HashBucket(arena);
  }

  /** Makes an empty index at a root. */
  create(root: number, isWide: boolean): void {
    const bucket = this.#bucket.create(isWide ? FIRST_WIDE_SHIFT : FIRST_SHIFT, 0, isWide);
    this.#write(root, bucket);
    this.#write(root + 1, isWide ? WIDE : 0);
  }

  /** Gives back all memory of an index but the root's. */
  clear(root: number): void {
    const top = this.#read(root);
    const depth = this.#depth(root);
    if (depth === 0) return this.#bucket.release(top);
    for (let i = 0; i < 1 << depth;) {
      const bucket = this.#read(top + i);
      this.#bucket.open(bucket);
      i += 1 << (depth - this.#bucket.depth);
      this.#bucket.release(bucket);
    }
    this.#arena.release(top, 1 << depth);
  }

  isWide(root: number): boolean {
    return (this.#read(root + 1) & WIDE) !== 0;
  }

  /** The first number that may have this hash, or 0. Go on with next() until it is the one. */
  first(root: number, hash: number, kind: EntryKind): number {
    const bucket = this.#bucketOf(root, hash);
    this.#bucket.fetch(bucket, hash);
    this.#bucket.open(bucket);
    this.#bucket.aim(hash, kind);
    return this.#bucket.next();
  }

  /** The next candidate, or 0. */
  next(): number {
    return this.#bucket.next();
  }

  /** Adds a number that isn't there with this kind. */
  add(owner: number, root: number, hash: number, kind: EntryKind, number: number): void {
    for (;;) {
      const bucket = this.#bucketOf(root, hash);
      this.#bucket.open(bucket);
      if (!this.#bucket.isFull) break;
      this.#makeRoom(owner, root, bucket, hash);
    }
    this.#bucket.aim(hash, kind);
    this.#bucket.add(number);
  }

  /** Puts a record's new number in the place of its old one. */
  replace(root: number, hash: number, kind: EntryKind, before: number, number: number): void {
    this.#bucket.open(this.#bucketOf(root, hash));
    this.#bucket.aim(hash, kind);
    this.#bucket.replace(before, number);
  }

  /** Takes out a number. Its record must still be there, as must those of all others. */
  remove(owner: number, root: number, hash: number, kind: EntryKind, number: number): void {
    this.#bucket.open(this.#bucketOf(root, hash));
    this.#bucket.aim(hash, kind);
    this.#bucket.remove(number, (other, otherKind) => this.#hashOf(owner, other, otherKind));
  }

  #bucketOf(root: number, hash: number): number {
    const { words } = this.#arena.page(root);
    const at = this.#arena.offset(root);
    const top = words[at] as number;
    const depth = (words[at + 1] as number) & 0xff;
    return depth === 0 ? top : this.#read(top + firstBits(hash, depth));
  }

  /** Makes the bucket that is looked at larger, or two of it. */
  #makeRoom(owner: number, root: number, bucket: number, hash: number): void {
    const { depth, isWide, shift } = this.#bucket;
    const entries = this.#bucket.empty();
    const hashes = entries.map((entry) => this.#hashOf(owner, entry >>> 1, (entry & 1) as EntryKind));
    const sides = new Set(depth === MAX_DEPTH ? [] : hashes.map((each) => firstBits(each, depth + 1)));
    // Those of one hash would all go to the same side.
    const canSplit = shift >= (isWide ? FULL_WIDE_SHIFT : FULL_SHIFT) && sides.size > 1;
    if (canSplit) this.#split(root, hash);
    else this.#enlarge(root, bucket, hash);
    for (const [i, entry] of entries.entries()) {
      this.add(owner, root, hashes[i] as number, (entry & 1) as EntryKind, entry >>> 1);
    }
  }

  /** Puts one of twice the size in the place of an empty bucket. */
  #enlarge(root: number, bucket: number, hash: number): void {
    const { depth, isWide, shift } = this.#bucket;
    if (shift === MAX_SHIFT) {
      throw new RangeError("Cannot add to the index: too many keys have the same hash");
    }
    this.#lead(root, firstBits(hash, depth), depth, this.#bucket.create(shift + 1, depth, isWide));
    this.#bucket.release(bucket);
  }

  /** Gives half of the hashes of the bucket that is looked at, which is empty, to a new one. */
  #split(root: number, hash: number): void {
    const depth = this.#bucket.depth + 1;
    if (depth > this.#depth(root)) this.#deepen(root);
    this.#bucket.depth = depth;
    const sibling = this.#bucket.create(this.#bucket.shift, depth, this.#bucket.isWide);
    this.#lead(root, firstBits(hash, depth - 1) * 2 + 1, depth, sibling);
  }

  /** Has all hashes that begin with these bits lead to a bucket. */
  #lead(root: number, bits: number, length: number, bucket: number): void {
    const depth = this.#depth(root);
    if (depth === 0) return this.#write(root, bucket);
    const places = 1 << (depth - length);
    const first = this.#read(root) + bits * places;
    const from = this.#arena.offset(first);
    this.#arena.page(first).words.fill(bucket, from, from + places);
  }

  /** Doubles the directory, or makes one. */
  #deepen(root: number): void {
    const depth = this.#depth(root);
    const before = this.#read(root);
    const directory = this.#arena.allocate(2 << depth);
    for (let i = 0; i < 2 << depth; i++) {
      this.#write(directory + i, depth === 0 ? before : this.#read(before + (i >>> 1)));
    }
    if (depth > 0) this.#arena.release(before, 1 << depth);
    this.#write(root, directory);
    this.#write(root + 1, this.#read(root + 1) + 1);
  }

  #depth(root: number): number {
    return this.#read(root + 1) & 0xff;
  }

  #read(address: number): number {
    return this.#arena.page(address).words[this.#arena.offset(address)] as number;
  }

  #write(address: number, value: number): void {
    this.#arena.page(address).words[this.#arena.offset(address)] = value;
  }
}

/** The bits of a hash that choose its bucket. */
function firstBits(hash: number, length: number): number {
  return length === 0 ? 0 : skew(hash) >>> (32 - length);
}

/**
 * Makes the first buckets' shares of all hashes up to twice as large as the last ones'. With equal shares all would split at
 * the same time, and be half empty after that: up to 9 bytes a peer instead of 6.
 */
function skew(hash: number): number {
  return (hash * (2 + hash / 2 ** 32) / 3) >>> 0;
}
