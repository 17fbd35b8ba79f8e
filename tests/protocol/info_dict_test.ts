import assert from "node:assert/strict";
import { type BencodeInput, encode } from "../../protocol/bencode.ts";
import { fromBinary } from "../../protocol/bytes.ts";
import { MetainfoError } from "../../protocol/errors.ts";
import { type NameOptions, readInfo } from "../../protocol/info_dict.ts";
import { MAX_PIECE_LENGTH } from "../../protocol/piece_layout.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

type Fields = Record<string, BencodeInput | undefined>;

const oneFile: Fields = {
  name: "a.bin",
  length: 40_000,
  "piece length": 16384,
  pieces: new Uint8Array(60).fill(7),
};

const folder: Fields = {
  name: "dir",
  "piece length": 16384,
  pieces: new Uint8Array(20).fill(7),
  files: [{ length: 10, path: ["a.txt"] }, { length: 0, path: ["sub", "empty"] }, {
    length: 5,
    path: ["sub", "b"],
  }],
};

function read(fields: Fields, options: NameOptions = { portableNames: false }) {
  return readInfo(encode(fields), options);
}

Deno.test("readInfo() reads a single file", () => {
  const info = read(oneFile);
  assert.equal(info.name, "a.bin");
  assert.equal(info.isSingleFile, true);
  assert.equal(info.totalLength, 40_000);
  assert.deepEqual([info.layout.pieceLength, info.layout.pieceCount], [16384, 3]);
  assert.deepEqual(info.pieces, oneFile.pieces);
  assert.deepEqual(info.files, [{ path: ["a.bin"], length: 40_000, offset: 0, isPadding: false }]);
  assert.equal(info.isPrivate, false);
  assert.equal(info.source, undefined);
});

Deno.test("readInfo() reads a folder, files of no length included", () => {
  const info = read({ ...folder, source: "S", private: 1 });
  assert.equal(info.isSingleFile, false);
  assert.equal(info.totalLength, 15);
  assert.equal(info.isPrivate, true);
  assert.equal(info.source, "S");
  assert.deepEqual(info.files, [
    { path: ["a.txt"], length: 10, offset: 0, isPadding: false },
    { path: ["sub", "empty"], length: 0, offset: 10, isPadding: false },
    { path: ["sub", "b"], length: 5, offset: 10, isPadding: false },
  ]);
});

Deno.test("readInfo() takes torrents without data", () => {
  const empty = new Uint8Array();
  assert.equal(read({ ...oneFile, length: 0, pieces: empty }).layout.pieceCount, 0);
  const files = [{ length: 0, path: ["a"] }, { length: 0, path: ["b"] }];
  assert.equal(read({ ...folder, pieces: empty, files }).files.length, 2);
});

Deno.test("readInfo() takes pieces that are no power of two", () => {
  assert.equal(read({ ...oneFile, "piece length": 15_001 }).layout.pieceCount, 3);
});

Deno.test("readInfo() names the field that can't be used, and what was found", () => {
  const file = (fields: Fields): Fields => ({ ...folder, files: [{ length: 15, path: ["a"], ...fields }] });
  const path = (...path: BencodeInput[]) => file({ path });
  const long = "x".repeat(200);
  const rows: [field: string, fields: Fields, message: RegExp][] = [
    ["info.piece length", { ...oneFile, "piece length": undefined }, /must be an integer: got nothing$/],
    ["info.piece length", { ...oneFile, "piece length": 0 }, /must be > 0: got 0$/],
    ["info.piece length", { ...oneFile, "piece length": -16384 }, /must be > 0: got -16384$/],
    ["info.piece length", { ...oneFile, "piece length": "16384" }, /must be an integer: got "16384"$/],
    [
      "info.piece length",
      { ...oneFile, "piece length": MAX_PIECE_LENGTH + 1 },
      /must be at most 536870912: got 536870913$/,
    ],
    ["info.piece length", { ...oneFile, "piece length": 2n ** 64n }, /at most .*: got 18446744073709551616$/],
    [
      "info.piece length",
      { ...oneFile, length: 2 ** 33, "piece length": 1 },
      /must make at most 4294967295 pieces of 8589934592 bytes: got 1$/,
    ],
    ["info.name", { ...oneFile, name: undefined }, /must be a byte string: got nothing$/],
    ["info.name", { ...oneFile, name: 5 }, /must be a byte string: got 5$/],
    ["info.name", { ...oneFile, name: "" }, /must not be empty: got ""$/],
    ["info.name", { ...oneFile, name: "." }, /another folder: got "\."$/],
    ["info.name", { ...oneFile, name: ".." }, /another folder: got "\.\."$/],
    ["info.name", { ...folder, name: "../x" }, /separator: got "\.\.\/x"$/],
    ["info.name", { ...folder, name: "/etc" }, /separator/],
    ["info.name", { ...folder, name: "a\\b" }, /separator: got "a\\\\b"$/],
    ["info.name", { ...folder, name: "a\0b" }, /NUL: got "a\\u0000b"$/],
    ["info.length", { ...oneFile, length: undefined }, /must be an integer: got nothing$/],
    ["info.length", { ...oneFile, length: -1 }, /must be >= 0: got -1$/],
    ["info.length", { ...oneFile, length: "40000" }, /must be an integer: got "40000"$/],
    ["info.length", { ...oneFile, length: 2n ** 53n }, /at most 9007199254740991: got 9007199254740992$/],
    ["info.length", { ...oneFile, length: -(2n ** 70n) }, />= 0: got -1180591620717411303424$/],
    ["info", { ...folder, length: 5 }, /either "length" or "files": got both$/],
    ["info", { ...oneFile, length: undefined, attr: "l" }, /got a symbolic link$/],
    ["info.pieces", { ...oneFile, pieces: undefined }, /must be a byte string: got nothing$/],
    ["info.pieces", { ...oneFile, pieces: [] }, /must be a byte string: got an empty list$/],
    ["info.pieces", { ...oneFile, pieces: new Uint8Array(59) }, /multiple of 20 bytes: got 59$/],
    [
      "info.pieces",
      { ...oneFile, pieces: new Uint8Array(40) },
      /must have 3 hashes, for 40000 bytes in pieces of 16384: got 2$/,
    ],
    ["info.pieces", { ...oneFile, pieces: new Uint8Array(80) }, /must have 3 hashes.*: got 4$/],
    ["info.pieces", { ...oneFile, pieces: new Uint8Array() }, /must have 3 hashes.*: got 0$/],
    [
      "info.pieces",
      { ...oneFile, length: undefined, pieces: undefined, "meta version": 2 },
      /version 2 alone/,
    ],
    ["info.files", { ...folder, files: {} }, /must be a list: got a dictionary$/],
    ["info.files", { ...folder, files: "x" }, /must be a list: got "x"$/],
    ["info.files", { ...folder, files: [] }, /at least one file: got an empty list$/],
    ["info.files[0]", { ...folder, files: [1] }, /must be a dictionary: got 1$/],
    [
      "info.files[1]",
      { ...folder, files: [{ length: 15, path: ["a"] }, []] },
      /must be a dictionary: got an empty list$/,
    ],
    ["info.files[0].length", file({ length: undefined }), /must be an integer: got nothing$/],
    ["info.files[0].length", file({ length: -5 }), /must be >= 0: got -5$/],
    ["info.files[0].length", file({ length: 2n ** 63n }), /at most/],
    [
      "info.files[1].length",
      { ...folder, files: [{ length: 2 ** 53 - 1, path: ["a"] }, { length: 1, path: ["b"] }] },
      /the sum of all below 2\^53: got 1$/,
    ],
    ["info.files[0].path", file({ path: undefined }), /must be a list of names: got nothing$/],
    ["info.files[0].path", file({ path: "a/b" }), /must be a list of names: got "a\/b"$/],
    ["info.files[0].path", path(), /at least one name: got an empty list$/],
    ["info.files[0].path[1]", path("a", 5), /must be a byte string: got 5$/],
    ["info.files[0].path[0]", path("", "a"), /must not be empty/],
    ["info.files[0].path[1]", path("a", "..", "..", "x"), /another folder: got "\.\."$/],
    ["info.files[0].path[0]", path("."), /another folder/],
    ["info.files[0].path[0]", path("/", "etc", "passwd"), /separator/],
    ["info.files[0].path[0]", path("..\\..\\x"), /separator/],
    ["info.files[0].path[0]", path("C:\\x"), /separator/],
    ["info.files[0].path[0]", path("x\0.txt"), /NUL/],
    ["info.files[0].path", path(...Array.from({ length: 129 }, () => "a")), /at most 128 names: got 129$/],
    ["info.files[0].path", path(...Array.from({ length: 30 }, () => long)), /at most 4096 bytes: got 6030$/],
    ["info.files[0].path.utf-8[0]", file({ "path.utf-8": [".."] }), /another folder/],
  ];
  for (const [field, fields, message] of rows) {
    assert.throws(() => read(fields), (error: Error) => {
      assert.ok(error instanceof MetainfoError, String(error));
      assert.equal(error.field, field, error.message);
      assert.ok(error.message.startsWith(`Cannot parse metainfo: "${field}" `), error.message);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readInfo() shows names in messages without control chars, and cut", () => {
  assert.throws(
    () => read({ ...oneFile, name: `\x1b[2J\u009b\u202e/${"x".repeat(1000)}` }),
    (error: Error) => {
      return error.message.length < 200 && !/[\p{Cc}\u202e]/u.test(error.message);
    },
  );
});

Deno.test("readInfo() prefers the UTF-8 names that old torrents have beside others", () => {
  const info = read({
    ...folder,
    name: fromBinary("d\xe9j\xe0"),
    "name.utf-8": "déjà",
    files: [
      { length: 10, path: [fromBinary("\xe9")], "path.utf-8": ["é"] },
      { length: 5, path: ["b"], "path.utf-8": [fromBinary("\xe9")] },
      { length: 0, path: ["c"], "path.utf-8": [] },
    ],
  });
  assert.equal(info.name, "déjà");
  assert.deepEqual(info.files.map((file) => file.path), [["é"], ["b"], ["c"]]);
});

Deno.test("readInfo() reads other encodings if they are named, else puts _ for what is no UTF-8", () => {
  const fields = { ...oneFile, name: fromBinary("\xc4\xe3\xba\xc3.txt") };
  assert.equal(read(fields, { encoding: "GBK" }).name, "你好.txt");
  assert.equal(read(fields, {}).name, "___.txt");
  assert.equal(read(fields, { encoding: "no such" }).name, "___.txt");
  assert.equal(
    read({ ...oneFile, name: "é" }, { encoding: "GBK" }).name,
    "é",
    "UTF-8 is what BEP 3 asks for",
  );
  // What an encoding makes of the bytes is checked, too.
  assert.throws(
    () => read({ ...oneFile, name: fromBinary("\xff.\0/") }, { encoding: "utf-16be" }).name,
    MetainfoError,
  );
});

Deno.test("readInfo() changes names that files can't have", () => {
  const files = [
    { length: 5, path: ["aux.c"] },
    { length: 5, path: ["a\x1b[2J"] },
    { length: 5, path: ["x".repeat(300) + ".txt"] },
  ];
  const names = (portableNames: boolean) =>
    read({ ...folder, files }, { portableNames }).files.map((f) => f.path[0]);
  assert.deepEqual(names(false), ["aux.c", "a_[2J", "x".repeat(251) + ".txt"]);
  assert.deepEqual(names(true), ["_aux.c", "a_[2J", "x".repeat(251) + ".txt"]);
});

Deno.test("readInfo() tells apart files of one path, and a file from a folder", () => {
  const files = [["a"], ["a"], ["b", "c"], ["b"], ["A"]].map((path) => ({ length: 3, path }));
  const paths = (portableNames: boolean) =>
    read({ ...folder, files }, { portableNames }).files.map((file) => file.path.join("/"));
  assert.deepEqual(paths(false), ["a", "a (2)", "b/c", "b (2)", "A"]);
  assert.deepEqual(paths(true), ["a", "a (2)", "b/c", "b (2)", "A (3)"]);
});

Deno.test("readInfo() knows padding, which may share a path and needs none", () => {
  const files = [
    { length: 1, path: ["a"] },
    { length: 4, path: [".pad", "4"], attr: "p" },
    { length: 1, path: [".pad", "4"] },
    { length: 4, path: ["..", "x"], attr: "xp" },
    { length: 5, attr: "p" },
  ];
  assert.deepEqual(
    read({ ...folder, files }).files.map((
      { path, offset, isPadding },
    ) => [path.join("/"), offset, isPadding]),
    [["a", 0, false], [".pad/4", 1, true], [".pad/4", 5, false], [".pad/4", 6, true], [".pad/5", 10, true]],
  );
});

Deno.test("readInfo() leaves symbolic links out, wherever they point", () => {
  const link = { attr: "l", path: ["link"], "symlink path": ["..", "..", "etc", "passwd"] };
  const data = { length: 15, path: ["link"] };
  const kept = [{ path: ["link"], length: 15, offset: 0, isPadding: false }];
  assert.deepEqual(read({ ...folder, files: [link, data] }).files, kept);
  assert.deepEqual(read({ ...folder, files: [{ ...link, length: 0 }, data] }).files, kept);
  assert.deepEqual(read({ ...folder, files: [{ ...link, length: 15 }] }).files, kept, "data makes it a file");
  assert.throws(() => read({ ...folder, files: [link], pieces: "" }), /only symbolic links$/);
});

Deno.test("readInfo() takes a private flag of any form for set, unless it is plainly not", () => {
  const rows: [value: BencodeInput | undefined, isPrivate: boolean][] = [
    [undefined, false],
    [0, false],
    ["0", false],
    ["", false],
    [1, true],
    [-1, true],
    [2n ** 60n, true],
    ["1", true],
    ["yes", true],
    [[], true],
    [{}, true],
  ];
  for (const [value, isPrivate] of rows) {
    assert.equal(read({ ...oneFile, private: value }).isPrivate, isPrivate, String(value));
  }
});

Deno.test("readInfo() of spoilt dictionaries throws only MetainfoError, and what it takes is safe (seed 27)", () => {
  const random = new SeededRandom(27);
  const seeds = [oneFile, folder, {
    ...folder,
    "name.utf-8": "é",
    private: 1,
    files: [
      { length: 3, path: ["x", "y"], attr: "p" },
      { length: 12, path: ["CON", "y"], "path.utf-8": ["z"] },
      { path: ["l"], attr: "l", "symlink path": [".."] },
    ],
  }].map(encode);
  let taken = 0;
  for (let round = 0; round < 10_000; round++) {
    const bytes = mutate(seeds[round % seeds.length] ?? new Uint8Array(), random);
    try {
      const info = readInfo(bytes, { portableNames: round % 2 === 0 });
      taken++;
      let offset = 0;
      for (const file of info.files) {
        assert.equal(file.offset, offset);
        assert.ok(file.length >= 0 && file.path.length > 0);
        for (const name of file.path) assert.match(name, /^(?!\.\.?$)[^/\\\p{Cc}]+$/u);
        offset += file.length;
      }
      assert.equal(info.totalLength, offset);
      assert.equal(info.pieces.length, info.layout.pieceCount * 20);
    } catch (error) {
      if (!(error instanceof MetainfoError)) throw new Error(`for ${bytes.toHex()}`, { cause: error });
    }
  }
  assert.ok(taken > 300, `${taken} of 10000 were still usable`);
});
