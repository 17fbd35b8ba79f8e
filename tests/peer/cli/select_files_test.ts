import assert from "node:assert/strict";
import { CommandError } from "../../../peer/cli/exit_code.ts";
import { filePriorities, selectFiles } from "../../../peer/cli/select_files.ts";
import { parseMagnet } from "../../../protocol/mod.ts";
import { makeTorrent } from "../../support/make_torrent.ts";

const { metainfo } = await makeTorrent({
  files: [
    { path: ["cover.jpg"], length: 10 },
    { path: ["pad"], length: 20, isPadding: true },
    { path: ["disc 1", "01 [live].flac"], length: 10 },
    { path: ["disc 1", "02.flac"], length: 10 },
    { path: ["disc 2", "01.flac"], length: 10 },
    { path: ["disc 2", ".log"], length: 10 },
  ],
});

Deno.test("selectFiles() takes numbers, ranges and patterns, and padding never", () => {
  const rows: [words: string[], files: number[]][] = [
    [["0"], [0]],
    [["4,0"], [0, 4]],
    [["0-2,5"], [0, 2, 5]],
    [["3-999999999"], [3, 4, 5]],
    [["*.flac"], [2, 3, 4]],
    [["disc 1/*"], [2, 3]],
    [["disc 2/**", "cover.*"], [0, 4, 5]],
    [["{cover,02}.*"], [0, 3]],
    [["0? *.flac", "0"], [0, 2]],
    [["*"], [0, 2, 3, 4, 5]],
  ];
  for (const [words, files] of rows) assert.deepEqual(selectFiles(metainfo, words), files, words.join(" "));
});

Deno.test("selectFiles() takes a file's own name and path, whatever a pattern would make of them", async () => {
  assert.deepEqual(selectFiles(metainfo, ["01 [live].flac"]), [2]);
  const { metainfo: odd } = await makeTorrent({
    files: [{ path: ["a.mkv"], length: 1 }, { path: ["b [01-12]", "!b.mkv"], length: 1 }],
  });
  assert.deepEqual(selectFiles(odd, ["b [01-12]/!b.mkv"]), [1]);
  assert.deepEqual(selectFiles(odd, ["!b.mkv"]), [1]);
  assert.deepEqual(selectFiles(odd, ["!a.mkv"]), [1], "no file's name");
});

Deno.test("selectFiles() refuses a word that no file answers to", () => {
  for (const word of ["6", "1", "5-4", "*.mkv", "01.flac/*", ""]) {
    assert.throws(() => selectFiles(metainfo, ["0", word]), CommandError, word);
  }
});

Deno.test("filePriorities() wants all files, or those selected, or else those of the magnet link", () => {
  const magnet = parseMagnet(`magnet:?xt=urn:btih:${"00".repeat(20)}&so=2-3`);
  const wanted = (...args: Parameters<typeof filePriorities>) =>
    filePriorities(...args).map((priority) => priority[0]).join("");
  assert.equal(wanted(metainfo, {}), "nnnnnn");
  assert.equal(wanted(metainfo, { select: ["0", "disc 2/*.flac"] }), "nsssns");
  assert.equal(wanted(metainfo, {}, magnet), "ssnnss");
  assert.equal(wanted(metainfo, { select: ["0"] }, magnet), "nsssss");
  assert.equal(wanted(metainfo, { low: ["*.flac"], high: ["02.flac"] }), "nnlhln");
  assert.equal(wanted(metainfo, { select: ["2,3"], high: ["0", "2"], low: ["2"] }), "sshnss");
  assert.throws(() => filePriorities(metainfo, { low: ["*.mkv"] }), CommandError);
});
