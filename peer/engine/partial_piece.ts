// A piece on its way: its pooled buffer, and for each block whether it is free, asked for or here, and by whom.
// Objects are reused from piece to piece. Whom to ask and what follows the last block, the downloader decides.
//
//   free ──ask──▶ asked ──put──▶ here
//    │▲             │ ├──land──▶ landing (its bytes come to their place) ──put──▶ here
//    │└─────────────┘ last asker gave up       (and asked again when its piece moves to another buffer)
//    └──expect──▶ expected (from the disk, keeping.ts) ──recall──▶ here

import { copyShared } from "../../protocol/bytes.ts";
import { BLOCK_LENGTH, BLOCKS_IN_LONG } from "../../protocol/piece_layout.ts";
import type { Peer } from "./peer.ts";

const FREE = 0;
const ASKED = 1;
const HERE = 2;
const EXPECTED = 3;
const LANDING = 4;

const NO_BUFFER = new Uint8Array(0);

/** One piece being downloaded. */
export class PartialPiece {
  index = -1;
  /** The whole piece's bytes, owned. */
  buffer: Uint8Array = NO_BUFFER;
  blockCount = 0;
  /** Blocks that nobody has been asked for. */
  free = 0;
  /** Blocks that are not here. */
  missing = 0;
  /** The peer for which it was begun, or that has taken it over. */
  owner: Peer | undefined = undefined;
  /** If set, only this peer may be asked: the piece failed its hash before and one source will show who is to blame. */
  soleSource: Peer | undefined = undefined;
  /** When it was begun, or last asked for, or given up, ms. */
  touchedAt = 0;
  beganAt = 0;
  /** Which reading of kept blocks is under way for it (keeping.ts); 0 if none is. */
  recall = 0;
  /** Its place in the picker's list. */
  place = -1;
  #state = new Uint8Array(0);
  /** How many peers a block is asked of. */
  #askers = new Uint8Array(0);
  /** Whom a block was last asked of; once it is here, who sent it. */
  #by: (Peer | undefined)[] = [];
  /** No block below this one is free. */
  #firstFree = 0;
  /** Blocks that are here without having come. */
  #zeros = 0;
  #recalled = 0;

  /** Starts over with another piece. `buffer` is owned and exactly as long as the piece. */
  start(index: number, buffer: Uint8Array, now: number): void {
    const blockCount = Math.ceil(buffer.length / BLOCK_LENGTH);
    if (this.#state.length < blockCount) {
      this.#state = new Uint8Array(blockCount);
      this.#askers = new Uint8Array(blockCount);
    } else {
      this.#state.fill(FREE);
      this.#askers.fill(0);
    }
    for (let block = 0; block < blockCount; block++) this.#by[block] = undefined;
    this.index = index;
    this.buffer = buffer;
    this.blockCount = blockCount;
    this.free = blockCount;
    this.missing = blockCount;
    this.owner = undefined;
    this.soleSource = undefined;
    this.touchedAt = now;
    this.beganAt = now;
    this.#firstFree = 0;
    this.#zeros = 0;
    this.#recalled = 0;
    this.recall = 0;
  }

  /** Gives the buffer away and forgets the peers. */
  end(): Uint8Array {
    const buffer = this.buffer;
    for (let block = 0; block < this.blockCount; block++) this.#by[block] = undefined;
    this.buffer = NO_BUFFER;
    this.owner = undefined;
    this.soleSource = undefined;
    this.recall = 0;
    this.index = -1;
    return buffer;
  }

  /** Some of it came in an earlier life, nobody knows from whom. */
  get hasRecalled(): boolean {
    return this.#recalled > 0;
  }

  /** Blocks asked for, or expected from the disk, and not here. */
  get asked(): number {
    return this.missing - this.free;
  }

  /** True if no block has come. */
  get isBlank(): boolean {
    return this.missing + this.#zeros === this.blockCount;
  }

  lengthOf(block: number): number {
    return Math.min(BLOCK_LENGTH, this.buffer.length - block * BLOCK_LENGTH);
  }

  /** Marks the first free block as asked of `peer` and returns it, or -1. */
  askNext(peer: Peer): number {
    if (this.free === 0) return -1;
    let block = this.#firstFree;
    while (this.#state[block] !== FREE) block++;
    this.#firstFree = block + 1;
    this.#state[block] = ASKED;
    this.#askers[block] = 1;
    this.#by[block] = peer;
    this.free--;
    return block;
  }

  /**
   * Marks the other blocks of a long one as asked of `peer`, too, if `first`, its first, has just been and all of them are
   * free. Returns how many blocks it has then; 1 if there is no such long one.
   */
  askLong(first: number, peer: Peer): number {
    if (first % BLOCKS_IN_LONG !== 0) return 1;
    const end = Math.min(first + BLOCKS_IN_LONG, this.blockCount);
    for (let block = first + 1; block < end; block++) if (this.#state[block] !== FREE) return 1;
    this.#state.fill(ASKED, first + 1, end);
    this.#askers.fill(1, first + 1, end);
    this.#by.fill(peer, first + 1, end);
    this.#firstFree = end;
    this.free -= end - first - 1;
    return end - first;
  }

  /** How many blocks the long one has of which `last` is the last, if only `peer` is asked for any of them; or 1. */
  longUpTo(last: number, peer: Peer): number {
    const first = last - last % BLOCKS_IN_LONG;
    const end = Math.min(first + BLOCKS_IN_LONG, this.blockCount);
    return end === last + 1 && this.#isAllAskedOf(first, end, peer) ? end - first : 1;
  }

  /** Blocks that only `peer` is asked for are on their way to their place. False if one of them is not such a block. */
  land(first: number, count: number, peer: Peer): boolean {
    if (!this.#isAllAskedOf(first, first + count, peer)) return false;
    this.#state.fill(LANDING, first, first + count);
    return true;
  }

  /** Goes on in another buffer, as long, and returns the one before. Blocks that land there count as asked for. */
  moveTo(buffer: Uint8Array): Uint8Array {
    const before = this.buffer;
    copyShared(before, buffer, 0);
    this.buffer = buffer;
    for (let block = 0; block < this.blockCount; block++) {
      if (this.isLanding(block)) this.#state[block] = ASKED;
    }
    return before;
  }

  isLanding(block: number): boolean {
    return this.#state[block] === LANDING;
  }

  /** A block that this peer sends is on its way to its place. */
  isLandingOf(peer: Peer): boolean {
    return this.#state.some((state, block) => state === LANDING && this.#by[block] === peer);
  }

  /** True if the block is asked of somebody, and nothing of it is at its place. */
  isAsked(block: number): boolean {
    return this.#state[block] === ASKED;
  }

  isHere(block: number): boolean {
    return this.#state[block] === HERE;
  }

  /** True if the block need not come: it is here, or expected from the disk. */
  isOurs(block: number): boolean {
    return this.#state[block] === HERE || this.#state[block] === EXPECTED;
  }

  /** A free block is padding: it is zeros, and here. */
  putZeros(block: number): void {
    if (this.#state[block] !== FREE) return;
    this.buffer.fill(0, block * BLOCK_LENGTH, block * BLOCK_LENGTH + this.lengthOf(block));
    this.#state[block] = HERE;
    this.#zeros++;
    this.free--;
    this.missing--;
  }

  /** A block is about to be read from the disk. False if it is asked for or here. */
  expect(block: number): boolean {
    if (this.#state[block] !== FREE) return false;
    this.#state[block] = EXPECTED;
    this.free--;
    return true;
  }

  /** Copies a block that was expected into place; nothing if it was not. */
  putRecalled(block: number, data: Uint8Array): void {
    if (this.#state[block] !== EXPECTED) return;
    this.buffer.set(data, block * BLOCK_LENGTH);
    this.#state[block] = HERE;
    this.#recalled++;
    this.missing--;
  }

  /** Nothing that was expected will come: it is free. */
  expectNothing(): void {
    for (let block = 0; block < this.blockCount; block++) {
      if (this.#state[block] !== EXPECTED) continue;
      this.#state[block] = FREE;
      this.free++;
      if (block < this.#firstFree) this.#firstFree = block;
    }
  }

  /** How many peers the block is asked of. */
  askers(block: number): number {
    return this.#askers[block] as number;
  }

  /** Whom the block was last asked of, or who sent it. */
  by(block: number): Peer | undefined {
    return this.#by[block];
  }

  /** Marks a block that is asked for as asked of one more peer. */
  askAgain(block: number, peer: Peer): void {
    this.#askers[block] = this.askers(block) + 1;
    this.#by[block] = peer;
  }

  /** One of those asked will not send the block. */
  giveUp(block: number, peer: Peer): void {
    if (this.#state[block] !== ASKED && this.#state[block] !== LANDING) return;
    const askers = this.askers(block) - 1;
    this.#askers[block] = askers;
    if (this.#by[block] === peer) this.#by[block] = undefined;
    if (askers > 0) return;
    this.#state[block] = FREE;
    this.free++;
    if (block < this.#firstFree) this.#firstFree = block;
  }

  /**
   * Copies a block that is not here into place, the only time between socket and disk, unless it has landed there. False if it
   * is here or about to be.
   */
  put(block: number, data: Uint8Array, peer: Peer): boolean {
    const state = this.#state[block];
    const { buffer } = this;
    const at = block * BLOCK_LENGTH;
    const hasLanded = data.buffer === buffer.buffer && data.byteOffset === buffer.byteOffset + at;
    if (state === HERE || state === EXPECTED || (state === LANDING && !hasLanded)) return false;
    if (state === FREE) this.free--;
    if (!hasLanded) copyShared(data, buffer, at);
    this.#state[block] = HERE;
    this.#by[block] = peer;
    this.missing--;
    return true;
  }

  /** Of the blocks from `first` to before `end` nothing is here, and `peer` is asked for them, and nobody else. */
  #isAllAskedOf(first: number, end: number, peer: Peer): boolean {
    for (let block = first; block < end; block++) {
      const isIts = this.#state[block] === ASKED && this.#askers[block] === 1 && this.#by[block] === peer;
      if (!isIts) return false;
    }
    return true;
  }
}
