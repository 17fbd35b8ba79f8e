// Randomness that repeats: a seeded generator, and the ways in which tests spoil a parser's input.

/** The same numbers for the same seed, on every machine (mulberry32). */
export class SeededRandom {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0 and less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 to `n` - 1. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  bytes(n: number): Uint8Array {
    return Uint8Array.from({ length: n }, () => this.below(256));
  }
}

/** A copy of `bytes` with one to four faults: bits flipped, bytes replaced, cut out, put in or doubled, the end missing. */
export function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  let spoilt = Array.from(bytes);
  for (let faults = 1 + random.below(4); faults > 0; faults--) {
    const at = random.below(spoilt.length + 1);
    const n = 1 + random.below(8);
    switch (random.below(6)) {
      case 0:
        spoilt[at] = (spoilt[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 1:
        spoilt[at] = random.below(256);
        break;
      case 2:
        spoilt.splice(at, n);
        break;
      case 3:
        spoilt.splice(at, 0, ...random.bytes(n));
        break;
      case 4:
        spoilt.splice(at, 0, ...spoilt.slice(at, at + n));
        break;
      case 5:
        spoilt = spoilt.slice(0, at);
        break;
    }
  }
  return Uint8Array.from(spoilt);
}

/** `bytes` cut into parts of 1 to `most` bytes. */
export function* randomParts(bytes: Uint8Array, most: number, random: SeededRandom): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const n = 1 + random.below(most);
    yield bytes.subarray(at, at + n);
    at += n;
  }
}
