// A download's state with something in every field, for tests of its file.

import type { ResumeState, ResumeSubject } from "../../peer/storage/resume_state.ts";
import { Bitfield } from "../../protocol/bitfield.ts";
import { PieceLayout } from "../../protocol/piece_layout.ts";
import { bitfield } from "./engine_harness.ts";

/** Whose state it is. */
export const subject: ResumeSubject = {
  infoHash: new Uint8Array(20).fill(7),
  path: "/films/été",
  layout: new PieceLayout(160_000, 11 * 160_000 - 50_000), // ten blocks a piece, seven the last
  fileCount: 4,
};

/** The state. */
export function makeState(): ResumeState {
  const have = new Bitfield(11);
  for (const index of [0, 3, 10]) have.set(index);
  return {
    have,
    unsure: [4, 5],
    kept: [{ index: 4, blocks: bitfield(10, [0, 9]) }, { index: 1, blocks: bitfield(10, [3]) }],
    files: [
      { length: 5_000_000_000, modifiedMs: 1_795_546_700_347, isDurable: true },
      undefined,
      { length: -1, modifiedMs: 0, isDurable: true },
      { length: 0, modifiedMs: 12, isDurable: false },
    ],
    bootedAtMs: 1_795_531_068_410,
    downloaded: 2 ** 52,
    uploaded: 0,
    peers: [{ ip: "192.0.2.1", port: 6881 }, { ip: "2001:db8::1", port: 6882 }],
  };
}
