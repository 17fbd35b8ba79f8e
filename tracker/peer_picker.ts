// Chooses which peers an announcer is told of: a random window of each list, so that picking costs the same in a swarm
// of a hundred and of a million. https://www.bittorrent.org/beps/bep_0003.html (`numwant`), BEP 7, BEP 23.
// Seeders aren't told of seeders; nobody is told of itself.

import { type DictionaryPeer, formatIp } from "../protocol/mod.ts";
import { NO_LIST, NO_PEER } from "./peer_lists.ts";
import { isReachable, Reach, reachOf } from "./reach.ts";
import type { PeerTable } from "./peer_table.ts";

/** What an announce asks for, and who asks. */
export interface Asking {
  /** The list of the asker's family. */
  list: number;
  /** Where the asker is in it; NO_PEER if it is new. */
  position: number;
  /** Whether it has everything by now. */
  isSeeder: boolean;
  /** How many peers it wants. */
  numwant: number;
}

/** Seeders and leechers of two families; a window can wrap around and be split by the asker. */
const MAX_RUNS = 12;

/** One choice at a time: `pick()`, then read it in the form that is wanted. */
export class PeerPicker {
  /** Of which family the next peers are chosen. */
  family: "any" | "ip4" | "ip6" = "any";
  /** From where the asker asks: it is told of peers that it can reach. */
  reach: Reach = Reach.machine;

  readonly #peers: PeerTable;
  readonly #random: () => number;
  readonly #compact4: CompactPeers;
  readonly #compact6: CompactPeers;

  // The choice: runs of positions in lists.
  readonly #lists = new Uint32Array(MAX_RUNS);
  readonly #from = new Uint32Array(MAX_RUNS);
  readonly #to = new Uint32Array(MAX_RUNS);
  #runs = 0;

  // How many peers are still wanted, and how many there still are to choose from.
  #wanted = 0;
  #left = 0;

  /** `random` gives numbers from 0 to 1, without 1. */
  constructor(peers: PeerTable, random: () => number, maxNumwant: number) {
    this.#peers = peers;
    this.#random = random;
    this.#compact4 = new CompactPeers(maxNumwant, 6);
    this.#compact6 = new CompactPeers(maxNumwant, 18);
  }

  /** Chooses `numwant` peers of a swarm for an asker, or all there are. */
  pick(swarm: number, { isSeeder, list, numwant, position }: Asking): void {
    const { lists } = this.#peers;
    const list4 = this.family === "ip6" ? NO_LIST : lists.find(swarm, false);
    const list6 = this.family === "ip4" ? NO_LIST : lists.find(swarm, true);
    const seeders = isSeeder ? lists.seeders(list4) + lists.seeders(list6) : 0;
    const isAmong = position !== NO_PEER && (list === list4 || list === list6) &&
      (!isSeeder || position >= lists.seeders(list));
    this.#runs = 0;
    this.#left = lists.count(list4) + lists.count(list6) - seeders - (isAmong ? 1 : 0);
    this.#wanted = Math.min(numwant, this.#left);
    this.#choose(list4, isSeeder, list === list4 ? position : NO_PEER);
    if (list6 !== NO_LIST) this.#choose(list6, isSeeder, list === list6 ? position : NO_PEER);
  }

  /** Chooses nobody. */
  clear(): void {
    this.#runs = 0;
    this.layOut();
  }

  /** Lays out the chosen peers in compact form. Whoever joins, leaves or completes after that changes nothing of it. */
  layOut(): void {
    const { lists } = this.#peers;
    let offset4 = 0;
    let offset6 = 0;
    for (let run = 0; run < this.#runs; run++) {
      lists.fetchEndpoints(this.#lists[run] as number, this.#from[run] as number, this.#to[run] as number);
    }
    for (let run = 0; run < this.#runs; run++) {
      const list = this.#lists[run] as number;
      const from = this.#from[run] as number;
      const to = this.#to[run] as number;
      if (lists.isIp6(list)) {
        offset6 = lists.copyEndpoints(list, from, to, this.#compact6.halves, offset6);
      } else offset4 = lists.copyEndpoints(list, from, to, this.#compact4.halves, offset4);
    }
    this.#compact4.used = offset4;
    this.#compact6.used = offset6;
    if (this.reach === Reach.machine) return;
    this.#compact4.keepReachable(this.reach);
    this.#compact6.keepReachable(this.reach);
  }

  /** The IPv4 peers that were laid out, borrowed until the next time. */
  get compact4(): Uint8Array {
    return this.#compact4.view;
  }

  /** The IPv6 peers that were laid out, borrowed until the next time. */
  get compact6(): Uint8Array {
    return this.#compact6.view;
  }

  /** The chosen peers one by one, before anybody joins, leaves or completes. */
  dictionary(withPeerIds: boolean): DictionaryPeer[] {
    const chosen: DictionaryPeer[] = [];
    for (let run = 0; run < this.#runs; run++) {
      const list = this.#lists[run] as number;
      for (let i = this.#from[run] as number; i < (this.#to[run] as number); i++) {
        const endpoint = this.#peers.endpoint(list, i);
        if (!isReachable(reachOf(endpoint, 0, endpoint.length - 2), this.reach)) continue;
        const address = readEndpoint(endpoint);
        chosen.push(withPeerIds ? { ...address, peerId: this.#peers.peerId(list, i) } : address);
      }
    }
    return chosen;
  }

  /** Chooses of one list: leechers, and seeders if the asker is none. `asker` is its position there. */
  #choose(list: number, isSeeder: boolean, asker: number): void {
    const { lists } = this.#peers;
    const seeders = lists.seeders(list);
    this.#share(list, seeders, lists.count(list), asker);
    if (!isSeeder) this.#share(list, 0, seeders, asker);
  }

  /** Chooses a part's share of the positions from `first` on, by its size. */
  #share(list: number, first: number, end: number, asker: number): void {
    const isAskers = asker >= first && asker < end;
    const size = end - first - (isAskers ? 1 : 0);
    const left = this.#left;
    const wanted = this.#wanted;
    if (wanted === 0 || size === 0) return;
    // Rounded at random: else one IPv6 peer among a thousand would never be named.
    let share = wanted === left ? size : Math.floor(wanted * size / left + this.#random());
    share = Math.max(Math.min(share, size, wanted), wanted - (left - size));
    this.#wanted -= share;
    this.#left -= size;
    if (share === 0) return;
    // So many in a row from a random one on, around the end. Positions count as if the asker weren't there.
    const start = share === size ? 0 : Math.floor(this.#random() * size);
    const skip = isAskers ? asker : end;
    this.#addAround(list, first + start, first + Math.min(start + share, size), skip);
    if (start + share > size) this.#addAround(list, first, first + start + share - size, skip);
  }

  #addAround(list: number, from: number, to: number, skip: number): void {
    if (from < skip) this.#add(list, from, Math.min(to, skip));
    if (to > skip) this.#add(list, Math.max(from, skip) + 1, to + 1);
  }

  #add(list: number, from: number, to: number): void {
    this.#lists[this.#runs] = list;
    this.#from[this.#runs] = from;
    this.#to[this.#runs] = to;
    this.#runs++;
  }
}

/** Room for the compact peers of an answer, used for all of them. */
class CompactPeers {
  readonly halves: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #length: number;
  /** By number of peers: a view of so many. Most answers name as many as the one before. */
  readonly #views: Uint8Array[] = [];
  /** How many halves are in use. */
  used = 0;

  constructor(maxPeers: number, length: number) {
    this.halves = new Uint16Array(maxPeers * length / 2);
    this.#bytes = new Uint8Array(this.halves.buffer);
    this.#length = length;
  }

  /** Leaves out those that an asker can't reach. */
  keepReachable(asker: Reach): void {
    const bytes = this.#bytes;
    const length = this.#length;
    let kept = 0;
    for (let at = 0; at < this.used * 2; at += length) {
      if (!isReachable(reachOf(bytes, at, length - 2), asker)) continue;
      if (kept !== at) bytes.copyWithin(kept, at, at + length);
      kept += length;
    }
    this.used = kept / 2;
  }

  /** What is in use, borrowed. */
  get view(): Uint8Array {
    const bytes = this.used * 2;
    return this.#views[bytes / this.#length] ??= this.#bytes.subarray(0, bytes);
  }
}

/** An address and port in compact form as an address and a number. */
export function readEndpoint(endpoint: Uint8Array): { ip: string; port: number } {
  const at = endpoint.length - 2;
  const port = ((endpoint[at] as number) << 8) | (endpoint[at + 1] as number);
  return { ip: formatIp(endpoint.subarray(0, at)), port };
}
