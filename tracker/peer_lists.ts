// The lists of peers of all swarms. A list is one chunk that doubles from 1 to 64 peers, then a row of chunks of 64: a
// swarm of one peer costs one, and a swarm of a million never copies itself. Within a chunk the records come
// first, then the addresses side by side, so that an answer is copied in runs. Removal moves the last peer into the gap.
//
//   chunk   word 0  swarm         word 1  kind, capacity, number of the chunk in its list
//           then records, 13 words each, then addresses, 6 or 18 bytes each
//
// A peer's handle is the address of its record. Handles change when a peer moves: `onMoved` is told.

import { type Arena, NOTHING, type Page } from "./arena.ts";
import { PEER_WORDS, SLOT_BYTE } from "./peer_record.ts";
import { endpointLength, LISTS, type PeerKind } from "./swarm.ts";

const HEADER_WORDS = 2;
const FULL_SHIFT = 6;
/** Peers of a chunk that doesn't grow any more. */
export const FULL_CHUNK = 1 << FULL_SHIFT;

/** No peer. */
export const NO_PEER = NOTHING;

export class PeerLists {
  readonly #arena: Arena;
  readonly #onMoved: (before: number, handle: number) => void;
  /** By the address of the list: its chunks, where there are several. */
  readonly #rows = new Map<number, number[]>();

  /** `onMoved` is called when a record has been copied to `handle` and is still whole at `before`. */
  constructor(arena: Arena, onMoved: (before: number, handle: number) => void) {
    this.#arena = arena;
    this.#onMoved = onMoved;
  }

  /** How many peers of a kind a swarm has. */
  count(swarm: number, kind: PeerKind): number {
    return this.#arena.page(swarm).words[this.#arena.offset(swarm) + LISTS + 2 * kind + 1] as number;
  }

  /** The peer at a position from 0 to count - 1. */
  at(swarm: number, kind: PeerKind, position: number): number {
    return this.#recordOf(this.#chunkAt(swarm, kind, position), position & (FULL_CHUNK - 1));
  }

  swarmOf(peer: number): number {
    const chunk = this.#chunkOf(peer);
    return this.#arena.page(chunk).words[this.#arena.offset(chunk)] as number;
  }

  kindOf(peer: number): PeerKind {
    return (this.#tagOf(this.#chunkOf(peer)) & 3) as PeerKind;
  }

  /** A peer's position in its list. */
  positionOf(peer: number): number {
    return ((this.#tagOf(this.#chunkOf(peer)) >>> 5) << FULL_SHIFT) + this.#slotOf(peer);
  }

  /** Where a peer's address and port begin, in bytes of its page. */
  endpointOffset(peer: number): number {
    const tag = this.#tagOf(this.#chunkOf(peer));
    const slot = this.#slotOf(peer);
    const words = (this.#arena.offset(peer)) + ((1 << ((tag >>> 2) & 7)) - slot) * PEER_WORDS;
    return words * 4 + slot * endpointLength((tag & 3) as PeerKind);
  }

  /** Makes room for one more peer at the end of a list. Its record and address are zero. */
  append(swarm: number, kind: PeerKind): number {
    const list = swarm + LISTS + 2 * kind;
    const { words } = this.#arena.page(list);
    const at = this.#arena.offset(list);
    const count = words[at + 1] as number;
    let chunk: number;
    if (count === 0) {
      chunk = words[at] = this.#allocate(swarm, kind, 0, 0);
    } else if (count < FULL_CHUNK) {
      chunk = words[at] as number;
      const shift = (this.#tagOf(chunk) >>> 2) & 7;
      if (count === 1 << shift) chunk = words[at] = this.#resize(chunk, shift + 1, count);
    } else {
      chunk = this.#chunkForEnd(swarm, kind, count);
    }
    words[at + 1] = count + 1;
    const slot = count & (FULL_CHUNK - 1);
    const peer = this.#recordOf(chunk, slot);
    const page = this.#arena.page(peer);
    const offset = this.#arena.offset(peer);
    page.words.fill(0, offset, offset + PEER_WORDS);
    page.bytes[offset * 4 + SLOT_BYTE] = slot;
    return peer;
  }

  /** Takes a peer out of its list. The last one moves into its place. */
  remove(peer: number): void {
    const swarm = this.swarmOf(peer);
    const kind = this.kindOf(peer);
    const list = swarm + LISTS + 2 * kind;
    const { words } = this.#arena.page(list);
    const at = this.#arena.offset(list);
    const count = (words[at + 1] as number) - 1;
    const last = this.at(swarm, kind, count);
    if (last !== peer) this.copy(last, peer);
    words[at + 1] = count;
    this.#shrink(list, kind, count);
  }

  /**
   * Copies the addresses of the peers at positions `from` to `to` - 1 into `into` at `offset`, both in halves: an address
   * is a whole number of them. Returns the offset after them.
   */
  copyEndpoints(
    swarm: number,
    kind: PeerKind,
    { from, to, into, offset }: { from: number; to: number; into: Uint16Array; offset: number },
  ): number {
    const length = endpointLength(kind) / 2;
    while (from < to) {
      const first = this.at(swarm, kind, from);
      const n = Math.min(to - from, FULL_CHUNK - (from & (FULL_CHUNK - 1)));
      const { halves } = this.#arena.page(first);
      const start = this.endpointOffset(first) / 2;
      // A plain loop: for the 300 bytes of an answer it is done before set() and subarray() have begun.
      for (let i = 0; i < n * length; i++) into[offset + i] = halves[start + i] as number;
      offset += n * length;
      from += n;
    }
    return offset;
  }

  /** The chunk that the peer after `count` others goes into, where those fill one chunk or more. */
  #chunkForEnd(swarm: number, kind: PeerKind, count: number): number {
    const list = swarm + LISTS + 2 * kind;
    let row = this.#rows.get(list);
    if (row === undefined) {
      row = [this.#arena.page(list).words[this.#arena.offset(list)] as number];
      this.#rows.set(list, row);
    }
    const number = count >>> FULL_SHIFT;
    if (number === row.length) row.push(this.#allocate(swarm, kind, FULL_SHIFT, number));
    return row[number] as number;
  }

  /** Gives back what a list of `count` peers doesn't need any more. */
  #shrink(list: number, kind: PeerKind, count: number): void {
    const { words } = this.#arena.page(list);
    const at = this.#arena.offset(list);
    const row = this.#rows.get(list);
    if (row !== undefined) {
      if ((count & (FULL_CHUNK - 1)) === 0) this.#release(row.pop() as number, kind, FULL_SHIFT);
      if (row.length === 1) this.#rows.delete(list);
      return;
    }
    const chunk = words[at] as number;
    const shift = (this.#tagOf(chunk) >>> 2) & 7;
    if (count === 0) {
      this.#release(chunk, kind, shift);
      words[at] = NOTHING;
    } else if (shift >= 2 && count <= 1 << (shift - 2)) {
      // At a quarter, not at half: a swarm that wavers must not be copied back and forth.
      words[at] = this.#resize(chunk, shift - 1, count);
    }
  }

  /** Moves the `count` peers of a list's only chunk into one of another capacity. */
  #resize(chunk: number, shift: number, count: number): number {
    const tag = this.#tagOf(chunk);
    const kind = (tag & 3) as PeerKind;
    const swarm = this.#arena.page(chunk).words[this.#arena.offset(chunk)] as number;
    const larger = this.#allocate(swarm, kind, shift, 0);
    for (let slot = 0; slot < count; slot++) {
      const peer = this.#recordOf(larger, slot);
      this.#arena.page(peer).bytes[this.#arena.offset(peer) * 4 + SLOT_BYTE] = slot;
      this.copy(this.#recordOf(chunk, slot), peer);
    }
    this.#release(chunk, kind, (tag >>> 2) & 7);
    return larger;
  }

  /** Copies a record and its address to another place, of a kind with the same length of address. */
  copy(from: number, to: number): void {
    const source = this.#arena.page(from);
    const target = this.#arena.page(to);
    const sourceAt = this.#arena.offset(from);
    const targetAt = this.#arena.offset(to);
    const slot = target.bytes[targetAt * 4 + SLOT_BYTE] as number;
    for (let i = 0; i < PEER_WORDS; i++) target.words[targetAt + i] = source.words[sourceAt + i] as number;
    target.bytes[targetAt * 4 + SLOT_BYTE] = slot;
    copyBytes(
      source,
      this.endpointOffset(from),
      target,
      this.endpointOffset(to),
      endpointLength(this.kindOf(to)),
    );
    this.#onMoved(from, to);
  }

  #chunkAt(swarm: number, kind: PeerKind, position: number): number {
    const list = swarm + LISTS + 2 * kind;
    const { words } = this.#arena.page(list);
    const at = this.#arena.offset(list);
    if (position < FULL_CHUNK) return words[at] as number;
    return (this.#rows.get(list) as number[])[position >>> FULL_SHIFT] as number;
  }

  #recordOf(chunk: number, slot: number): number {
    return chunk + HEADER_WORDS + slot * PEER_WORDS;
  }

  #slotOf(peer: number): number {
    return this.#arena.page(peer).bytes[this.#arena.offset(peer) * 4 + SLOT_BYTE] as number;
  }

  #chunkOf(peer: number): number {
    return peer - this.#slotOf(peer) * PEER_WORDS - HEADER_WORDS;
  }

  /** A chunk's kind (2 bits), capacity (3 bits, power of two) and number. */
  #tagOf(chunk: number): number {
    return this.#arena.page(chunk).words[this.#arena.offset(chunk) + 1] as number;
  }

  #allocate(swarm: number, kind: PeerKind, shift: number, number: number): number {
    const chunk = this.#arena.allocate(chunkWords(kind, shift));
    const { words } = this.#arena.page(chunk);
    const at = this.#arena.offset(chunk);
    words[at] = swarm;
    words[at + 1] = kind | (shift << 2) | (number << 5);
    return chunk;
  }

  #release(chunk: number, kind: PeerKind, shift: number): void {
    this.#arena.release(chunk, chunkWords(kind, shift));
  }
}

/** Words of a chunk of 2^shift peers. */
function chunkWords(kind: PeerKind, shift: number): number {
  const capacity = 1 << shift;
  return HEADER_WORDS + capacity * PEER_WORDS + Math.ceil(capacity * endpointLength(kind) / 4);
}

// Two calls of set() and subarray() cost more than 18 single bytes.
function copyBytes(source: Page, from: number, target: Page, to: number, length: number): void {
  for (let i = 0; i < length; i++) target.bytes[to + i] = source.bytes[from + i] as number;
}
