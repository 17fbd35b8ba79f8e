import assert from "node:assert/strict";
import { trustIn } from "../../../peer/storage/resume_trust.ts";
import { type FileStamp, isSettled, NO_FILE } from "../../../peer/storage/file_stamp.ts";
import { Bitfield } from "../../../protocol/bitfield.ts";
import { PieceLayout } from "../../../protocol/piece_layout.ts";

const old: FileStamp = { length: 25, modifiedMs: 1_000_001 };
/** Two files of 25 bytes and one without any, in pieces of 10: file 0 has 0 to 2, file 1 has 2 to 4. */
const files = [0, 25, 50].map((offset) => ({
  path: `/${offset}`,
  offset,
  length: offset === 50 ? 0 : 25,
  isPadding: false,
}));
const layout = new PieceLayout(10, 50);

function bits(...indexes: number[]): Bitfield {
  const field = new Bitfield(5);
  for (const index of indexes) field.set(index);
  return field;
}

function trust(have: number[], stamps: FileStamp[], saved: (FileStamp | undefined)[], unsure: number[] = []) {
  const { trusted, unknown } = trustIn(
    { have: bits(...have), unsure, files: saved.map((stamp) => stamp && { ...stamp, isDurable: true }) },
    files,
    layout,
    stamps,
  );
  const list = (field: Bitfield) => [0, 1, 2, 3, 4].filter((index) => field.has(index));
  return { trusted: list(trusted), unknown: list(unknown) };
}

Deno.test("pieces in files that look as they did are taken as saved, missing ones too", () => {
  assert.deepEqual(trust([0, 2, 4], [old, old, NO_FILE], [old, old, NO_FILE]), {
    trusted: [0, 2, 4],
    unknown: [],
  });
});

Deno.test("every piece that touches a file which changed is unknown, whatever was saved of it", () => {
  const changes: FileStamp[] = [{ ...old, modifiedMs: 1_000_002 }, { ...old, length: 24 }, NO_FILE];
  for (const now of changes) {
    assert.deepEqual(trust([0, 1, 2, 4], [old, now, NO_FILE], [old, old, NO_FILE]), {
      trusted: [0, 1],
      unknown: [2, 3, 4],
    });
  }
});

Deno.test("a file that was being written is unknown, also if it looks unchanged", () => {
  assert.deepEqual(trust([0, 4], [old, old, NO_FILE], [undefined, old, NO_FILE]), {
    trusted: [4],
    unknown: [0, 1, 2],
  });
});

Deno.test("a piece whose write had not returned is unknown in files that look unchanged", () => {
  assert.deepEqual(trust([0, 1], [old, old, NO_FILE], [old, old, NO_FILE], [1, 3]), {
    trusted: [0],
    unknown: [1, 3],
  });
});

Deno.test("isSettled() waits for the tick in which another write would not show", () => {
  assert.equal(isSettled({ length: 1, modifiedMs: 1_000_123 }, 1_000_130), false);
  assert.equal(isSettled({ length: 1, modifiedMs: 1_000_123 }, 1_000_200), true);
  // Whole seconds: a file system that keeps no more.
  assert.equal(isSettled({ length: 1, modifiedMs: 1_000_000 }, 1_001_900), false);
  assert.equal(isSettled({ length: 1, modifiedMs: 1_000_000 }, 1_002_000), true);
  assert.equal(isSettled({ length: 1, modifiedMs: 2_000_123 }, 1_000_000), false, "from the future");
  assert.equal(isSettled(NO_FILE, 0), true);
});
