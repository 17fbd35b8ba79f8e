// Requests in the order in which they were made: three numbers each, in typed arrays, no object per request.
// https://www.bittorrent.org/beps/bep_0003.html ("request", "cancel"). Used for what we asked and for what we owe;
// what a request is worth, others know.

const FIRST_CAPACITY = 16;

/** A bounded ring of (index, begin, length). Memory grows with use, up to the limit. */
export class RequestQueue {
  readonly #limit: number;
  #capacity = 0;
  #indices = new Uint32Array(0);
  #begins = new Uint32Array(0);
  #lengths = new Uint32Array(0);
  #head = 0;
  #length = 0;

  /** @param limit most requests held at a time. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** Appends a request. False if the queue is full: nothing changed then. */
  push(index: number, begin: number, length: number): boolean {
    if (this.#length === this.#limit) return false;
    if (this.#length === this.#capacity) this.#grow();
    const at = (this.#head + this.#length) & (this.#capacity - 1);
    this.#indices[at] = index;
    this.#begins[at] = begin;
    this.#lengths[at] = length;
    this.#length++;
    return true;
  }

  /** The index of the request at `place`, 0 being the oldest. */
  indexAt(place: number): number {
    return this.#indices[(this.#head + place) & (this.#capacity - 1)] as number;
  }

  beginAt(place: number): number {
    return this.#begins[(this.#head + place) & (this.#capacity - 1)] as number;
  }

  lengthAt(place: number): number {
    return this.#lengths[(this.#head + place) & (this.#capacity - 1)] as number;
  }

  /** How many of the oldest requests, `most` at most, are for blocks of one length that lie side by side in a piece. */
  row(most: number): number {
    const end = Math.min(most, this.#length);
    const index = this.indexAt(0);
    const begin = this.beginAt(0);
    const length = this.lengthAt(0);
    let count = Math.min(1, end);
    while (
      count < end && this.beginAt(count) === begin + count * length && this.lengthAt(count) === length &&
      this.indexAt(count) === index
    ) count++;
    return count;
  }

  /** Forgets the oldest request, or so many of them. */
  shift(count = 1): void {
    const gone = Math.min(count, this.#length);
    this.#head = (this.#head + gone) & (this.#capacity - 1);
    this.#length -= gone;
  }

  /** Where the oldest request for this block stands, or -1. Peers answer in order, so the search mostly ends at 0. */
  find(index: number, begin: number): number {
    const mask = this.#capacity - 1;
    for (let place = 0; place < this.#length; place++) {
      const at = (this.#head + place) & mask;
      if (this.#begins[at] === begin && this.#indices[at] === index) return place;
    }
    return -1;
  }

  /** True if a request is for a block that begins among the `length` bytes from `begin` of a piece. */
  hasWithin(index: number, begin: number, length: number): boolean {
    for (let place = 0; place < this.#length; place++) {
      const at = this.beginAt(place);
      if (at >= begin && at < begin + length && this.indexAt(place) === index) return true;
    }
    return false;
  }

  /** Forgets the oldest request for this block. False if there is none. */
  remove(index: number, begin: number): boolean {
    const place = this.find(index, begin);
    if (place < 0) return false;
    // The fewer move: the older ones for an answer, which comes nearly in order, the newer ones for a cancel.
    if (place * 2 < this.#length) {
      for (let to = place; to > 0; to--) this.#move(to - 1, to);
      this.shift();
    } else {
      for (let to = place; to < this.#length - 1; to++) this.#move(to + 1, to);
      this.#length--;
    }
    return true;
  }

  clear(): void {
    this.#head = 0;
    this.#length = 0;
  }

  #move(from: number, to: number): void {
    const mask = this.#capacity - 1;
    const source = (this.#head + from) & mask;
    const target = (this.#head + to) & mask;
    this.#indices[target] = this.#indices[source] as number;
    this.#begins[target] = this.#begins[source] as number;
    this.#lengths[target] = this.#lengths[source] as number;
  }

  #grow(): void {
    const capacity = Math.max(this.#capacity * 2, FIRST_CAPACITY);
    const indices = new Uint32Array(capacity);
    const begins = new Uint32Array(capacity);
    const lengths = new Uint32Array(capacity);
    for (let place = 0; place < this.#length; place++) {
      indices[place] = this.indexAt(place);
      begins[place] = this.beginAt(place);
      lengths[place] = this.lengthAt(place);
    }
    this.#indices = indices;
    this.#begins = begins;
    this.#lengths = lengths;
    this.#capacity = capacity;
    this.#head = 0;
  }
}
