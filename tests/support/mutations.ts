// The ways in which tests spoil a parser's input.

import type { SeededRandom } from "./random.ts";

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
