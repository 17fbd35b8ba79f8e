// How one swarm lies in the arena: 21 words, whatever its size. What is in there, and where; nothing decides here.
// https://www.bittorrent.org/beps/bep_0003.html — the peers themselves are in peer_lists.ts.
//
//   word  0 to 4   info hash, 20 bytes
//         5 to 12  four lists of peers: first chunk and count of each
//        13        completed
//        14, 15    largest `left` seen, low and high half
//        16        last announce, tenths of a second since the tracker's start
//        17        revision of the last change
//        18, 19    the swarm that changed just after this one, and just before
//        20        1 while an admin page watches

import { NOTHING } from "./arena.ts";

export const SWARM_WORDS = 21;
export const LISTS = 5;
export const COMPLETED = 13;
export const LARGEST_LEFT = 14;
export const LAST_ANNOUNCE = 16;
export const REVISION = 17;
export const NEWER = 18;
export const OLDER = 19;
export const WATCHED = 20;

/** No swarm. */
export const NO_SWARM = NOTHING;

/**
 * The lists of a swarm: seeders and leechers apart, so that picking never searches; IPv4 and IPv6 apart, because they
 * differ in size and an answer names them in two strings (BEP 7).
 */
export const PeerKind = { leecher4: 0, seeder4: 1, leecher6: 2, seeder6: 3 } as const;
export type PeerKind = (typeof PeerKind)[keyof typeof PeerKind];

/** Every kind, in the order of the lists. */
export const PEER_KINDS: readonly PeerKind[] = [0, 1, 2, 3];

/** The list for a peer. */
export function peerKind(isSeeder: boolean, isIp6: boolean): PeerKind {
  return ((isSeeder ? 1 : 0) | (isIp6 ? 2 : 0)) as PeerKind;
}

export function isSeederKind(kind: PeerKind): boolean {
  return (kind & 1) !== 0;
}

export function isIp6Kind(kind: PeerKind): boolean {
  return (kind & 2) !== 0;
}

/** Bytes of an address and port in compact form (BEP 23, BEP 7). */
export function endpointLength(kind: PeerKind): number {
  return (kind & 2) !== 0 ? 18 : 6;
}
