// Which blocks to ask a peer for though others were asked for them: at the end of a download, where the last blocks would
// wait for the slowest, and while all piece buffers are taken, where slow peers' blocks would keep a fast one idle.
// https://www.bittorrent.org/beps/bep_0003.html ("end game mode"). The downloader asks and cancels.

import { BLOCK_LENGTH, BLOCKS_IN_LONG } from "../../protocol/piece_layout.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { Peer } from "./peer.ts";
import type { PiecePicker } from "./piece_picker.ts";

/** A block is asked of this many at most. */
const MOST_ASKERS = 3;
/** Of so many more who have sent something, if who was asked first keeps us waiting: three silent ones would hold it for a minute. */
const MORE_ASKERS = 3;
/** Pieces and blocks looked at in one go, from a random piece on. A peer that found too little waits so long, ms, or for a block. */
const MOST_PIECES = 16;
const MOST_BLOCKS = 64;
const PAUSE_MS = 100;
/** Who has been silent for this long with blocks to send may be overtaken by anyone. */
const STALLED_MS = 2000;
/** So much sooner must another one bring a block: a cancel is under way for a while, and what it misses is wasted. */
const MARGIN = 2;
const MARGIN_S = 0.1;
/** Blocks per second expected of a peer that has had no time to show its rate, and how many it may try to show it. */
const NEWCOMER_RATE = 64;
const NEWCOMER_DEPTH = 4;
/** Others' blocks may fill this part of a pipeline, up to a limit. Of long ones, one or two. */
const PART_OF_DEPTH = 4;
const MOST_DEPTH = 32;
const MOST_LONG_DEPTH = 2 * BLOCKS_IN_LONG;
const LOOKS_PER_SECOND = 500;

/**
 * How often, while buffers are scarce, peers may look for others' blocks to take over: all of them together. With 1,000
 * peers that wait for a buffer it was once for each batch that came, most of them in vain, and half of all work.
 */
export class Looks {
  #left = LOOKS_PER_SECOND;
  #at = 0;

  /** What is not used is kept for a second: at a tick all look who have nothing to do. */
  take(now: number): boolean {
    this.#left = Math.min(this.#left + (now - this.#at) * LOOKS_PER_SECOND / 1000, LOOKS_PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

/** How many blocks a peer with nothing better to do may have open for others' blocks, or long ones, to be added. */
export function sideDepth({ pipeline }: Peer, takesLong: boolean): number {
  if (pipeline.isSnubbed) return 1;
  if (pipeline.blockRate === 0) return Math.min(NEWCOMER_DEPTH, pipeline.depth);
  const part = Math.ceil(pipeline.depth / PART_OF_DEPTH);
  return takesLong ? Math.max(BLOCKS_IN_LONG, Math.min(part, MOST_LONG_DEPTH)) : Math.min(part, MOST_DEPTH);
}

export interface TakeOptions {
  /** How many blocks at most. */
  room: number;
  /** [0, 1): peers should not all go for the same block. */
  chance: number;
  now: number;
  /** Called for each block; for a long one, of `count`, with its first. */
  take(peer: Peer, partial: PartialPiece, block: number, count: number): void;
  /**
   * Where one other is asked for a whole long block, that is taken and not a part of it: of a fast peer by another they would be
   * most of what comes.
   */
  takesLong: boolean;
}

/** Finds blocks that others were asked for and that `peer` would clearly bring sooner; not before `peer.takesAgainAt`. */
export function takeFromOthers(picker: PiecePicker, peer: Peer, options: TakeOptions): void {
  const { full } = picker;
  let { room } = options;
  let looks = MOST_BLOCKS;
  let at = Math.floor(options.chance * full.length);
  for (let step = Math.min(full.length, MOST_PIECES); step > 0 && looks > 0; step--) {
    const partial = full[at] as PartialPiece;
    if (++at === full.length) at = 0;
    if (partial.soleSource !== undefined || !peer.pieces.has(partial.index)) continue;
    // From the last block down: it comes last. If it is not worth taking, its owner's blocks before it are even less.
    let soonEnough: Peer | undefined;
    for (let block = partial.blockCount - 1; block >= 0 && looks > 0; block--) {
      if (!partial.isAsked(block)) continue;
      const owner = partial.by(block);
      if (partial.askers(block) >= mostAskers(peer, owner, options.now)) continue;
      if (owner !== undefined && owner === soonEnough) continue;
      looks--;
      // After the last one asked has given up, the owner is unknown, and may be this one.
      const mayBeAsked = owner === undefined || partial.askers(block) > 1;
      if (owner === peer || (mayBeAsked && isAsked(peer, partial.index, block))) continue;
      const count = options.takesLong && owner !== undefined ? partial.longUpTo(block, owner) : 1;
      const first = block - count + 1;
      if (!isSooner(peer, owner, { index: partial.index, block: first, count }, options.now)) {
        soonEnough = owner;
        continue;
      }
      block = first;
      options.take(peer, partial, block, count);
      room -= count;
      if (room <= 0) return;
    }
  }
  peer.takesAgainAt = options.now + PAUSE_MS;
}

function isAsked({ pipeline }: Peer, index: number, block: number): boolean {
  return pipeline.asked.find(index, block * BLOCK_LENGTH) >= 0;
}

function mostAskers(peer: Peer, owner: Peer | undefined, now: number): number {
  const isHeld = owner === undefined || owner.isGone || owner.peerChoking ||
    owner.pipeline.waitedMs(now) > STALLED_MS;
  return isHeld && peer.pipeline.blockRate > 0 ? MOST_ASKERS + MORE_ASKERS : MOST_ASKERS;
}

/** Would `peer` clearly bring this block, or all of a long one from it on, sooner than the one who was asked for it? */
function isSooner(
  peer: Peer,
  owner: Peer | undefined,
  { index, block, count }: { index: number; block: number; count: number },
  now: number,
): boolean {
  if (owner === undefined || owner.isGone || owner.peerChoking || owner.pipeline.isSnubbed) return true;
  if (owner.pipeline.waitedMs(now) > STALLED_MS) return peer.pipeline.waitedMs(now) <= STALLED_MS;
  const mine = (peer.pipeline.asked.length + count) / expectedRate(peer, now);
  const theirs = (owner.pipeline.asked.find(index, block * BLOCK_LENGTH) + 1) / expectedRate(owner, now);
  return theirs > mine * MARGIN + MARGIN_S;
}

/** Blocks per second. A newcomer is thought well of, for as long as it does not keep us waiting. */
function expectedRate({ pipeline }: Peer, now: number): number {
  if (pipeline.blockRate > 0) return pipeline.blockRate;
  return Math.min(NEWCOMER_RATE, 1000 / pipeline.waitedMs(now));
}
