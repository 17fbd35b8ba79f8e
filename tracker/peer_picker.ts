// Chooses which peers an announcer is told of: a random window of each list, so that picking costs the same in a swarm
// of a hundred and of a million. https://www.bittorrent.org/beps/bep_0003.html (`numwant`), BEP 7, BEP 23.
// Seeders aren't told of seeders; nobody is told of itself.

import { type DictionaryPeer, formatIp } from "../protocol/mod.ts";
import { NO_PEER } from "./peer_lists.ts";
import type { PeerTable } from "./peer_table.ts";
import { endpointLength, isIp6Kind, PEER_KINDS, PeerKind } from "./swarm.ts";

const LEECHERS: readonly PeerKind[] = [PeerKind.leecher4, PeerKind.leecher6];
/** A window can wrap around and be split by the asker: three runs for each of four lists. */
const MAX_RUNS = 12;

/** One choice at a time: `pick()`, then read it in the form that is wanted. */
export class PeerPicker {
  readonly #peers: PeerTable;
  readonly #random: () => number;
  readonly #compact4: CompactPeers;
  readonly #compact6: CompactPeers;

  // The choice: runs of positions in lists.
  readonly #kinds: PeerKind[] = new Array(MAX_RUNS).fill(PeerKind.leecher4);
  readonly #from = new Uint32Array(MAX_RUNS);
  readonly #to = new Uint32Array(MAX_RUNS);
  #runs = 0;
  #swarm = 0;

  /** `random` gives numbers from 0 to 1, without 1. */
  constructor(peers: PeerTable, random: () => number, maxNumwant: number) {
    this.#peers = peers;
    this.#random = random;
    this.#compact4 = new CompactPeers(maxNumwant, endpointLength(PeerKind.leecher4));
    this.#compact6 = new CompactPeers(maxNumwant, endpointLength(PeerKind.leecher6));
  }

  /** Chooses `numwant` peers, or all there are, for an asker (NO_PEER if it is new here). */
  pick(swarm: number, asker: number, { isSeeder, numwant }: { isSeeder: boolean; numwant: number }): void {
    const { lists } = this.#peers;
    const kinds = isSeeder ? LEECHERS : PEER_KINDS;
    const askerKind = asker === NO_PEER ? undefined : lists.kindOf(asker);
    this.#swarm = swarm;
    this.#runs = 0;
    let left = 0;
    for (const kind of kinds) left += lists.count(swarm, kind) - (kind === askerKind ? 1 : 0);
    let wanted = Math.min(numwant, left);
    for (const kind of kinds) {
      if (wanted === 0) return;
      const isAskers = kind === askerKind;
      const size = lists.count(swarm, kind) - (isAskers ? 1 : 0);
      // Each list's share by its size, rounded at random: else one IPv6 peer among a thousand would never be named.
      let share = wanted === left ? size : Math.floor(wanted * size / left + this.#random());
      share = Math.max(Math.min(share, size, wanted), wanted - (left - size));
      this.#addWindow(kind, { size, share, skip: isAskers ? lists.positionOf(asker) : size });
      wanted -= share;
      left -= size;
    }
  }

  /** Chooses nobody. */
  clear(): void {
    this.#runs = 0;
  }

  /** The chosen IPv4 peers in compact form, borrowed until the next choice. */
  compact4(): Uint8Array {
    return this.#compact(this.#compact4, false);
  }

  /** The chosen IPv6 peers in compact form, borrowed until the next choice. */
  compact6(): Uint8Array {
    return this.#compact(this.#compact6, true);
  }

  /** The chosen peers one by one. */
  dictionary(withPeerIds: boolean): DictionaryPeer[] {
    const chosen: DictionaryPeer[] = [];
    for (let run = 0; run < this.#runs; run++) {
      for (let i = this.#from[run] as number; i < (this.#to[run] as number); i++) {
        const peer = this.#peers.lists.at(this.#swarm, this.#kinds[run] as PeerKind, i);
        const address = readEndpoint(this.#peers.endpoint(peer));
        chosen.push(withPeerIds ? { ...address, peerId: this.#peers.peerId(peer) } : address);
      }
    }
    return chosen;
  }

  #compact(peers: CompactPeers, isIp6: boolean): Uint8Array {
    const into = peers.halves;
    let offset = 0;
    for (let run = 0; run < this.#runs; run++) {
      const kind = this.#kinds[run] as PeerKind;
      if (isIp6Kind(kind) !== isIp6) continue;
      const from = this.#from[run] as number;
      const to = this.#to[run] as number;
      offset = this.#peers.lists.copyEndpoints(this.#swarm, kind, { from, to, into, offset });
    }
    return peers.first(offset * 2);
  }

  /** Takes `share` of `size` peers in a row from a random one on, around the end, without the one at `skip`. */
  #addWindow(
    kind: PeerKind,
    { size, share, skip }: { size: number; share: number; skip: number },
  ): void {
    if (share === 0) return;
    const start = share === size ? 0 : Math.floor(this.#random() * size);
    const end = start + share;
    this.#addAround(kind, { from: start, to: Math.min(end, size), skip });
    if (end > size) this.#addAround(kind, { from: 0, to: end - size, skip });
  }

  /** Positions count as if the one to skip weren't there. */
  #addAround(kind: PeerKind, { from, to, skip }: { from: number; to: number; skip: number }): void {
    if (from < skip) this.#add(kind, from, Math.min(to, skip));
    if (to > skip) this.#add(kind, Math.max(from, skip) + 1, to + 1);
  }

  #add(kind: PeerKind, from: number, to: number): void {
    this.#kinds[this.#runs] = kind;
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

  constructor(maxPeers: number, length: number) {
    this.halves = new Uint16Array(maxPeers * length / 2);
    this.#bytes = new Uint8Array(this.halves.buffer);
    this.#length = length;
  }

  /** The first so many bytes, borrowed. */
  first(bytes: number): Uint8Array {
    return this.#views[bytes / this.#length] ??= this.#bytes.subarray(0, bytes);
  }
}

/** An address and port in compact form as an address and a number. */
export function readEndpoint(endpoint: Uint8Array): { ip: string; port: number } {
  const at = endpoint.length - 2;
  const port = ((endpoint[at] as number) << 8) | (endpoint[at + 1] as number);
  return { ip: formatIp(endpoint.subarray(0, at)), port };
}
