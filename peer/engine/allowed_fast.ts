// The pieces that a newcomer may have of us in spite of a choke, so that it has something to trade while it waits.
// https://www.bittorrent.org/beps/bep_0006.html ("allowed fast set"). Which they are follows from the newcomer's network:
// whoever comes again from there gets no others.

import type { Bitfield } from "../../protocol/bitfield.ts";
import { parseIp } from "../../protocol/compact.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { Peer } from "./peer.ts";

/** The BEP's advice. A peer that has as many pieces of its own can trade. */
const MOST_PIECES = 10;
/** Large pieces are fewer: something to begin with, no part of the download. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Bytes of an address that name its network: all but the host in /24 and, as the BEP knows IPv4 only, in /64. */
const NETWORK4 = 3;
const NETWORK6 = 8;

/**
 * The BEP's set for a peer at `ip`: `size` different pieces, or all if there are not more.
 *
 * @param infoHash 20 bytes.
 */
export async function allowedFastSet(
  infoHash: Uint8Array,
  ip: string,
  { pieceCount, size }: { pieceCount: number; size: number },
): Promise<number[]> {
  const address = parseIp(ip);
  if (address === undefined) return [];
  address.fill(0, address.length === 4 ? NETWORK4 : NETWORK6);
  let seed = new Uint8Array(address.length + infoHash.length);
  seed.set(address);
  seed.set(infoHash, address.length);
  const set = new Set<number>();
  const wanted = Math.min(size, pieceCount);
  while (set.size < wanted) {
    seed = new Uint8Array(await crypto.subtle.digest("SHA-1", seed));
    const view = new DataView(seed.buffer);
    for (let at = 0; at < seed.length && set.size < wanted; at += 4) set.add(view.getUint32(at) % pieceCount);
  }
  return [...set];
}

/** How many pieces of such a torrent are given away. */
export function allowedFastSize({ pieceLength }: PieceLayout): number {
  return Math.min(MOST_PIECES, Math.max(1, Math.floor(MOST_BYTES / pieceLength)));
}

export interface AllowedFastOptions {
  layout: PieceLayout;
  have: Bitfield;
  /** The set for a peer at this address. A promise, as hashing is one. */
  setFor: (ip: string) => Promise<readonly number[]>;
}

/** Gives newcomers of one torrent their pieces. */
export class AllowedFast {
  readonly #options: AllowedFastOptions;

  constructor(options: AllowedFastOptions) {
    this.#options = options;
  }

  /** Whoever wants something, is choked and has next to nothing is told what it may have; once. */
  offer(peer: Peer): void {
    const { fast, amChoking, peerInterested, pieces } = peer;
    if (fast === undefined || fast.isOffered || !amChoking || !peerInterested) return;
    if (pieces.count >= MOST_PIECES || this.#options.have.isEmpty) return;
    fast.isOffered = true;
    void this.#options.setFor(peer.address.ip).then((set) => this.#grant(peer, set));
  }

  #grant(peer: Peer, set: readonly number[]): void {
    const { fast, wire } = peer;
    if (peer.isGone || fast === undefined) return;
    const { layout, have } = this.#options;
    fast.granted = set.filter((index) => have.has(index) && !peer.pieces.has(index));
    for (const index of fast.granted) {
      fast.budget += layout.pieceLengthAt(index);
      wire.allowedFast(index);
    }
    wire.flush();
  }
}
