// Finds a list's peers by address, or by peer id and key. A list of few peers is looked through, longer ones have an
// index each: positions within a list are small numbers, so an entry takes 2 bytes in all but the largest swarms.

import { type Arena, NOTHING } from "./arena.ts";
import { finish, mix } from "./hash.ts";
import { type EntryKind, HashIndex, MAX_NARROW } from "./hash_index.ts";
import { FEW_PEERS, NO_LIST, NO_PEER, type PeerLists } from "./peer_lists.ts";
import { hasPeerIdTail, readKey, readPrefix } from "./peer_record.ts";

const BY_ENDPOINT = 0;
const BY_KEY = 1;

/** Who announces. */
export interface PeerIdentity {
  /** Address and port in compact form, 6 or 18 bytes, two by two. */
  endpoint: Uint16Array;
  /** 20 bytes as words. */
  peerId: Uint32Array;
  /** Hash of its key, at most MAX_KEY; 0 for none. */
  key: number;
}

export class PeerIndex {
  readonly #lists: PeerLists;
  readonly #seed: number;
  /** Numbers are positions plus one. */
  readonly #index: HashIndex;

  constructor(arena: Arena, lists: PeerLists, seed: number) {
    this.#lists = lists;
    this.#seed = seed;
    this.#index = new HashIndex(arena, (list, number, kind) => this.#hash(list, number - 1, kind));
  }

  /** The position of the peer at an address, or NO_PEER. */
  find(list: number, endpoint: Uint16Array): number {
    if (list === NO_LIST) return NO_PEER;
    const root = this.#lists.indexRoot(list);
    if (root === NOTHING) return this.#scan(list, endpoint);
    const hash = hashEndpoint(this.#seed, endpoint, 0, endpoint.length);
    let number = this.#index.first(root, hash, BY_ENDPOINT);
    while (number !== 0 && !this.#isAt(list, number - 1, endpoint)) number = this.#index.next();
    return number - 1;
  }

  /** The position of the peer with this id and key, at whatever address; or NO_PEER. `prefix` is its id's. */
  findByKey(list: number, prefix: number, identity: PeerIdentity): number {
    if (list === NO_LIST) return NO_PEER;
    const root = this.#lists.indexRoot(list);
    if (root === NOTHING) {
      let position = this.#lists.count(list) - 1;
      while (position >= 0 && !this.#isKnown(list, position, prefix, identity)) position--;
      return position;
    }
    const { key, peerId } = identity;
    const hash = hashIdentity(this.#seed, peerId, 2, key, prefix);
    let number = this.#index.first(root, hash, BY_KEY);
    while (number !== 0 && !this.#isKnown(list, number - 1, prefix, identity)) number = this.#index.next();
    return number - 1;
  }

  /** Makes the index that a list needs now that it has one peer more, and enters all but that one. */
  fit(list: number): void {
    const root = this.#lists.indexRoot(list);
    if (root === NOTHING) return;
    const count = this.#lists.count(list);
    const isFirst = count === FEW_PEERS + 1;
    if (!isFirst && (count <= MAX_NARROW || this.#index.isWide(root))) return;
    if (!isFirst) this.#index.clear(root);
    this.#index.create(root, count > MAX_NARROW);
    for (let position = 0; position < count - 1; position++) this.enter(list, position);
  }

  /** Gives back the index of a list that is about to have few peers. */
  drop(list: number): void {
    this.#index.clear(this.#lists.indexRoot(list));
  }

  /** Enters a peer. */
  enter(list: number, position: number): void {
    const root = this.#lists.indexRoot(list);
    if (root === NOTHING) return;
    this.#index.add(list, root, this.#hash(list, position, BY_ENDPOINT), BY_ENDPOINT, position + 1);
    if (!this.#hasKey(list, position)) return;
    this.#index.add(list, root, this.#hash(list, position, BY_KEY), BY_KEY, position + 1);
  }

  /** Takes a peer out. It must still be as it was entered, as must all others. */
  leave(list: number, position: number): void {
    const root = this.#lists.indexRoot(list);
    if (root === NOTHING) return;
    this.#index.remove(list, root, this.#hash(list, position, BY_ENDPOINT), BY_ENDPOINT, position + 1);
    if (!this.#hasKey(list, position)) return;
    this.#index.remove(list, root, this.#hash(list, position, BY_KEY), BY_KEY, position + 1);
  }

  /** Notes that the peer at a position is about to be at another. */
  renumber(list: number, from: number, to: number): void {
    const root = this.#lists.indexRoot(list);
    if (root === NOTHING) return;
    this.#index.replace(root, this.#hash(list, from, BY_ENDPOINT), BY_ENDPOINT, from + 1, to + 1);
    if (!this.#hasKey(list, from)) return;
    this.#index.replace(root, this.#hash(list, from, BY_KEY), BY_KEY, from + 1, to + 1);
  }

  #scan(list: number, endpoint: Uint16Array): number {
    const count = this.#lists.count(list);
    if (count === 0) return NO_PEER;
    const { endpoint: from, page: { halves } } = this.#lists.locate(list, 0);
    for (let position = 0; position < count; position++) {
      if (isSame(halves, from + position * endpoint.length, endpoint)) return position;
    }
    return NO_PEER;
  }

  #isAt(list: number, position: number, endpoint: Uint16Array): boolean {
    const place = this.#lists.locate(list, position);
    return isSame(place.page.halves, place.endpoint, endpoint);
  }

  #isKnown(list: number, position: number, prefix: number, { key, peerId }: PeerIdentity): boolean {
    const { page, record: at } = this.#lists.locate(list, position);
    return readKey(page, at) === key && hasPeerIdTail(page, at, peerId) && readPrefix(page, at) === prefix;
  }

  #hasKey(list: number, position: number): boolean {
    const { page, record } = this.#lists.locate(list, position);
    return readKey(page, record) !== 0;
  }

  #hash(list: number, position: number, kind: EntryKind): number {
    const { endpoint, page, record: at } = this.#lists.locate(list, position);
    if (kind === BY_ENDPOINT) {
      return hashEndpoint(this.#seed, page.halves, endpoint, this.#lists.endpointHalves(list));
    }
    return hashIdentity(this.#seed, page.words, at, readKey(page, at), readPrefix(page, at));
  }
}

function isSame(halves: Uint16Array, from: number, endpoint: Uint16Array): boolean {
  for (let i = 0; i < endpoint.length; i++) {
    if (halves[from + i] !== endpoint[i]) return false;
  }
  return true;
}

// Plain arguments: these run for every announce, and an options object would be an allocation.
function hashEndpoint(seed: number, halves: Uint16Array, from: number, length: number): number {
  let hash = seed;
  for (let i = from; i < from + length; i++) hash = mix(hash, halves[i] as number);
  return finish(hash);
}

/** `words` from `at` on: a peer id's last three. */
function hashIdentity(seed: number, words: Uint32Array, at: number, key: number, prefix: number): number {
  let hash = mix(mix(seed, prefix), key);
  for (let i = at; i < at + 3; i++) hash = mix(hash, words[i] as number);
  return finish(hash);
}
