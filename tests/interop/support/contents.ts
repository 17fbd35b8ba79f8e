// What the rows transfer.

import { describeContent } from "../../support/drivers/content.ts";

const KIB = 1024;

/** Not a multiple of the piece length, nor of a block's. */
export const oneFile = describeContent("one file", "lecture.mkv", 256 * KIB, [["", 20_000_003]]);

/** Pieces that span files, a file shorter than a block, a deep path, and a name beyond ASCII. */
export const severalFiles = describeContent("several files", "album", 64 * KIB, [
  ["01 overture.flac", 5_000_011],
  ["02 – größer.flac", 3_333_333],
  ["artwork/cover.png", 262_144],
  ["artwork/print/back cover.tiff", 2_097_151],
  ["notes.txt", 701],
]);

/** A piece that takes a while. */
export const onePiece = describeContent("one piece", "long.bin", 8192 * KIB, [["", 8_000_003]]);

/** Large enough for many peers to trade. */
export const swarmFile = describeContent("one file", "swarm.img", 256 * KIB, [["", 40_000_001]]);

/** Its info dictionary has several pieces of 16 KiB. */
export const manyPieces = describeContent("many pieces", "pieces.bin", 16 * KIB, [["", 40_000_001]]);
