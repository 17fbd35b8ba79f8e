// All peers of all swarms: their lists, and what is known of each. About 60 bytes a peer, no object for any of them.
// https://www.bittorrent.org/beps/bep_0003.html (`key`), BEP 7. What an announce means is tracker.ts's business.

import { type Arena } from "./arena.ts";
import { PeerIdPrefixes } from "./peer_id_prefixes.ts";
import { type PeerIdentity, PeerIndex } from "./peer_index.ts";
import { FEW_PEERS, NO_LIST, NO_PEER, PeerLists } from "./peer_lists.ts";
import {
  clear,
  Counter,
  hasCompleted,
  hasPeerIdTail,
  isPartial,
  isUdp,
  peerIdTail,
  Rate,
  readCounter,
  readKey,
  readLastSeen,
  readPrefix,
  readRate,
  setCompleted,
  setPartial,
  setUdp,
  silence,
  writeCounter,
  writeKey,
  writeLastSeen,
  writePeerIdTail,
  writePrefix,
  writeRate,
} from "./peer_record.ts";

export { NO_LIST, NO_PEER };
export type { PeerIdentity };

/** Between announces closer than this no rate is counted: a burst would look like a record. Tenths of a second. */
const SHORTEST_SPAN = 5;

/** What a peer says of itself. */
export interface PeerCounters {
  uploaded: number;
  downloaded: number;
  left: number;
}

export class PeerTable {
  /** The lists themselves: counts and addresses. */
  readonly lists: PeerLists;

  readonly #index: PeerIndex;
  readonly #prefixes: PeerIdPrefixes;
  /** By list, where there are any: how many partial seeds. */
  readonly #partial = new Map<number, number>();
  #size = 0;
  #seeders = 0;
  #partialSeeds = 0;

  /** The lists' words are in `swarms`, everything else in `arena`. */
  constructor(swarms: Arena, arena: Arena, seed: number) {
    this.lists = new PeerLists(swarms, arena);
    this.#index = new PeerIndex(arena, this.lists, seed);
    this.#prefixes = new PeerIdPrefixes(arena, seed);
  }

  /** Peers of all swarms. */
  get size(): number {
    return this.#size;
  }

  /** Seeders of all swarms. */
  get seeders(): number {
    return this.#seeders;
  }

  /** Partial seeds of all swarms (BEP 21). */
  get partialSeeds(): number {
    return this.#partialSeeds;
  }

  /** Bytes held besides the two arenas. */
  get bytes(): number {
    return this.#prefixes.bytes;
  }

  /** The position of the peer at an address, or NO_PEER. */
  find(list: number, endpoint: Uint16Array): number {
    return this.#index.find(list, endpoint);
  }

  /** The position of the peer of this id that has shown this key, at whatever address of the list's; or NO_PEER. */
  findByKey(list: number, identity: PeerIdentity): number {
    if (identity.key === 0) return NO_PEER;
    const prefix = this.#prefixes.find(identity.peerId);
    return prefix === 0 ? NO_PEER : this.#index.findByKey(list, prefix, identity);
  }

  /** Adds a peer that find() didn't find. Returns its position. */
  add(list: number, isSeeder: boolean, identity: PeerIdentity): number {
    let position = this.lists.append(list);
    this.#index.fit(list);
    if (isSeeder) {
      // Seeders come first: the first leecher makes room.
      const border = this.lists.seeders(list);
      this.#move(list, border, position);
      this.#setSeeders(list, border + 1);
      position = border;
    }
    this.#write(list, position, identity);
    this.lists.setEndpoint(list, position, identity.endpoint);
    this.#index.enter(list, position);
    this.#size++;
    return position;
  }

  /** Removes a peer. Others may move to its position, from behind it. */
  remove(list: number, position: number): void {
    this.setPartial(list, position, false);
    this.#index.leave(list, position);
    this.#prefixes.drop(this.#prefixOf(list, position));
    const seeders = this.lists.seeders(list);
    let gap = position;
    if (position < seeders) {
      this.#move(list, seeders - 1, position);
      this.#setSeeders(list, seeders - 1);
      gap = seeders - 1;
    }
    const last = this.lists.count(list) - 1;
    this.#move(list, last, gap);
    if (last === FEW_PEERS) this.#index.drop(list);
    this.lists.dropLast(list);
    this.#size--;
  }

  /** Another client at the same address: everything that was known of the one before is forgotten. */
  reset(list: number, position: number, identity: PeerIdentity): void {
    this.setPartial(list, position, false);
    this.#index.leave(list, position);
    this.#prefixes.drop(this.#prefixOf(list, position));
    this.#write(list, position, identity);
    this.#index.enter(list, position);
  }

  /** The same peer at a new address, where nobody is yet. */
  readdress(list: number, position: number, endpoint: Uint16Array): void {
    this.#index.leave(list, position);
    this.lists.setEndpoint(list, position, endpoint);
    this.#index.enter(list, position);
  }

  /** Takes the key that a peer shows from now on, unless a peer of the same id has it. 0 keeps what there is. */
  adoptKey(list: number, position: number, identity: PeerIdentity): void {
    const { key } = identity;
    if (key === 0 || key === this.keyOf(list, position) || this.findByKey(list, identity) !== NO_PEER) return;
    this.#index.leave(list, position);
    const { page, record } = this.lists.locate(list, position);
    writeKey(page, record, key);
    this.#index.enter(list, position);
  }

  /** Puts a peer among the seeders, or back. Returns its new position. */
  setSeeder(list: number, position: number, isSeeder: boolean): number {
    const seeders = this.lists.seeders(list);
    if (isSeeder === position < seeders) return position;
    // It changes places with the peer at the border.
    const border = isSeeder ? seeders : seeders - 1;
    if (border !== position) {
      this.#index.leave(list, position);
      this.#index.renumber(list, border, position);
      this.lists.swap(list, border, position);
      this.#index.enter(list, border);
    }
    this.#setSeeders(list, isSeeder ? seeders + 1 : seeders - 1);
    return border;
  }

  /** Takes in what a peer says of itself at `tenths`, and counts its rates since it last did. */
  update(list: number, position: number, counters: PeerCounters, tenths: number): void {
    const { page, record: at } = this.lists.locate(list, position);
    const span = silence(page, at, tenths);
    // The first announce has nothing to count a rate from.
    if (span !== undefined && span >= SHORTEST_SPAN) {
      const up = counters.uploaded - readCounter(page, at, Counter.uploaded);
      const down = counters.downloaded - readCounter(page, at, Counter.downloaded);
      writeRate(page, at, Rate.up, up > 0 ? up * 10 / span : 0);
      writeRate(page, at, Rate.down, down > 0 ? down * 10 / span : 0);
    }
    writeCounter(page, at, Counter.uploaded, counters.uploaded);
    writeCounter(page, at, Counter.downloaded, counters.downloaded);
    writeCounter(page, at, Counter.left, counters.left);
    writeLastSeen(page, at, tenths);
  }

  /** Notes that a peer has completed. True the first time. */
  complete(list: number, position: number): boolean {
    const { page, record: at } = this.lists.locate(list, position);
    if (hasCompleted(page, at)) return false;
    setCompleted(page, at);
    return true;
  }

  /** Whether complete() has noted that. */
  hasCompleted(list: number, position: number): boolean {
    const { page, record } = this.lists.locate(list, position);
    return hasCompleted(page, record);
  }

  /** Whether a peer has all that it wants, though not everything (BEP 21). */
  isPartial(list: number, position: number): boolean {
    const { page, record } = this.lists.locate(list, position);
    return isPartial(page, record);
  }

  setPartial(list: number, position: number, to: boolean): void {
    const { page, record: at } = this.lists.locate(list, position);
    if (isPartial(page, at) === to) return;
    setPartial(page, at, to);
    const count = this.partial(list) + (to ? 1 : -1);
    if (count === 0) this.#partial.delete(list);
    else this.#partial.set(list, count);
    this.#partialSeeds += to ? 1 : -1;
  }

  /** Whether a peer's last announce came over UDP. */
  isUdp(list: number, position: number): boolean {
    const { page, record } = this.lists.locate(list, position);
    return isUdp(page, record);
  }

  setUdp(list: number, position: number, to: boolean): void {
    const { page, record } = this.lists.locate(list, position);
    setUdp(page, record, to);
  }

  /** The first 8 bytes of peer ids, the first `most` kinds that are kept, and how many peers have each. */
  prefixes(most: number): Generator<{ bytes: Uint8Array; peers: number }> {
    return this.#prefixes.all(most);
  }

  /** Partial seeds of a list. */
  partial(list: number): number {
    return this.#partialSeeds === 0 ? 0 : this.#partial.get(list) ?? 0;
  }

  isSeeder(list: number, position: number): boolean {
    return position < this.lists.seeders(list);
  }

  keyOf(list: number, position: number): number {
    const { page, record } = this.lists.locate(list, position);
    return readKey(page, record);
  }

  hasPeerId(list: number, position: number, peerId: Uint32Array): boolean {
    const { page, record: at } = this.lists.locate(list, position);
    return hasPeerIdTail(page, at, peerId) && this.#prefixes.has(readPrefix(page, at), peerId);
  }

  /** Tenths of a second since a peer's last announce, at the time `tenths`. */
  silence(list: number, position: number, tenths: number): number {
    const { page, record } = this.lists.locate(list, position);
    return silence(page, record, tenths) ?? 0;
  }

  /** When a peer was last seen, as it is stored: later is more, but where the times begin anew. */
  lastSeen(list: number, position: number): number {
    const { page, record } = this.lists.locate(list, position);
    return readLastSeen(page, record);
  }

  counter(list: number, position: number, counter: Counter): number {
    const { page, record } = this.lists.locate(list, position);
    return readCounter(page, record, counter);
  }

  /** Bytes a second between a peer's last two announces. */
  rate(list: number, position: number, rate: Rate): number {
    const { page, record } = this.lists.locate(list, position);
    return readRate(page, record, rate);
  }

  /** A peer's id, 20 bytes. */
  peerId(list: number, position: number): Uint8Array {
    const peerId = new Uint8Array(20);
    this.#prefixes.read(this.#prefixOf(list, position), peerId);
    const { page, record } = this.lists.locate(list, position);
    peerId.set(peerIdTail(page, record), 8);
    return peerId;
  }

  /** A peer's address and port in compact form, borrowed. */
  endpoint(list: number, position: number): Uint8Array {
    const { endpoint, page: { bytes } } = this.lists.locate(list, position);
    return bytes.subarray(endpoint * 2, (endpoint + this.lists.endpointHalves(list)) * 2);
  }

  /** Writes a new peer's record. */
  #write(list: number, position: number, { key, peerId }: PeerIdentity): void {
    const { page, record: at } = this.lists.locate(list, position);
    clear(page, at);
    writePeerIdTail(page, at, peerId);
    writePrefix(page, at, this.#prefixes.take(peerId));
    writeKey(page, at, key);
  }

  #prefixOf(list: number, position: number): number {
    const { page, record } = this.lists.locate(list, position);
    return readPrefix(page, record);
  }

  #move(list: number, from: number, to: number): void {
    if (from === to) return;
    this.#index.renumber(list, from, to);
    this.lists.copy(list, from, to);
  }

  #setSeeders(list: number, seeders: number): void {
    this.#seeders += seeders - this.lists.seeders(list);
    this.lists.setSeeders(list, seeders);
  }
}
