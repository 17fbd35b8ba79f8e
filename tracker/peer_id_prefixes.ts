// The first 8 bytes of peer ids, each kept once: they name the client and its version ("-LT20B0-"), so that millions of
// peers share a few dozen of them. A peer that makes its own up costs 22 bytes more.
// https://www.bittorrent.org/beps/bep_0020.html
//
//   record  word 0, 1  the bytes
//           word 2     how many peers have them
//           word 3     nothing

import { Arena, NOTHING } from "./arena.ts";
import { finish, mix } from "./hash.ts";
import { HashIndex, ROOT_WORDS } from "./hash_index.ts";

const RECORD_SHIFT = 2;
const RECORD_WORDS = 1 << RECORD_SHIFT;

/** Numbers for prefixes, from 1 on. */
export class PeerIdPrefixes {
  readonly #records = new Arena(RECORD_WORDS);
  readonly #seed: number;
  readonly #index: HashIndex;
  readonly #root: number;

  /** `arena` takes the index. */
  constructor(arena: Arena, seed: number) {
    this.#seed = seed;
    this.#index = new HashIndex(
      arena,
      (_owner, prefix) => hash(seed, this.#word(prefix, 0), this.#word(prefix, 1)),
    );
    this.#root = arena.allocate(ROOT_WORDS);
    this.#index.create(this.#root, true);
  }

  /** Bytes held, the index's not counted. */
  get bytes(): number {
    return this.#records.bytes;
  }

  /** The number of the prefix of a peer id (five words), or 0 if no peer has it. */
  find(peerId: Uint32Array): number {
    const first = peerId[0] as number;
    const second = peerId[1] as number;
    let prefix = this.#index.first(this.#root, hash(this.#seed, first, second), 0);
    while (prefix !== 0 && !this.has(prefix, peerId)) prefix = this.#index.next();
    return prefix;
  }

  /** The number for one more peer with the prefix of `peerId`. */
  take(peerId: Uint32Array): number {
    let prefix = this.find(peerId);
    if (prefix === 0) prefix = this.#add(peerId[0] as number, peerId[1] as number);
    const page = this.#records.page(prefix << RECORD_SHIFT);
    (page.words[this.#records.offset(prefix << RECORD_SHIFT) + 2] as number)++;
    return prefix;
  }

  /** One peer less has it. */
  drop(prefix: number): void {
    const record = prefix << RECORD_SHIFT;
    const { words } = this.#records.page(record);
    const at = this.#records.offset(record);
    (words[at + 2] as number)--;
    if (words[at + 2] !== 0) return;
    const number = hash(this.#seed, words[at] as number, words[at + 1] as number);
    this.#index.remove(NOTHING, this.#root, number, 0, prefix);
    this.#records.release(record, RECORD_WORDS);
  }

  /** Whether a peer id begins with a prefix. */
  has(prefix: number, peerId: Uint32Array): boolean {
    const record = prefix << RECORD_SHIFT;
    const { words } = this.#records.page(record);
    const at = this.#records.offset(record);
    return words[at] === peerId[0] && words[at + 1] === peerId[1];
  }

  /** Writes a prefix's bytes at the beginning of `into`. */
  read(prefix: number, into: Uint8Array): void {
    const record = prefix << RECORD_SHIFT;
    const from = this.#records.offset(record) * 4;
    into.set(this.#records.page(record).bytes.subarray(from, from + 8));
  }

  /** The first `most` prefixes that are kept, and how many peers have each. The bytes are borrowed. */
  *all(most: number): Generator<{ bytes: Uint8Array; peers: number }> {
    const end = Math.min(this.#records.top, (most + 1) << RECORD_SHIFT);
    for (let record = RECORD_WORDS; record < end; record += RECORD_WORDS) {
      const { bytes, words } = this.#records.page(record);
      const at = this.#records.offset(record);
      const peers = words[at + 2] as number;
      if (peers > 0) yield { bytes: bytes.subarray(at * 4, at * 4 + 8), peers };
    }
  }

  #add(first: number, second: number): number {
    const record = this.#records.allocate(RECORD_WORDS);
    const { words } = this.#records.page(record);
    const at = this.#records.offset(record);
    words[at] = first;
    words[at + 1] = second;
    const prefix = record >>> RECORD_SHIFT;
    this.#index.add(NOTHING, this.#root, hash(this.#seed, first, second), 0, prefix);
    return prefix;
  }

  #word(prefix: number, word: number): number {
    const record = prefix << RECORD_SHIFT;
    return this.#records.page(record).words[this.#records.offset(record) + word] as number;
  }
}

function hash(seed: number, first: number, second: number): number {
  return finish(mix(mix(seed, first), second));
}
