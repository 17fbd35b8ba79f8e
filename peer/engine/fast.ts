// What two sides that speak the fast extension know of each other beside the rest. A peer without one doesn't speak it.
// https://www.bittorrent.org/beps/bep_0006.html. Everything here is bounded: a peer may send any number of messages.

/** Pieces that a peer may let us have in spite of a choke; it usually names ten. Those after them are ignored. */
const MOST_ALLOWED = 64;
/** Suggestions remembered; a newer one pushes the oldest out. */
const MOST_SUGGESTED = 16;

const NONE: readonly number[] = [];

/** The last few of many numbers. */
class Latest {
  readonly #most: number;
  readonly #items: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  includes(item: number): boolean {
    return this.#items.includes(item);
  }

  push(item: number): void {
    if (this.#items.length === this.#most) this.#items.shift();
    this.#items.push(item);
  }
}

/** One peer's state with the fast extension. */
export class Fast {
  /** Pieces that we may ask for while it chokes us. */
  readonly allowed: number[] = [];
  /** Pieces that it would like to be asked for, the latest last. */
  readonly suggested: number[] = [];
  /** Pieces that we have suggested to it, the latest last. */
  readonly advised = new Latest(MOST_SUGGESTED);
  /** Pieces that it may have while we choke it. */
  granted: readonly number[] = NONE;
  /** Bytes of them that it may still ask for: without an end to it nobody would need a slot. */
  budget = 0;
  /** It has been looked whether it needs any. */
  isOffered = false;

  allow(index: number): void {
    if (this.allowed.length < MOST_ALLOWED && !this.allowed.includes(index)) this.allowed.push(index);
  }

  /** It does not let us have this piece after all, or we have it. */
  disallow(index: number): void {
    const place = this.allowed.indexOf(index);
    if (place >= 0) this.allowed.splice(place, 1);
  }

  suggest(index: number): void {
    if (this.suggested.includes(index)) return;
    if (this.suggested.length === MOST_SUGGESTED) this.suggested.shift();
    this.suggested.push(index);
  }

  /** True if it may have these bytes in spite of our choke; they count as given. */
  spend(index: number, length: number): boolean {
    if (length > this.budget || !this.granted.includes(index)) return false;
    this.budget -= length;
    return true;
  }
}
