// Finds records by a hash of their key: open addressing with linear probing over 32-bit handles, 4 bytes a place.
// Cut into shards that grow one by one and by a quarter, so that growing never copies a million entries at once and leaves
// little empty. Knows neither keys nor records: `hashOf` tells a record's hash again, and the caller compares.

const SHARD_BITS = 8;
const SHARDS = 1 << SHARD_BITS;
/** Places of a new shard. */
const FIRST_PLACES = 8;
/** How full a shard may be: a search for what isn't there then looks at six places on average. */
const MAX_LOAD = 0.7;
/** What removing a handle costs, in places that are only looked at. */
const REMOVAL_PLACES = 4;

/** Handles by hash. A handle is any number from 1 to 2^32 - 1. */
export class HandleIndex {
  readonly #hashOf: (handle: number) => number;
  readonly #shards: Uint32Array[] = [];
  readonly #used: Uint32Array = new Uint32Array(SHARDS);
  #size = 0;
  #places = SHARDS * FIRST_PLACES;

  // Where the search begun by first() stands.
  #found: Uint32Array;
  #at = 0;

  // Where sweep() stands.
  #sweepShard = 0;
  #sweepAt = 0;

  constructor(hashOf: (handle: number) => number) {
    this.#hashOf = hashOf;
    for (let i = 0; i < SHARDS; i++) this.#shards.push(new Uint32Array(FIRST_PLACES));
    this.#found = this.#shards[0] as Uint32Array;
  }

  /** How many handles there are. */
  get size(): number {
    return this.#size;
  }

  /** How many there is room for now; what sweep() counts in. */
  get places(): number {
    return this.#places;
  }

  /** The first handle that may have this hash, or 0. Go on with next() until it is the one. */
  first(hash: number): number {
    const shard = this.#shards[hash >>> (32 - SHARD_BITS)] as Uint32Array;
    this.#found = shard;
    this.#at = home(hash, shard.length);
    return shard[this.#at] as number;
  }

  /** The next candidate, or 0. */
  next(): number {
    this.#at = after(this.#at, this.#found.length);
    return this.#found[this.#at] as number;
  }

  /** Adds a handle that isn't there. */
  add(hash: number, handle: number): void {
    const n = hash >>> (32 - SHARD_BITS);
    let shard = this.#shards[n] as Uint32Array;
    if ((this.#used[n] as number) + 1 > shard.length * MAX_LOAD) shard = this.#growShard(n, shard);
    place(shard, hash, handle);
    (this.#used[n] as number)++;
    this.#size++;
  }

  /** Puts a record's new handle in the place of its old one: it has moved. */
  replace(hash: number, before: number, handle: number): void {
    const shard = this.#shards[hash >>> (32 - SHARD_BITS)] as Uint32Array;
    shard[find(shard, hash, before)] = handle;
  }

  /** Takes out a handle. Its record must still be there, as must those of all others. */
  remove(hash: number, handle: number): void {
    const n = hash >>> (32 - SHARD_BITS);
    const shard = this.#shards[n] as Uint32Array;
    const places = shard.length;
    let hole = find(shard, hash, handle);
    // Later ones move up into the hole where their own search would pass it: no tombstones, ever.
    for (let at = after(hole, places); shard[at] !== 0; at = after(at, places)) {
      const from = home(this.#hashOf(shard[at] as number), places);
      if (distance(from, at, places) >= distance(hole, at, places)) {
        shard[hole] = shard[at] as number;
        hole = at;
      }
    }
    shard[hole] = 0;
    (this.#used[n] as number)--;
    this.#size--;
  }

  /**
   * Goes on through all handles where the last call ended, `places` of them at most, fewer if many are removed. `visit`
   * returns true if it has removed the handle. One that moves meanwhile may be missed until the next round.
   */
  sweep(places: number, visit: (handle: number) => boolean): void {
    let left = places;
    while (left-- > 0) {
      const shard = this.#shards[this.#sweepShard] as Uint32Array;
      if (this.#sweepAt >= shard.length) {
        this.#sweepShard = (this.#sweepShard + 1) % SHARDS;
        this.#sweepAt = 0;
        continue;
      }
      const handle = shard[this.#sweepAt] as number;
      // After a removal another one may have moved into this place.
      if (handle === 0 || !visit(handle)) this.#sweepAt++;
      else left -= REMOVAL_PLACES;
    }
  }

  #growShard(n: number, before: Uint32Array): Uint32Array {
    const shard = new Uint32Array(before.length + (before.length >>> 2));
    for (let i = 0; i < before.length; i++) {
      const handle = before[i] as number;
      if (handle !== 0) place(shard, this.#hashOf(handle), handle);
    }
    this.#shards[n] = shard;
    this.#places += shard.length - before.length;
    return shard;
  }
}

/** Where the search for a hash begins: its lower 24 bits, spread over all places. */
function home(hash: number, places: number): number {
  return Math.floor((hash & 0xffffff) * places / 0x1000000);
}

function after(at: number, places: number): number {
  return at + 1 === places ? 0 : at + 1;
}

/** How many steps it is from one place to another, around the end. */
function distance(from: number, to: number, places: number): number {
  return to >= from ? to - from : to - from + places;
}

/** Writes a handle into the first free place of its hash. */
function place(shard: Uint32Array, hash: number, handle: number): void {
  let at = home(hash, shard.length);
  while (shard[at] !== 0) at = after(at, shard.length);
  shard[at] = handle;
}

/** Where a handle is. It must be there: an endless loop would hide the bug. */
function find(shard: Uint32Array, hash: number, handle: number): number {
  let at = home(hash, shard.length);
  while (shard[at] !== handle) {
    if (shard[at] === 0) throw new Error(`Cannot find a handle that should be in the index: got ${handle}`);
    at = after(at, shard.length);
  }
  return at;
}
