// Inputs for parsers, made of valid ones: spoilt, spliced, grown, and with words put in that may mean something. Which
// ones follows from the seed alone.

import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";

/** The longest input: as much as a peer's message may have, and some. */
const MAX_INPUT = 80 * 1024;
/** Bytes of an input that is repeated to grow. */
const MAX_PART = 64;

/** Numbers on the edges of what fits, as binary and as text, and pieces of syntax. */
const EDGES: readonly Uint8Array[] = [
  ...["00", "ff", "7fffffff", "80000000", "ffffffff", "00000000", "ffffffffffffffff", "0000000000000000"].map(
    (hex) => Uint8Array.fromHex(hex),
  ),
  ...["-1", "0", "9007199254740993", "18446744073709551616", "1e400", "i-0e", "d", "l", "e", "0:", "99999:"],
  ...[
    "%00",
    "%",
    "&",
    "=",
    "\0",
    "../",
    "\r\n",
    "\u{10ffff}",
    "\ufeff",
    "null",
    "[]",
    "{}",
    '"',
    "__proto__",
  ],
].map((edge) => typeof edge === "string" ? new TextEncoder().encode(edge) : edge);

/** One after the other, without end: first the valid ones as they are. */
export class InputMaker {
  #made = 0;
  readonly #random: SeededRandom;
  readonly #corpus: readonly Uint8Array[];
  readonly #words: readonly Uint8Array[];

  /** `words`: besides numbers and syntax, those of the format. */
  constructor(seed: number, corpus: readonly Uint8Array[], words: readonly string[] = []) {
    if (corpus.length === 0) throw new RangeError("Cannot make inputs: there must be a valid one");
    this.#random = new SeededRandom(seed);
    this.#corpus = corpus;
    this.#words = [...EDGES, ...words.map((word) => new TextEncoder().encode(word))];
  }

  next(): Uint8Array {
    const valid = this.#corpus[this.#made++];
    if (valid !== undefined) return valid.slice();
    const input = this.#pick(this.#corpus);
    switch (this.#random.below(8)) {
      case 0:
        return this.#splice(input, this.#pick(this.#corpus));
      case 1:
        return mutate(this.#splice(input, this.#pick(this.#corpus)), this.#random);
      case 2:
        return this.#grown(input);
      case 3:
      case 4:
        return this.#withWord(this.#random.below(2) === 0 ? input : mutate(input, this.#random));
      default:
        return mutate(input, this.#random);
    }
  }

  #pick(list: readonly Uint8Array[]): Uint8Array {
    return list[this.#random.below(list.length)] as Uint8Array;
  }

  /** The beginning of one and the end of another. */
  #splice(a: Uint8Array, b: Uint8Array): Uint8Array {
    return joined(
      a.subarray(0, this.#random.below(a.length + 1)),
      b.subarray(this.#random.below(b.length + 1)),
    );
  }

  /** Part of it many times. */
  #grown(input: Uint8Array): Uint8Array {
    const from = this.#random.below(input.length + 1);
    const part = input.subarray(from, from + 1 + this.#random.below(MAX_PART));
    const times = this.#random.below(Math.floor((MAX_INPUT - input.length) / (part.length + 1)) + 1);
    const middle = new Uint8Array(part.length * (this.#random.below(4) === 0 ? times : Math.min(times, 20)));
    for (let at = 0; at < middle.length; at += part.length) middle.set(part, at);
    return joined(joined(input.subarray(0, from), middle), input.subarray(from));
  }

  /** A word in it, or in the place of something. */
  #withWord(input: Uint8Array): Uint8Array {
    const word = this.#pick(this.#words);
    const at = this.#random.below(input.length + 1);
    const end = at + (this.#random.below(2) === 0 ? 0 : this.#random.below(word.length + 4));
    return joined(joined(input.subarray(0, at), word), input.subarray(end));
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
