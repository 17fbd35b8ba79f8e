import assert from "node:assert/strict";
import { FilePriorities } from "../../peer/file_priorities.ts";
import { HIGH, LOW, NORMAL, SKIP } from "../../peer/engine/priorities.ts";
import { parseMagnet } from "../../protocol/mod.ts";
import { makeTorrent } from "../support/make_torrent.ts";

/** Five pieces of 10 bytes: file 0 has 0 and a part of 1, file 1 lies in 1, file 2 has the rest of 1 to 3, padding follows. */
const { metainfo } = await makeTorrent({
  pieceLength: 10,
  files: [
    { path: ["0"], length: 12 },
    { path: ["1"], length: 3 },
    { path: ["2"], length: 18 },
    { path: ["pad"], length: 7, isPadding: true },
    { path: ["empty"], length: 0 },
    { path: ["5"], length: 10 },
  ],
});

Deno.test("FilePriorities: a piece is as wanted as the most wanted file in it", () => {
  const priorities = new FilePriorities(metainfo);
  assert.equal(priorities.levels(), undefined, "all alike");
  priorities.set(0, "skip");
  priorities.set(2, "low");
  assert.deepEqual(priorities.levels(), Uint8Array.of(SKIP, NORMAL, LOW, LOW, NORMAL));
  priorities.set(1, "high");
  priorities.set(5, "skip");
  assert.deepEqual(priorities.levels(), Uint8Array.of(SKIP, HIGH, LOW, LOW, SKIP));
});

Deno.test("FilePriorities begins with the files that are named, or those of the magnet link, or all", () => {
  const skipped = (select?: number[], so?: string) => {
    const hash = "0123456789abcdef0123456789abcdef01234567";
    const magnet = so === undefined ? undefined : parseMagnet(`magnet:?xt=urn:btih:${hash}&so=${so}`);
    const priorities = new FilePriorities(metainfo, select, magnet);
    return metainfo.files.map((_, index) => priorities.isSkipped(index) ? 1 : 0).join("");
  };
  assert.equal(skipped(), "000000");
  assert.equal(skipped([0, 5]), "011110");
  assert.equal(skipped(undefined, "1-2,5"), "100110");
  assert.equal(skipped([3], "1-2"), "111011", "the caller's word counts");
  assert.equal(skipped(undefined, "1,77"), "101111");
  assert.equal(skipped(undefined, "77"), "000000", "a link that names nothing of it names everything");
});
