// All swarms of a tracker: found by info hash, and threaded into one list by their last change, newest first. The list
// is what lets an admin page be told of ten changes among a million swarms, and empty swarms be dropped, without a
// search. https://www.bittorrent.org/beps/bep_0003.html — peers are in peer_table.ts.

import { toBinary } from "../protocol/mod.ts";
import type { Arena } from "./arena.ts";
import { finish, mix } from "./hash.ts";
import { HashIndex, ROOT_WORDS } from "./hash_index.ts";
import {
  COMPLETED,
  LARGEST_LEFT,
  LAST_ANNOUNCE,
  NEWER,
  NO_SWARM,
  OLDER,
  REVISION,
  SWARM_WORDS,
} from "./swarm.ts";

export { NO_SWARM };

export class SwarmStore {
  /** Nothing but swarms, and lists of IPv6 peers in runs of the same size. */
  readonly #swarms: Arena;
  readonly #seed: number;
  /** By info hash; a swarm's number is its address in swarms. */
  readonly #byHash: HashIndex;
  readonly #root: number;
  /** Swarms whose count of completed downloads has changed; who keeps the counts empties it. */
  readonly recounted = new Set<number>();
  /** Info hashes (binary) of swarms that are gone with their counts; likewise. */
  readonly uncounted = new Set<string>();
  #size = 0;
  #newest = NO_SWARM;
  #oldest = NO_SWARM;
  #revision = 1;

  // An info hash on its way in, as bytes and as words.
  readonly #key = new Uint32Array(5);
  readonly #keyBytes = new Uint8Array(this.#key.buffer);

  /** Swarms lie in `swarms`, an arena in units of SWARM_WORDS; their index in `arena`. */
  constructor(swarms: Arena, arena: Arena, seed: number) {
    this.#swarms = swarms;
    this.#seed = seed;
    this.#byHash = new HashIndex(arena, (_owner, number) => {
      const swarm = number * SWARM_WORDS;
      return hashWords(seed, swarms.page(swarm).words, swarms.offset(swarm));
    });
    this.#root = arena.allocate(ROOT_WORDS);
    this.#byHash.create(this.#root, true);
  }

  /** How many swarms there are, empty ones included. */
  get size(): number {
    return this.#size;
  }

  /** How many places there are for swarms, used or not. */
  get places(): number {
    return Math.floor(this.#swarms.top / SWARM_WORDS);
  }

  /** The swarm at a place, from 0 on, or NO_SWARM. */
  at(place: number): number {
    const swarm = place * SWARM_WORDS;
    return place > 0 && place < this.places && this.#read(swarm, REVISION) !== 0 ? swarm : NO_SWARM;
  }

  /** What changes are stamped with now. */
  get revision(): number {
    return this.#revision;
  }

  /** Ends a revision: what changes from now on is later than all before. */
  advance(): void {
    this.#revision++;
  }

  /** The swarm that changed last, and the one whose last change is longest ago. */
  get newest(): number {
    return this.#newest;
  }

  get oldest(): number {
    return this.#oldest;
  }

  /** The swarm of an info hash (binary string), or NO_SWARM. */
  find(infoHash: string): number {
    for (let i = 0; i < 20; i++) this.#keyBytes[i] = infoHash.charCodeAt(i);
    const key = this.#key;
    const hash = hashWords(this.#seed, key, 0);
    let number = this.#byHash.first(this.#root, hash, 0);
    for (; number !== 0; number = this.#byHash.next()) {
      const swarm = number * SWARM_WORDS;
      const { words } = this.#swarms.page(swarm);
      const at = this.#swarms.offset(swarm);
      if (
        words[at] === key[0] && words[at + 1] === key[1] && words[at + 2] === key[2] &&
        words[at + 3] === key[3] && words[at + 4] === key[4]
      ) return swarm;
    }
    return NO_SWARM;
  }

  /** Adds a swarm that find() has not found. */
  add(infoHash: string): number {
    const swarm = this.#swarms.allocate(SWARM_WORDS);
    const { bytes, words } = this.#swarms.page(swarm);
    const at = this.#swarms.offset(swarm);
    for (let i = 0; i < 20; i++) bytes[at * 4 + i] = infoHash.charCodeAt(i);
    this.#byHash.add(NO_SWARM, this.#root, hashWords(this.#seed, words, at), 0, swarm / SWARM_WORDS);
    words[at + REVISION] = this.#revision;
    this.#link(swarm);
    this.#size++;
    return swarm;
  }

  /** Removes a swarm that has neither peers nor lists. */
  remove(swarm: number): void {
    const { words } = this.#swarms.page(swarm);
    if (this.completed(swarm) > 0) {
      this.recounted.delete(swarm);
      this.uncounted.add(toBinary(this.infoHash(swarm)));
    }
    this.#unlink(swarm);
    const at = this.#swarms.offset(swarm);
    this.#byHash.remove(NO_SWARM, this.#root, hashWords(this.#seed, words, at), 0, swarm / SWARM_WORDS);
    // What tells that it is none any more.
    words[at + REVISION] = 0;
    this.#swarms.release(swarm, SWARM_WORDS);
    this.#size--;
  }

  /** Marks a swarm as changed now and puts it at the head of the list. */
  touch(swarm: number): void {
    // Most announces find their swarm marked already: they pay this one comparison.
    if (this.#read(swarm, REVISION) === this.#revision) return;
    this.#write(swarm, REVISION, this.#revision);
    if (swarm === this.#newest) return;
    this.#unlink(swarm);
    this.#link(swarm);
  }

  /** The swarm whose last change came before that of `swarm`, or NO_SWARM. */
  older(swarm: number): number {
    return this.#read(swarm, OLDER);
  }

  /** The revision of a swarm's last change. */
  changedAt(swarm: number): number {
    return this.#read(swarm, REVISION);
  }

  /** The info hash's bytes, borrowed. */
  infoHash(swarm: number): Uint8Array {
    const from = this.#swarms.offset(swarm) * 4;
    return this.#swarms.page(swarm).bytes.subarray(from, from + 20);
  }

  completed(swarm: number): number {
    return this.#read(swarm, COMPLETED);
  }

  countCompleted(swarm: number): void {
    this.setCompleted(swarm, this.#read(swarm, COMPLETED) + 1);
    this.recounted.add(swarm);
  }

  /** As it was counted before. */
  setCompleted(swarm: number, completed: number): void {
    this.#write(swarm, COMPLETED, completed);
  }

  /** The largest `left` seen, in bytes. */
  largestLeft(swarm: number): number {
    return this.#read(swarm, LARGEST_LEFT + 1) * 2 ** 32 + this.#read(swarm, LARGEST_LEFT);
  }

  noteLeft(swarm: number, left: number): void {
    const { words } = this.#swarms.page(swarm);
    const at = this.#swarms.offset(swarm) + LARGEST_LEFT;
    if (left <= (words[at + 1] as number) * 2 ** 32 + (words[at] as number)) return;
    words[at] = left;
    words[at + 1] = left / 2 ** 32;
  }

  /** Tenths of a second since the tracker's start. */
  lastAnnounce(swarm: number): number {
    return this.#read(swarm, LAST_ANNOUNCE);
  }

  noteAnnounce(swarm: number, tenths: number): void {
    this.#write(swarm, LAST_ANNOUNCE, tenths);
  }

  #read(swarm: number, field: number): number {
    return this.#swarms.page(swarm).words[this.#swarms.offset(swarm) + field] as number;
  }

  #write(swarm: number, field: number, value: number): void {
    this.#swarms.page(swarm).words[this.#swarms.offset(swarm) + field] = value;
  }

  #link(swarm: number): void {
    this.#write(swarm, NEWER, NO_SWARM);
    this.#write(swarm, OLDER, this.#newest);
    if (this.#newest === NO_SWARM) this.#oldest = swarm;
    else this.#write(this.#newest, NEWER, swarm);
    this.#newest = swarm;
  }

  #unlink(swarm: number): void {
    const newer = this.#read(swarm, NEWER);
    const older = this.#read(swarm, OLDER);
    if (newer === NO_SWARM) this.#newest = older;
    else this.#write(newer, OLDER, older);
    if (older === NO_SWARM) this.#oldest = newer;
    else this.#write(older, NEWER, newer);
  }
}

function hashWords(seed: number, words: Uint32Array, at: number): number {
  let hash = seed;
  for (let i = at; i < at + 5; i++) hash = mix(hash, words[i] as number);
  return finish(hash);
}
