// Which blocks to ask of a second peer: at the end of a download, where the last blocks would wait for the slowest, and
// when all piece buffers are taken, where a slow peer's blocks would keep a fast one from beginning anything.
// https://www.bittorrent.org/beps/bep_0003.html ("end game mode"). The downloader asks, and cancels what came twice.

import { BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { Peer } from "./peer.ts";
import type { PiecePicker } from "./piece_picker.ts";

/** A block is asked of this many at most. */
const MOST_ASKERS = 3;
/** Pieces looked at in one go. */
const MOST_PIECES = 32;
/** Who has been silent for this long with blocks to send may be overtaken by anyone. */
const STALLED_MS = 2000;
/** So much sooner must a second one bring a block: a cancel is under way for a while, and what it misses is wasted. */
const MARGIN = 2;
const MARGIN_S = 0.1;
/** Blocks asked for twice may take this part of a pipeline, within these bounds. */
const PART_OF_DEPTH = 4;
const LEAST_DEPTH = 4;
const MOST_DEPTH = 32;

/** How many blocks a peer with nothing better to do may have open for duplicates to be added. */
export function duplicateDepth(peer: Peer): number {
  const { depth, isSnubbed } = peer.pipeline;
  if (isSnubbed) return 1;
  return Math.min(Math.max(Math.floor(depth / PART_OF_DEPTH), LEAST_DEPTH), MOST_DEPTH);
}

/**
 * Asks `peer` for up to `room` blocks that others have been asked for already; `ask` sends each.
 *
 * @param chance [0, 1): peers should not all overtake the same block.
 */
export function askDuplicates(
  picker: PiecePicker,
  peer: Peer,
  { room, chance, now, ask }: {
    room: number;
    chance: number;
    now: number;
    ask: (peer: Peer, partial: PartialPiece, block: number) => void;
  },
): void {
  const { full } = picker;
  const steps = Math.min(full.length, MOST_PIECES);
  let at = Math.floor(chance * full.length);
  for (let step = 0; step < steps; step++) {
    const partial = full[at] as PartialPiece;
    if (++at === full.length) at = 0;
    if (partial.soleSource !== undefined || !peer.pieces.has(partial.index)) continue;
    // From the last block down: it comes last. If it is not worth asking twice, those before it are even less.
    for (let block = partial.blockCount - 1; block >= 0; block--) {
      if (!partial.isAsked(block) || partial.askers(block) >= MOST_ASKERS) continue;
      const begin = block * BLOCK_LENGTH;
      if (peer.pipeline.asked.find(partial.index, begin) >= 0) continue;
      if (!isSooner(peer, partial.by(block), partial.index, begin, now)) break;
      ask(peer, partial, block);
      if (--room === 0) return;
    }
  }
}

/** Would `peer` clearly bring this block sooner than the one who was asked for it? */
function isSooner(peer: Peer, owner: Peer | undefined, index: number, begin: number, now: number): boolean {
  if (owner === undefined || owner.isGone || owner.pipeline.isSnubbed) return true;
  if (owner.pipeline.waitedMs(now) > STALLED_MS) return true;
  const mine = (peer.pipeline.asked.length + 1) / peer.pipeline.blockRate;
  const theirs = (owner.pipeline.asked.find(index, begin) + 1) / owner.pipeline.blockRate;
  return theirs > mine * MARGIN + MARGIN_S;
}
