// Valid states of a download, without their checksums.

import { encodeResume, type ResumeSubject } from "../../../peer/storage/resume_state.ts";
import { Bitfield, PieceLayout } from "../../../protocol/mod.ts";

const SUM_LENGTH = 20;

/** Whose states they are. */
export const SUBJECT: ResumeSubject = {
  infoHash: new Uint8Array(20).fill(7),
  path: "/films/été",
  layout: new PieceLayout(160_000, 11 * 160_000 - 50_000), // ten blocks a piece, seven the last
  fileCount: 4,
};

export async function encodedStates(): Promise<Uint8Array[]> {
  const bits = (length: number, ...set: number[]) => {
    const field = new Bitfield(length);
    for (const index of set) field.set(index);
    return field;
  };
  const state = {
    have: bits(SUBJECT.layout.pieceCount, 0, 3, 10),
    unsure: [4, 5],
    kept: [{ index: 4, blocks: bits(10, 0, 9) }, { index: 1, blocks: bits(10, 3) }],
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
  const bytes = await encodeResume(SUBJECT, state);
  return [bytes.slice(0, -SUM_LENGTH)];
}
