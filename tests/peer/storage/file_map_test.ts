import assert from "node:assert/strict";
import { resolve, sep } from "node:path";
import { FileMap, resolveFiles, type StorageFile } from "../../../peer/storage/file_map.ts";
import { SeededRandom } from "../../support/random.ts";

function filesOf(...lengths: number[]): StorageFile[] {
  let offset = 0;
  return lengths.map((length, i) => {
    const file = { path: `/${i}`, length, offset, isPadding: false };
    offset += length;
    return file;
  });
}

const GIB = 2 ** 30;
const TABLE: { name: string; files: number[]; range: [number, number]; parts: number[][] }[] = [
  { name: "inside one file", files: [10, 10], range: [2, 5], parts: [[0, 2, 0, 5]] },
  { name: "a whole file", files: [10, 10], range: [10, 10], parts: [[1, 0, 0, 10]] },
  { name: "across a border", files: [10, 10], range: [8, 5], parts: [[0, 8, 0, 2], [1, 0, 2, 3]] },
  {
    name: "across many",
    files: [2, 2, 2, 2],
    range: [1, 6],
    parts: [[0, 1, 0, 1], [1, 0, 1, 2], [2, 0, 3, 2], [3, 0, 5, 1]],
  },
  {
    name: "over files without bytes",
    files: [0, 3, 0, 0, 3, 0],
    range: [1, 4],
    parts: [[1, 1, 0, 2], [4, 0, 2, 2]],
  },
  { name: "at a border with empty files", files: [3, 0, 0, 3], range: [3, 1], parts: [[3, 0, 0, 1]] },
  { name: "nothing", files: [3, 3], range: [3, 0], parts: [] },
  { name: "nothing, at the end", files: [3], range: [3, 0], parts: [] },
  {
    name: "beyond 4 GiB",
    files: [5 * GIB, 5 * GIB],
    range: [5 * GIB - 1, 4 * GIB + 2],
    parts: [[0, 5 * GIB - 1, 0, 1], [1, 0, 1, 4 * GIB + 1]],
  },
];

for (const { name, files, range, parts } of TABLE) {
  Deno.test(`FileMap.ranges() finds ${name}`, () => {
    const found = [...new FileMap(filesOf(...files)).ranges(...range)];
    assert.deepEqual(found.map((r) => [r.fileIndex, r.fileOffset, r.bufferOffset, r.length]), parts);
  });
}

Deno.test("FileMap.ranges() refuses what the torrent does not have", () => {
  const map = new FileMap(filesOf(3, 3));
  for (const [offset, length] of [[0, 7], [7, 0], [-1, 2], [3, -1]] as const) {
    assert.throws(() => [...map.ranges(offset, length)], RangeError);
  }
});

Deno.test("FileMap.ranges() covers any range once and in order (seed 7)", () => {
  const random = new SeededRandom(7);
  for (let round = 0; round < 300; round++) {
    const files = filesOf(...Array.from({ length: 1 + random.below(12) }, () => random.below(6)));
    const map = new FileMap(files);
    // Each byte of the torrent as "file:offset".
    const bytes = files.flatMap((file, i) => Array.from({ length: file.length }, (_, at) => `${i}:${at}`));
    const offset = random.below(bytes.length + 1);
    const length = random.below(bytes.length - offset + 1);
    const covered: string[] = [];
    for (const range of map.ranges(offset, length)) {
      assert.equal(range.bufferOffset, covered.length);
      for (let i = 0; i < range.length; i++) covered.push(`${range.fileIndex}:${range.fileOffset + i}`);
    }
    assert.deepEqual(covered, bytes.slice(offset, offset + length));
  }
});

Deno.test("FileMap refuses files that leave a gap", () => {
  const [a, b] = filesOf(3, 3) as [StorageFile, StorageFile];
  assert.throws(() => new FileMap([a, { ...b, offset: 4 }]), RangeError);
});

const oneFile = { path: ["name.txt"], length: 5, offset: 0, isPadding: false };

Deno.test("resolveFiles() takes the output as the file itself when the torrent has one", () => {
  const files = resolveFiles({ files: [oneFile], isSingleFile: true }, "some/where.bin");
  assert.deepEqual(files.map((file) => file.path), [resolve("some/where.bin")]);
});

Deno.test("resolveFiles() puts several files into the output", () => {
  const file = { ...oneFile, path: ["sub", "a"] };
  const files = resolveFiles({ files: [file], isSingleFile: false }, "some/where");
  assert.deepEqual(files.map((file) => file.path), [resolve("some/where") + sep + "sub" + sep + "a"]);
});

Deno.test("resolveFiles() refuses paths outside the output", () => {
  for (const path of [["..", "a"], ["a", "..", "..", "b"], ["..", "where-else"], [".."], []]) {
    const files = [{ ...oneFile, path }];
    assert.throws(
      () => resolveFiles({ files, isSingleFile: false }, "some/where"),
      RangeError,
      path.join("/"),
    );
  }
});
