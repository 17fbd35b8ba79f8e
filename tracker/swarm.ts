// How one swarm lies in the arena: 16 words, a line of the processor's cache, whatever its size. What is in there, and
// where; nothing decides here. https://www.bittorrent.org/beps/bep_0003.html — the peers are in peer_lists.ts.
//
//   word  0 to 4   info hash, 20 bytes
//         5 to 7   the list of IPv4 peers: where it begins, how many peers, how many of them seeders
//         8        the list of IPv6 peers, NOTHING while there is none
//         9        completed
//        10, 11    largest `left` seen, low and high half
//        12        last announce, tenths of a second since the tracker's start
//        13        revision of the last change, from 1 on; 0 where there is no swarm
//        14, 15    the swarm that changed just after this one, and just before
//
// Few swarms have IPv6 peers, and those that do have another 16 words, of which only the list is used: runs of one size
// are what lets a swarm be numbered, and all of them be walked through.

import { NOTHING } from "./arena.ts";

export const SWARM_WORDS = 16;
export const LIST4 = 5;
export const LIST6 = 8;
export const COMPLETED = 9;
export const LARGEST_LEFT = 10;
export const LAST_ANNOUNCE = 12;
export const REVISION = 13;
export const NEWER = 14;
export const OLDER = 15;

/** No swarm. */
export const NO_SWARM = NOTHING;
