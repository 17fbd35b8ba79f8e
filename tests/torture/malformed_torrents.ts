// Torrents that are wrong on purpose, one of each class: what each has to come to, and the trial that shows it. A torrent
// is refused with the field named, or it loads and then writes its files below the output and nothing anywhere else.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { Disk } from "../../peer/storage/disk.ts";
import type { DiskPool } from "../../peer/storage/worker_pool.ts";
import { type BencodeInput, encode, fromBinary, fromUtf8, MAX_PIECE_LENGTH } from "../../protocol/mod.ts";
import { type Metainfo, MetainfoError, parseMetainfo } from "../../protocol/mod.ts";
import { pseudoRandomBytes } from "../support/random.ts";
import { makeTempDir } from "../support/temp_dir.ts";

type Fields = Record<string, BencodeInput | undefined>;

/** One of a class of wrong torrents. */
export interface MalformedTorrent {
  name: string;
  /** The .torrent. */
  bytes: Uint8Array;
  /** The field that the refusal has to name; "" for the file as a whole. Undefined: it loads. */
  refused?: string;
  /** What lies below the folder of downloads then, as on Linux; empty files too. */
  files?: string[];
  /** More that must be true of one that loads. */
  and?(metainfo: Metainfo): void | Promise<void>;
}

const LENGTH = 40_000;
const PIECE_LENGTH = 16_384;
const HUGE = Number.MAX_SAFE_INTEGER;

/** Everything there is to download: a torrent's content is the beginning of this. */
const CONTENT = pseudoRandomBytes(3 * LENGTH, 7);

/** The right hashes for so many bytes of the content. */
function hashes(length: number, pieceLength = PIECE_LENGTH): Uint8Array {
  const pieces = new Uint8Array(Math.ceil(length / pieceLength) * 20);
  for (let at = 0, i = 0; at < length; at += pieceLength, i++) {
    const piece = CONTENT.subarray(at, Math.min(at + pieceLength, length));
    pieces.set(createHash("sha1").update(piece).digest(), i * 20);
  }
  return pieces;
}

/** A single file, right but for `fields`. */
function single(fields: Fields = {}, outer: Fields = {}): Uint8Array {
  const info = { name: "a.bin", length: LENGTH, "piece length": PIECE_LENGTH, pieces: hashes(LENGTH) };
  return encode({ info: { ...info, ...fields }, ...outer });
}

/** A folder of these files, right but for `fields`. */
function folder(files: Fields[], fields: Fields = {}): Uint8Array {
  const isLength = (length: unknown): length is number => typeof length === "number" && length >= 0;
  const total = files.reduce((sum, { length }) => sum + (isLength(length) ? length : 0), 0);
  const pieces = hashes(Math.min(total, CONTENT.length));
  return encode({ info: { name: "dir", "piece length": PIECE_LENGTH, pieces, files, ...fields } });
}

/** A folder of one file with this path. */
function at(...path: BencodeInput[]): Uint8Array {
  return folder([{ length: 10, path }]);
}

/** `n` lists, one in the other. */
function nested(n: number): string {
  return "l".repeat(n) + "e".repeat(n);
}

/** A single file with its info dictionary, and what stands around it, as they are written here. */
function raw(info: string, before = "", after = ""): Uint8Array {
  return fromBinary(`d${before}4:info${info}e${after}`);
}

const TEN = `6:lengthi10e4:name1:a12:piece lengthi16384e6:pieces20:${binary(hashes(10))}`;

function binary(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

export const MALFORMED_TORRENTS: readonly MalformedTorrent[] = [
  // Piece length.
  {
    name: "piece length missing",
    bytes: single({ "piece length": undefined }),
    refused: "info.piece length",
  },
  { name: "piece length zero", bytes: single({ "piece length": 0 }), refused: "info.piece length" },
  { name: "piece length negative", bytes: single({ "piece length": -16384 }), refused: "info.piece length" },
  { name: "piece length as text", bytes: single({ "piece length": "16384" }), refused: "info.piece length" },
  {
    name: "piece length huge",
    bytes: single({ "piece length": MAX_PIECE_LENGTH + 1 }),
    refused: "info.piece length",
  },
  {
    name: "piece length beyond 64 bits",
    bytes: single({ "piece length": 2n ** 70n }),
    refused: "info.piece length",
  },
  {
    name: "the largest piece length around a small file",
    bytes: single({ "piece length": MAX_PIECE_LENGTH, pieces: hashes(LENGTH, MAX_PIECE_LENGTH) }),
    files: ["a.bin"],
  },
  {
    name: "piece length not a power of two",
    bytes: single({ "piece length": 10_007, pieces: hashes(LENGTH, 10_007) }),
    files: ["a.bin"],
  },
  {
    name: "pieces of one byte",
    bytes: single({ length: 100, "piece length": 1, pieces: hashes(100, 1) }),
    files: ["a.bin"],
  },
  {
    name: "more pieces than 32 bits can number",
    bytes: single({ length: HUGE, "piece length": 1 }),
    refused: "info.piece length",
  },

  // Name.
  { name: "no name", bytes: single({ name: undefined }), refused: "info.name" },
  { name: "name not a string", bytes: single({ name: ["a"] }), refused: "info.name" },
  { name: "empty name", bytes: single({ name: "" }), refused: "info.name" },
  { name: 'name "."', bytes: single({ name: "." }), refused: "info.name" },
  { name: 'name ".."', bytes: single({ name: ".." }), refused: "info.name" },
  {
    name: 'folder\'s name ".."',
    bytes: folder([{ length: 10, path: ["a"] }], { name: ".." }),
    refused: "info.name",
  },
  { name: "name of slashes", bytes: single({ name: "///" }), refused: "info.name" },
  { name: "name that is a path", bytes: single({ name: "../../etc/passwd" }), refused: "info.name" },
  { name: "name with a backslash", bytes: single({ name: "..\\a" }), refused: "info.name" },
  { name: "name with NUL", bytes: single({ name: "a\0.bin" }), refused: "info.name" },
  { name: "name of three dots", bytes: single({ name: "..." }), files: ["..."] },
  {
    name: "name of 300 characters",
    bytes: single({ name: `${"x".repeat(296)}.bin` }),
    files: [`${"x".repeat(251)}.bin`],
  },
  {
    name: "name of 300 characters of three bytes",
    bytes: single({ name: "語".repeat(300) }),
    files: ["語".repeat(85)],
  },
  { name: "name in invalid UTF-8", bytes: single({ name: fromBinary("a\xff\xfe.bin") }), files: ["a__.bin"] },
  {
    name: "name of control characters",
    bytes: single({ name: "\x1b[2J\u202egnp.exe" }),
    files: ["_[2J_gnp.exe"],
  },
  { name: "name that hides in UTF-16", bytes: single({ name: fromBinary("\0.\0.") }), refused: "info.name" },
  {
    name: 'name that an encoding makes ".."',
    bytes: single({ name: fromBinary("\xff\xff\0.\0.\0/") }, { encoding: "utf-16be" }),
    refused: "info.name",
  },

  // Paths.
  { name: "path missing", bytes: folder([{ length: 10 }]), refused: "info.files[0].path" },
  { name: "path empty", bytes: at(), refused: "info.files[0].path" },
  { name: "path a string", bytes: folder([{ length: 10, path: "a/b" }]), refused: "info.files[0].path" },
  { name: "path with an empty name", bytes: at("a", "", "b"), refused: "info.files[0].path[1]" },
  { name: "path of a number", bytes: at(1), refused: "info.files[0].path[0]" },
  { name: "path absolute", bytes: at("/etc", "passwd"), refused: "info.files[0].path[0]" },
  { name: "path with ..", bytes: at("a", "..", "..", "b"), refused: "info.files[0].path[1]" },
  { name: "path with ../ in a name", bytes: at("../../b"), refused: "info.files[0].path[0]" },
  { name: "path with backslashes", bytes: at("..\\..\\b"), refused: "info.files[0].path[0]" },
  { name: "path with a drive", bytes: at("C:\\Windows", "b"), refused: "info.files[0].path[0]" },
  { name: "path with NUL", bytes: at("a\0b"), refused: "info.files[0].path[0]" },
  {
    name: "path with .. in path.utf-8 only",
    bytes: folder([{ length: 10, path: ["a"], "path.utf-8": ["..", "b"] }]),
    refused: "info.files[0].path.utf-8[0]",
  },
  {
    name: "path of 200 names",
    bytes: at(...Array.from({ length: 200 }, () => "a")),
    refused: "info.files[0].path",
  },
  {
    name: "path longer than a path may be",
    bytes: at(...Array.from({ length: 30 }, () => "x".repeat(200))),
    refused: "info.files[0].path",
  },
  {
    name: "path of reserved device names",
    bytes: folder(["CON", "aux.txt", "COM1", "LPT¹"].map((name) => ({ length: 10, path: [name] }))),
    files: ["dir/COM1", "dir/CON", "dir/LPT¹", "dir/aux.txt"],
    and: async () => {
      const { files } = await parseMetainfo(at("nul.txt"), { portableNames: true });
      assert.deepEqual(files[0]?.path, ["_nul.txt"]);
    },
  },
  {
    name: "the same path twice",
    bytes: folder([{ length: 10, path: ["a.txt"] }, { length: 10, path: ["a.txt"] }]),
    files: ["dir/a (2).txt", "dir/a.txt"],
  },
  {
    name: "the same path but for case",
    bytes: folder([{ length: 10, path: ["a"] }, { length: 10, path: ["A"] }]),
    files: ["dir/A", "dir/a"],
    and: async () => {
      const bytes = folder([{ length: 10, path: ["a"] }, { length: 10, path: ["A"] }]);
      const { files } = await parseMetainfo(bytes, { portableNames: true });
      assert.deepEqual(files.map(({ path }) => path), [["a"], ["A (2)"]]);
    },
  },
  {
    name: "a file whose path is another's folder",
    bytes: folder([{ length: 10, path: ["a"] }, { length: 10, path: ["a", "b"] }]),
    files: ["dir/a (2)", "dir/a/b"],
  },

  // Sizes.
  { name: "length missing", bytes: single({ length: undefined }), refused: "info.length" },
  { name: "length negative", bytes: single({ length: -1 }), refused: "info.length" },
  { name: "length of 2^53", bytes: single({ length: 2n ** 53n }), refused: "info.length" },
  { name: "length of 2^64 + 10", bytes: single({ length: 2n ** 64n + 10n }), refused: "info.length" },
  {
    name: "length that the pieces don't have",
    bytes: single({ length: HUGE }),
    refused: "info.piece length",
  },
  { name: "length and files", bytes: folder([{ length: 10, path: ["a"] }], { length: 10 }), refused: "info" },
  {
    name: "a file's length negative",
    bytes: folder([{ length: 20, path: ["a"] }, { length: -10, path: ["b"] }]),
    refused: "info.files[1].length",
  },
  {
    name: "a sum beyond 2^53",
    bytes: folder([{ length: HUGE, path: ["a"] }, { length: HUGE, path: ["b"] }]),
    refused: "info.files[1].length",
  },
  {
    name: "zero-length files first and last",
    bytes: folder([0, 10, 0, 20_000, 0].map((length, i) => ({ length, path: [`${i}`] }))),
    files: ["dir/0", "dir/1", "dir/2", "dir/3", "dir/4"],
  },
  { name: "a zero-length file alone", bytes: single({ length: 0, pieces: "" }), files: ["a.bin"] },
  {
    name: "zero-length files alone",
    bytes: folder([{ length: 0, path: ["a"] }, { length: 0, path: ["b", "c"] }]),
    files: ["dir/a", "dir/b/c"],
  },
  { name: "no files", bytes: folder([]), refused: "info.files" },
  { name: "files not a list", bytes: folder([], { files: { a: 1 } }), refused: "info.files" },
  { name: "a file not a dictionary", bytes: folder([], { files: ["a"] }), refused: "info.files[0]" },

  // Pieces.
  { name: "pieces missing", bytes: single({ pieces: undefined }), refused: "info.pieces" },
  { name: "pieces a list", bytes: single({ pieces: [hashes(LENGTH)] }), refused: "info.pieces" },
  { name: "pieces cut off", bytes: single({ pieces: hashes(LENGTH).subarray(1) }), refused: "info.pieces" },
  { name: "a piece too many", bytes: single({ pieces: hashes(2 * LENGTH) }), refused: "info.pieces" },
  { name: "a piece too few", bytes: single({ pieces: hashes(PIECE_LENGTH) }), refused: "info.pieces" },
  { name: "no pieces", bytes: single({ pieces: "" }), refused: "info.pieces" },

  // What stands around.
  {
    name: "private as a string",
    bytes: single({ private: "1" }),
    files: ["a.bin"],
    and: ({ isPrivate }) => assert.equal(isPrivate, true),
  },
  {
    name: "announce-list of wrong shape",
    bytes: single({}, {
      announce: "http://t/a",
      "announce-list": ["http://u/a", 5, { x: 1 }, [["http://v/a"]]],
    }),
    files: ["a.bin"],
    and: ({ trackers }) => assert.deepEqual(trackers, [["http://u/a"]]),
  },
  {
    name: "announce that is no tracker's address",
    bytes: single({}, { announce: "file:///etc/passwd", "announce-list": [["javascript:alert(1)"]] }),
    files: ["a.bin"],
  },
  {
    name: "url-list a string",
    bytes: single({}, { "url-list": "http://w/" }),
    files: ["a.bin"],
    and: ({ webSeeds }) => assert.deepEqual(webSeeds, ["http://w/"]),
  },
  {
    name: "url-list a list of anything",
    bytes: single({}, { "url-list": ["http://w/", "file:///etc/passwd", 5, [], "data:,x"] }),
    files: ["a.bin"],
    and: ({ webSeeds }) => assert.deepEqual(webSeeds, ["http://w/"]),
  },
  { name: "info missing", bytes: encode({ announce: "http://t/a" }), refused: "info" },
  { name: "info a list", bytes: encode({ info: [] }), refused: "info" },
  { name: "info a string of bencode", bytes: encode({ info: `d${TEN}e` }), refused: "info" },
  { name: "a list in the torrent's place", bytes: encode([]), refused: "" },
  { name: "nothing", bytes: new Uint8Array(), refused: "" },
  { name: "a page that says the torrent is gone", bytes: fromUtf8("<!doctype html><p>404"), refused: "" },

  // Links.
  {
    name: "a symbolic link that points outside",
    bytes: folder([
      { path: ["link"], attr: "l", "symlink path": ["..", "..", "..", "canary"] },
      { length: 10, path: ["link", "a"] },
    ]),
    files: ["dir/link/a"],
  },
  {
    name: "a symbolic link with a length",
    bytes: folder([{ length: 10, path: ["link"], attr: "l", "symlink path": ["/etc/passwd"] }]),
    files: ["dir/link"],
  },
  {
    name: "a single file that is a symbolic link",
    bytes: single({ length: undefined, attr: "l", "symlink path": ["/etc/passwd"] }),
    refused: "info",
  },
  {
    name: "padding that points outside",
    bytes: folder([{ length: 10, path: ["a"] }, { length: 0, path: ["..", "b"], attr: "p" }]),
    files: ["dir/a"],
  },

  // Bencode itself.
  { name: "trailing bytes", bytes: raw(`d${TEN}e`, "", "trailing"), files: ["a"] },
  { name: "cut off in the middle", bytes: raw(`d${TEN}e`).subarray(0, 60), refused: "" },
  { name: "nested ten thousand deep", bytes: raw(`d${TEN}1:x${nested(10_000)}e`), refused: "" },
  { name: "nested a hundred deep", bytes: raw(`d${TEN}1:x${nested(100)}e`), files: ["a"] },
  { name: "a million empty lists", bytes: raw(`d${TEN}1:xl${"le".repeat(1_000_000)}ee`), refused: "" },
  { name: "unsorted keys", bytes: raw(`d4:name1:a${TEN.replace("4:name1:a", "")}e`), files: ["a"] },
  { name: "duplicate keys: the first counts", bytes: raw(`d${TEN}4:name2:..e`), files: ["a"] },
  {
    name: "a duplicate info: the first counts",
    bytes: raw(`d${TEN}e`, "", `4:infod${TEN.replace("1:a", "2:..")}ee`),
    files: ["a"],
  },
  { name: "integers with leading zeros", bytes: raw(`d${TEN.replace("i10e", "i00010e")}e`), files: ["a"] },
  {
    name: "an integer of 300 digits",
    bytes: raw(`d${TEN.replace("i10e", `i${"9".repeat(300)}e`)}e`),
    refused: "",
  },
  { name: "an integer of no digits", bytes: raw(`d${TEN.replace("i10e", "ie")}e`), refused: "" },
  { name: "a negative zero", bytes: raw(`d${TEN}7:privatei-0ee`), files: ["a"] },
  { name: "a string longer than the file", bytes: raw(`d${TEN}1:x999999999999999:ye`), refused: "" },
  { name: "a string of negative length", bytes: raw(`d${TEN}1:x-5:ye`), refused: "" },

  // Numbers.
  {
    name: "two thousand files",
    bytes: folder(Array.from({ length: 2000 }, (_, i) => ({ length: 1, path: [`${i % 40}`, `${i}`] }))),
    and: ({ files }) => assert.equal(files.length, 2000),
  },
  {
    name: "five hundred files of one path",
    bytes: folder(Array.from({ length: 500 }, () => ({ length: 1, path: ["a", "b.txt"] }))),
    and: ({ files }) => assert.equal(new Set(files.map(({ path }) => path.join("/"))).size, 500),
  },
];

/** Throws unless the torrent comes to what it must. */
export async function tryMalformed(torrent: MalformedTorrent, pool: DiskPool): Promise<void> {
  if (torrent.refused !== undefined) return await tryRefused(torrent);
  await using outside = await makeTempDir();
  const downloads = outside.join("a", "b", "downloads");
  await Deno.mkdir(downloads, { recursive: true });
  await Deno.writeTextFile(outside.join("canary"), "untouched");
  const metainfo = await parseMetainfo(torrent.bytes, { portableNames: false });
  await download(metainfo, join(downloads, metainfo.name), pool);
  const found = new Map<string, Uint8Array>();
  await readAll(outside.path, outside.path, found);
  assert.equal(new TextDecoder().decode(found.get("canary")), "untouched");
  found.delete("canary");
  const root = "a/b/downloads";
  for (const { path, length, offset, isPadding } of metainfo.files) {
    const name = [root, metainfo.name, ...metainfo.isSingleFile ? [] : path].join("/");
    if (isPadding) continue;
    assert.deepEqual(found.get(name), CONTENT.subarray(offset, offset + length), name);
    if (torrent.files === undefined) found.delete(name);
  }
  assert.deepEqual([...found.keys()].sort(), (torrent.files ?? []).map((file) => `${root}/${file}`).sort());
  await torrent.and?.(metainfo);
}

async function tryRefused({ bytes, refused }: MalformedTorrent): Promise<void> {
  for (const portableNames of [false, true]) {
    await assert.rejects(parseMetainfo(bytes, { portableNames }), (error: Error) => {
      assert.ok(error instanceof MetainfoError, String(error.stack));
      assert.equal(error.field, refused, error.message);
      assert.ok(refused === "" || error.message.includes(`"${refused}"`), error.message);
      assert.match(error.message, /^Cannot parse metainfo: [^\n\p{Cc}]{1,300}$/u);
      return true;
    });
  }
}

/** Writes every piece, as if it had come from peers. */
async function download(metainfo: Metainfo, output: string, pool: DiskPool): Promise<void> {
  const disk = new Disk(pool, metainfo, output);
  try {
    await disk.check(() => {});
    await disk.prepare();
    const { layout } = metainfo;
    for (let index = 0; index < layout.pieceCount; index++) {
      const offset = layout.pieceOffset(index);
      const piece = new Uint8Array(new SharedArrayBuffer(layout.pieceLengthAt(index)));
      piece.set(CONTENT.subarray(offset, offset + piece.length));
      assert.equal(await disk.finish(index, piece), "stored");
    }
  } finally {
    await disk.close();
  }
}

/** All that is below a folder, by path; a link is a fault. */
async function readAll(folder: string, root: string, found: Map<string, Uint8Array>): Promise<void> {
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const path = join(folder, name);
    assert.equal(isSymlink, false, `${path} is a link`);
    if (isDirectory) await readAll(path, root, found);
    else found.set(relative(root, path), await Deno.readFile(path));
  }
}
