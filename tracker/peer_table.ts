// All peers of all swarms, found by swarm and address, or by swarm, peer id and key. About 75 bytes a peer, no object for
// any of them. https://www.bittorrent.org/beps/bep_0003.html (`key`), BEP 7. What an announce means is tracker.ts's.

import type { Arena } from "./arena.ts";
import { HandleIndex } from "./handle_index.ts";
import { finish, mix } from "./hash.ts";
import { NO_PEER, PeerLists } from "./peer_lists.ts";
import {
  Counter,
  hasCompleted,
  hasPeerId,
  peerIdOf,
  Rate,
  readCounter,
  readKey,
  readLastSeen,
  readRate,
  setCompleted,
  writeCounter,
  writeKey,
  writeLastSeen,
  writePeerId,
  writeRate,
} from "./peer_record.ts";
import { endpointLength, isIp6Kind, isSeederKind, peerKind } from "./swarm.ts";

export { NO_PEER };

/** Between announces closer than this no rate is counted: a burst would look like a record. Tenths of a second. */
const SHORTEST_SPAN = 5;

/** Who announces. */
export interface PeerIdentity {
  /** 6 or 18 bytes: address and port in compact form. */
  endpoint: Uint8Array;
  /** 20 bytes as words. */
  peerId: Uint32Array;
  /** Hash of its key, 0 for none. */
  key: number;
}

/** What it says of itself. */
export interface PeerCounters {
  uploaded: number;
  downloaded: number;
  left: number;
}

export class PeerTable {
  /** The lists themselves: counts and addresses. */
  readonly lists: PeerLists;

  readonly #arena: Arena;
  readonly #seed: number;
  readonly #byEndpoint: HandleIndex;
  readonly #byKey: HandleIndex;
  #seeders = 0;

  constructor(arena: Arena, seed: number) {
    this.#arena = arena;
    this.#seed = seed;
    this.lists = new PeerLists(arena, (before, peer) => this.#onMoved(before, peer));
    this.#byEndpoint = new HandleIndex((peer) => this.#endpointHash(peer));
    this.#byKey = new HandleIndex((peer) => this.#keyHash(peer));
  }

  /** Peers of all swarms. */
  get size(): number {
    return this.#byEndpoint.size;
  }

  /** Seeders of all swarms. */
  get seeders(): number {
    return this.#seeders;
  }

  /** Bytes of the indexes, besides the arena. */
  get indexBytes(): number {
    return (this.#byEndpoint.places + this.#byKey.places) * 4;
  }

  /** The peer at an address, or NO_PEER. */
  find(swarm: number, endpoint: Uint8Array): number {
    const hash = hashEndpoint(this.#seed, swarm, endpoint, 0, endpoint.length);
    for (let peer = this.#byEndpoint.first(hash); peer !== 0; peer = this.#byEndpoint.next()) {
      if (this.lists.swarmOf(peer) === swarm && this.#isAt(peer, endpoint)) return peer;
    }
    return NO_PEER;
  }

  /** The peer of this id that has shown this key, at whatever address of the same family; or NO_PEER. */
  findByKey(swarm: number, { endpoint, peerId, key }: PeerIdentity): number {
    if (key === 0 || this.#byKey.size === 0) return NO_PEER;
    const hash = hashKey(this.#seed, swarm, peerId, key);
    for (let peer = this.#byKey.first(hash); peer !== 0; peer = this.#byKey.next()) {
      const page = this.#arena.page(peer);
      const at = this.#arena.offset(peer);
      if (readKey(page, at) !== key || !hasPeerId(page, at, peerId)) continue;
      if (this.lists.swarmOf(peer) !== swarm) continue;
      if (endpointLength(this.lists.kindOf(peer)) === endpoint.length) return peer;
    }
    return NO_PEER;
  }

  /** Adds a peer that find() didn't find. */
  add(swarm: number, isSeeder: boolean, { endpoint, peerId, key }: PeerIdentity): number {
    const peer = this.lists.append(swarm, peerKind(isSeeder, endpoint.length === 18));
    const page = this.#arena.page(peer);
    const at = this.#arena.offset(peer);
    page.bytes.set(endpoint, this.lists.endpointOffset(peer));
    writePeerId(page, at, peerId);
    writeKey(page, at, key);
    this.#byEndpoint.add(hashEndpoint(this.#seed, swarm, endpoint, 0, endpoint.length), peer);
    if (key !== 0) this.#byKey.add(hashKey(this.#seed, swarm, peerId, key), peer);
    if (isSeeder) this.#seeders++;
    return peer;
  }

  remove(peer: number): void {
    if (this.isSeeder(peer)) this.#seeders--;
    this.#byEndpoint.remove(this.#endpointHash(peer), peer);
    if (this.keyOf(peer) !== 0) this.#byKey.remove(this.#keyHash(peer), peer);
    this.lists.remove(peer);
  }

  /** Another client at the same address: everything that was known of the one before is forgotten. */
  reset(peer: number, { peerId, key }: PeerIdentity): void {
    if (this.keyOf(peer) !== 0) this.#byKey.remove(this.#keyHash(peer), peer);
    const page = this.#arena.page(peer);
    const at = this.#arena.offset(peer);
    writePeerId(page, at, peerId);
    writeKey(page, at, key);
    writeLastSeen(page, at, 0);
    setCompleted(page, at, false);
    for (const counter of [Counter.uploaded, Counter.downloaded, Counter.left]) {
      writeCounter(page, at, counter, 0);
    }
    for (const rate of [Rate.up, Rate.down]) writeRate(page, at, rate, 0);
    if (key !== 0) this.#byKey.add(this.#keyHash(peer), peer);
  }

  /** The same peer at a new address of the same family, where nobody is yet. */
  readdress(peer: number, endpoint: Uint8Array): void {
    this.#byEndpoint.remove(this.#endpointHash(peer), peer);
    this.#arena.page(peer).bytes.set(endpoint, this.lists.endpointOffset(peer));
    this.#byEndpoint.add(this.#endpointHash(peer), peer);
  }

  /** Takes the key that a peer shows from now on; 0 keeps what there is. */
  adoptKey(peer: number, key: number): void {
    const before = this.keyOf(peer);
    if (key === 0 || key === before) return;
    if (before !== 0) this.#byKey.remove(this.#keyHash(peer), peer);
    writeKey(this.#arena.page(peer), this.#arena.offset(peer), key);
    this.#byKey.add(this.#keyHash(peer), peer);
  }

  /** Puts a peer among the seeders, or back. Returns its new handle. */
  setSeeder(peer: number, isSeeder: boolean): number {
    const kind = this.lists.kindOf(peer);
    if (isSeederKind(kind) === isSeeder) return peer;
    const moved = this.lists.append(this.lists.swarmOf(peer), peerKind(isSeeder, isIp6Kind(kind)));
    this.lists.copy(peer, moved);
    this.lists.remove(peer);
    this.#seeders += isSeeder ? 1 : -1;
    return moved;
  }

  /** Takes in what a peer says of itself at `tenths`, and counts its rates since it last did. */
  update(peer: number, counters: PeerCounters, tenths: number): void {
    const page = this.#arena.page(peer);
    const at = this.#arena.offset(peer);
    const before = readLastSeen(page, at);
    const span = tenths - before;
    // Zero stands for "never": the first announce has nothing to count a rate from.
    if (before !== 0 && span >= SHORTEST_SPAN) {
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
  complete(peer: number): boolean {
    const page = this.#arena.page(peer);
    const at = this.#arena.offset(peer);
    if (hasCompleted(page, at)) return false;
    setCompleted(page, at, true);
    return true;
  }

  /** Visits peers where the last call ended, going round; `visit` returns true if it removed the peer. */
  sweep(places: number, visit: (peer: number) => boolean): void {
    this.#byEndpoint.sweep(places, visit);
  }

  /** Places for sweep() to go round once. */
  get places(): number {
    return this.#byEndpoint.places;
  }

  isSeeder(peer: number): boolean {
    return isSeederKind(this.lists.kindOf(peer));
  }

  keyOf(peer: number): number {
    return readKey(this.#arena.page(peer), this.#arena.offset(peer));
  }

  hasPeerId(peer: number, peerId: Uint32Array): boolean {
    return hasPeerId(this.#arena.page(peer), this.#arena.offset(peer), peerId);
  }

  lastSeen(peer: number): number {
    return readLastSeen(this.#arena.page(peer), this.#arena.offset(peer));
  }

  counter(peer: number, counter: Counter): number {
    return readCounter(this.#arena.page(peer), this.#arena.offset(peer), counter);
  }

  /** Bytes a second between a peer's last two announces. */
  rate(peer: number, rate: Rate): number {
    return readRate(this.#arena.page(peer), this.#arena.offset(peer), rate);
  }

  /** A peer's id, borrowed. */
  peerId(peer: number): Uint8Array {
    return peerIdOf(this.#arena.page(peer), this.#arena.offset(peer));
  }

  /** A peer's address and port in compact form, borrowed. */
  endpoint(peer: number): Uint8Array {
    const from = this.lists.endpointOffset(peer);
    return this.#arena.page(peer).bytes.subarray(from, from + endpointLength(this.lists.kindOf(peer)));
  }

  #isAt(peer: number, endpoint: Uint8Array): boolean {
    if (endpointLength(this.lists.kindOf(peer)) !== endpoint.length) return false;
    const { bytes } = this.#arena.page(peer);
    const from = this.lists.endpointOffset(peer);
    for (let i = 0; i < endpoint.length; i++) {
      if (bytes[from + i] !== endpoint[i]) return false;
    }
    return true;
  }

  #onMoved(before: number, peer: number): void {
    this.#byEndpoint.replace(this.#endpointHash(peer), before, peer);
    if (this.keyOf(peer) !== 0) this.#byKey.replace(this.#keyHash(peer), before, peer);
  }

  #endpointHash(peer: number): number {
    const length = endpointLength(this.lists.kindOf(peer));
    const { bytes } = this.#arena.page(peer);
    return hashEndpoint(this.#seed, this.lists.swarmOf(peer), bytes, this.lists.endpointOffset(peer), length);
  }

  #keyHash(peer: number): number {
    const page = this.#arena.page(peer);
    const at = this.#arena.offset(peer);
    let hash = mix(this.#seed, this.lists.swarmOf(peer));
    for (let i = 0; i < 5; i++) hash = mix(hash, page.words[at + i] as number);
    return finish(mix(hash, readKey(page, at)));
  }
}

// Five plain arguments: this runs for every announce, and an options object would be an allocation.
function hashEndpoint(seed: number, swarm: number, bytes: Uint8Array, from: number, length: number): number {
  let hash = mix(seed, swarm);
  // Both lengths, 6 and 18, are whole numbers of byte pairs.
  for (let i = from; i < from + length; i += 2) {
    hash = mix(hash, ((bytes[i] as number) << 8) | (bytes[i + 1] as number));
  }
  return finish(hash);
}

function hashKey(seed: number, swarm: number, peerId: Uint32Array, key: number): number {
  let hash = mix(seed, swarm);
  for (let i = 0; i < 5; i++) hash = mix(hash, peerId[i] as number);
  return finish(mix(hash, key));
}
