// The lists of peers of all swarms, IPv4 and IPv6 apart because they differ in size and an answer names them in two
// strings (BEP 7). Seeders come first in a list, leechers after them, so that picking never searches. A peer is named by
// its list and its position there; positions change when a peer leaves, or becomes a seeder.
//
//   list    three words of a swarm (swarm.ts): the only chunk, or a row of chunks; how many peers; how many seeders;
//           and one for the IPv6 list, which says IS_IP6 in an IPv6 list itself
//   row     the root of the peers' index (hash_index.ts), then the chunks; its words are a power of two
//   chunk   records (peer_record.ts), then addresses, 6 or 18 bytes each, side by side, to be copied in runs
//
// The first chunk doubles up to 16 peers, the next ones take 16, 32, then 64 each: a swarm of one peer costs one, and a
// swarm of a million never copies itself.

import { type Arena, NOTHING, type Page } from "./arena.ts";
import { ROOT_WORDS } from "./hash_index.ts";
import { PEER_WORDS } from "./peer_record.ts";
import { LIST4, LIST6, SWARM_WORDS } from "./swarm.ts";

/** Peers of a list that has one chunk and no index: looking at all of them is as fast. */
export const FEW_PEERS = 16;

/** No list: the swarm has no peers of that family yet. */
export const NO_LIST = NOTHING;
/** No peer has this position. */
export const NO_PEER = -1;

// Where a list's words are, from its first on.
const TOP = 0;
const COUNT = 1;
const SEEDERS = 2;
const OTHER = LIST6 - LIST4;
const IS_IP6 = 0xffffffff;

const FULL_SHIFT = 6;
const FULL_CHUNK = 1 << FULL_SHIFT;
const FIRST_ROW_WORDS = 8;

/** Halves that come from memory at a time: a processor's cache line of 64 bytes. */
const LINE_HALVES = 32;

/** Where one peer is. */
export interface Place {
  readonly page: Page;
  /** Where its record begins, in words of the page. */
  readonly record: number;
  /** Where its address and port begin, in halves of the page. */
  readonly endpoint: number;
}

export class PeerLists {
  readonly #swarms: Arena;
  readonly #arena: Arena;

  /** The place that was asked for last: an announce asks for that of one peer again and again. */
  readonly #place: { -readonly [Key in keyof Place]: Place[Key] };
  #placeList = NO_LIST;
  #placePosition = NO_PEER;
  /** What fetchEndpoints() has read. It means nothing; what nobody keeps would not be read. */
  fetched = 0;

  /** The lists' words are in `swarms`, what they lead to in `arena`. */
  constructor(swarms: Arena, arena: Arena) {
    this.#swarms = swarms;
    this.#arena = arena;
    this.#place = { page: arena.page(NOTHING), record: 0, endpoint: 0 };
  }

  /** A swarm's list of a family, or NO_LIST. */
  find(swarm: number, isIp6: boolean): number {
    if (!isIp6) return swarm + LIST4;
    return this.#swarms.page(swarm).words[this.#swarms.offset(swarm) + LIST6] as number;
  }

  /** As find(), but there is one after it. */
  make(swarm: number, isIp6: boolean): number {
    const list = this.find(swarm, isIp6);
    if (list !== NO_LIST) return list;
    const made = this.#swarms.allocate(SWARM_WORDS) + LIST4;
    this.#write(made, OTHER, IS_IP6);
    this.#write(swarm + LIST4, OTHER, made);
    return made;
  }

  /** Gives back what a swarm without peers has of lists. */
  release(swarm: number): void {
    const list = this.find(swarm, true);
    if (list === NO_LIST) return;
    this.#write(swarm + LIST4, OTHER, NO_LIST);
    this.#swarms.release(list - LIST4, SWARM_WORDS);
  }

  isIp6(list: number): boolean {
    return this.#read(list, OTHER) === IS_IP6;
  }

  /** How many peers there are. */
  count(list: number): number {
    return list === NO_LIST ? 0 : this.#read(list, COUNT);
  }

  /** How many of them are seeders. */
  seeders(list: number): number {
    return list === NO_LIST ? 0 : this.#read(list, SEEDERS);
  }

  /** Seeders of a swarm, of both families. */
  seedersOf(swarm: number): number {
    const { words } = this.#swarms.page(swarm);
    const at = this.#swarms.offset(swarm);
    return (words[at + LIST4 + SEEDERS] as number) + this.seeders(words[at + LIST6] as number);
  }

  /** Peers of a swarm, likewise. */
  countOf(swarm: number): number {
    const { words } = this.#swarms.page(swarm);
    const at = this.#swarms.offset(swarm);
    return (words[at + LIST4 + COUNT] as number) + this.count(words[at + LIST6] as number);
  }

  setSeeders(list: number, seeders: number): void {
    this.#write(list, SEEDERS, seeders);
  }

  /** The root of a list's index; NOTHING for few peers. */
  indexRoot(list: number): number {
    return this.#read(list, COUNT) <= FEW_PEERS ? NOTHING : this.#read(list, TOP);
  }

  /** Where a peer is. Borrowed until the next call, or until a list gets longer or shorter. */
  locate(list: number, position: number): Place {
    const place = this.#place;
    if (list === this.#placeList && position === this.#placePosition) return place;
    const { words } = this.#swarms.page(list);
    const at = this.#swarms.offset(list);
    const count = words[at + COUNT] as number;
    const top = words[at + TOP] as number;
    const number = chunkOf(position);
    const chunk = count <= FEW_PEERS ? top : this.#readRow(top, number);
    const capacity = number > 0 ? capacityOf(number) : firstCapacity(count);
    const index = position - firstOf(number);
    const from = this.#arena.offset(chunk);
    place.page = this.#arena.page(chunk);
    place.record = from + index * PEER_WORDS;
    place.endpoint = (from + capacity * PEER_WORDS) * 2 + index * halvesOf(words[at + OTHER] as number);
    this.#placeList = list;
    this.#placePosition = position;
    return place;
  }

  /** Halves (2 bytes) of an address and port in compact form (BEP 23, BEP 7). */
  endpointHalves(list: number): number {
    return halvesOf(this.#read(list, OTHER));
  }

  /** Makes room for one more peer. Returns its position, the last; its record and address are anything. */
  append(list: number): number {
    const count = this.#read(list, COUNT);
    if (count > 0 && count < FEW_PEERS) {
      if (isPowerOfTwo(count)) this.#resize(list, count, count * 2);
    } else if (count === firstOf(chunkOf(count))) {
      this.#addChunk(list, count);
    }
    this.#write(list, COUNT, count + 1);
    return count;
  }

  /** Takes out the last peer. Where few are left after it, the index must have been cleared. */
  dropLast(list: number): void {
    const count = this.#read(list, COUNT) - 1;
    if (count === firstOf(chunkOf(count))) this.#dropChunk(list, count);
    this.#write(list, COUNT, count);
    if (count > 0 && count < FEW_PEERS && isPowerOfTwo(count)) this.#resize(list, count * 2, count);
  }

  /** Copies a peer's record and address to another position. */
  copy(list: number, from: number, to: number): void {
    const { endpoint, page: source, record } = this.locate(list, from);
    const { endpoint: toEndpoint, page: target, record: toRecord } = this.locate(list, to);
    for (let i = 0; i < PEER_WORDS; i++) target.words[toRecord + i] = source.words[record + i] as number;
    const halves = this.endpointHalves(list);
    for (let i = 0; i < halves; i++) target.halves[toEndpoint + i] = source.halves[endpoint + i] as number;
  }

  /** Has two peers change places. */
  swap(list: number, a: number, b: number): void {
    const { endpoint, page: { halves: first }, record } = this.locate(list, a);
    const { endpoint: otherEndpoint, page: { halves: second }, record: otherRecord } = this.locate(list, b);
    swapHalves(first, record * 2, second, otherRecord * 2, PEER_WORDS * 2);
    swapHalves(first, endpoint, second, otherEndpoint, this.endpointHalves(list));
  }

  setEndpoint(list: number, position: number, endpoint: Uint16Array): void {
    const { endpoint: from, page: { halves } } = this.locate(list, position);
    for (let i = 0; i < endpoint.length; i++) halves[from + i] = endpoint[i] as number;
  }

  /**
   * Has the addresses that copyEndpoints() is about to copy come from memory: all lines are asked for before the first is
   * waited for. Called for all parts of an answer before any is copied, it saves an announce 0.8 of 18 µs, a million peers
   * inside.
   */
  fetchEndpoints(list: number, from: number, to: number): void {
    const length = this.endpointHalves(list);
    let fetched = 0;
    while (from < to) {
      const end = Math.min(to, firstOf(chunkOf(from) + 1));
      const { endpoint: start, page: { halves } } = this.locate(list, from);
      const last = start + (end - from) * length - 1;
      for (let i = start; i < last; i += LINE_HALVES) fetched += halves[i] as number;
      fetched += halves[last] as number;
      from = end;
    }
    this.fetched = fetched;
  }

  /**
   * Copies the addresses of the peers at positions `from` to `to` - 1 into `into` at `offset`, both in halves. Returns the
   * offset after them. Plain arguments: this runs for every announce.
   */
  copyEndpoints(list: number, from: number, to: number, into: Uint16Array, offset: number): number {
    const length = this.endpointHalves(list);
    while (from < to) {
      const end = Math.min(to, firstOf(chunkOf(from) + 1));
      const { endpoint: start, page: { halves } } = this.locate(list, from);
      const n = (end - from) * length;
      // A plain loop: for the 300 bytes of an answer it is done before set() and subarray() have begun.
      for (let i = 0; i < n; i++) into[offset + i] = halves[start + i] as number;
      offset += n;
      from = end;
    }
    return offset;
  }

  /** Adds the chunk that begins with the peer after `count` others. */
  #addChunk(list: number, count: number): void {
    const number = chunkOf(count);
    const words = chunkWords(number === 0 ? 1 : capacityOf(number), this.endpointHalves(list));
    const chunk = this.#arena.allocate(words);
    if (count === 0) return this.#write(list, TOP, chunk);
    let row = this.#read(list, TOP);
    if (number === 1) {
      const first = row;
      row = this.#arena.allocate(rowWords(2));
      this.#writeRow(row, 0, first);
      this.#write(list, TOP, row);
    } else if (rowWords(number + 1) > rowWords(number)) {
      row = this.#resizeRow(list, row, rowWords(number), rowWords(number + 1));
    }
    this.#writeRow(row, number, chunk);
  }

  /** Gives back the chunk that began with the peer after `count` others. */
  #dropChunk(list: number, count: number): void {
    const number = chunkOf(count);
    const top = this.#read(list, TOP);
    const words = chunkWords(number === 0 ? 1 : capacityOf(number), this.endpointHalves(list));
    this.#arena.release(this.#chunk(list, number), words);
    if (number === 0) {
      this.#write(list, TOP, NOTHING);
    } else if (number === 1) {
      this.#write(list, TOP, this.#readRow(top, 0));
      this.#arena.release(top, rowWords(2));
    } else if (rowWords(number + 1) > rowWords(number)) {
      this.#resizeRow(list, top, rowWords(number + 1), rowWords(number));
    }
  }

  /** Moves the peers of a list's only chunk into one of another capacity. */
  #resize(list: number, before: number, after: number): void {
    const length = this.endpointHalves(list);
    const chunk = this.#read(list, TOP);
    const moved = this.#arena.allocate(chunkWords(after, length));
    const source = this.#arena.page(chunk);
    const target = this.#arena.page(moved);
    const from = this.#arena.offset(chunk);
    const to = this.#arena.offset(moved);
    const peers = Math.min(before, after);
    for (let i = 0; i < peers * PEER_WORDS; i++) target.words[to + i] = source.words[from + i] as number;
    const endpoint = (from + before * PEER_WORDS) * 2;
    const toEndpoint = (to + after * PEER_WORDS) * 2;
    for (let i = 0; i < peers * length; i++) {
      target.halves[toEndpoint + i] = source.halves[endpoint + i] as number;
    }
    this.#arena.release(chunk, chunkWords(before, length));
    this.#write(list, TOP, moved);
  }

  #resizeRow(list: number, row: number, before: number, after: number): number {
    const moved = this.#arena.allocate(after);
    const { words } = this.#arena.page(row);
    const from = this.#arena.offset(row);
    const kept = words.subarray(from, from + Math.min(before, after));
    this.#arena.page(moved).words.set(kept, this.#arena.offset(moved));
    this.#arena.release(row, before);
    this.#write(list, TOP, moved);
    return moved;
  }

  #chunk(list: number, number: number): number {
    const top = this.#read(list, TOP);
    return this.#read(list, COUNT) <= FEW_PEERS ? top : this.#readRow(top, number);
  }

  #read(list: number, word: number): number {
    return this.#swarms.page(list).words[this.#swarms.offset(list) + word] as number;
  }

  #write(list: number, word: number, value: number): void {
    this.#placeList = NO_LIST;
    this.#swarms.page(list).words[this.#swarms.offset(list) + word] = value;
  }

  #readRow(row: number, chunk: number): number {
    return this.#arena.page(row).words[this.#arena.offset(row) + ROOT_WORDS + chunk] as number;
  }

  #writeRow(row: number, chunk: number, address: number): void {
    this.#placeList = NO_LIST;
    this.#arena.page(row).words[this.#arena.offset(row) + ROOT_WORDS + chunk] = address;
  }
}

function swapHalves(first: Uint16Array, a: number, second: Uint16Array, b: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const half = first[a + i] as number;
    first[a + i] = second[b + i] as number;
    second[b + i] = half;
  }
}

/** The number of the chunk that a position is in. */
function chunkOf(position: number): number {
  if (position < FEW_PEERS) return 0;
  return position < FULL_CHUNK ? 28 - Math.clz32(position) : 2 + (position >>> FULL_SHIFT);
}

/** The first position in a chunk. */
function firstOf(chunk: number): number {
  if (chunk === 0) return 0;
  return chunk < 3 ? 8 << chunk : (chunk - 2) << FULL_SHIFT;
}

/** How many peers a chunk takes; the first, when there are others. */
function capacityOf(chunk: number): number {
  return chunk === 0 ? FEW_PEERS : chunk < 3 ? 8 << chunk : FULL_CHUNK;
}

/** How many peers the first chunk takes in a list of so many. */
function firstCapacity(count: number): number {
  return count <= FEW_PEERS ? 1 << (32 - Math.clz32(count - 1)) : FEW_PEERS;
}

/** Halves of an address and port, by a list's last word. */
function halvesOf(other: number): number {
  return other === IS_IP6 ? 9 : 3;
}

function chunkWords(capacity: number, endpointHalves: number): number {
  return capacity * PEER_WORDS + Math.ceil(capacity * endpointHalves / 2);
}

/** Words of a row of so many chunks. */
function rowWords(chunks: number): number {
  return Math.max(FIRST_ROW_WORDS, 1 << (32 - Math.clz32(ROOT_WORDS + chunks - 1)));
}

function isPowerOfTwo(n: number): boolean {
  return (n & (n - 1)) === 0;
}
