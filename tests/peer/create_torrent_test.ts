import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createTorrent, defaultPieceLength } from "../../peer/create_torrent.ts";
import { Disk } from "../../peer/storage/disk.ts";
import { StorageError, type StorageErrorKind } from "../../peer/storage/errors.ts";
import { DiskPool } from "../../peer/storage/worker_pool.ts";
import { MetainfoError } from "../../protocol/errors.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { pseudoRandomBytes } from "../support/random.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

const KIB = 1024;
const isWindows = Deno.build.os === "windows";

async function write(dir: TempDir, files: Record<string, Uint8Array | string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await Deno.mkdir(dir.join(path, ".."), { recursive: true });
    await Deno.writeFile(
      dir.join(path),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }
}

/** In seconds. */
const LONG_AGO = 1_500_000_000;

function closing(pool: DiskPool): DiskPool & AsyncDisposable {
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.close() });
}

/** The hashes as BEP 3 defines them, computed the simplest way. */
function hashesOf(content: Uint8Array, pieceLength: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += pieceLength) {
    pieces.push(createHash("sha1").update(content.subarray(at, at + pieceLength)).digest());
  }
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

function trouble(kind: StorageErrorKind, path: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.deepEqual([error.kind, error.path], [kind, path], error.message);
    assert.ok(error.message.includes(path), error.message);
    return true;
  };
}

Deno.test("createTorrent() makes a torrent of a file", async () => {
  await using dir = await makeTempDir();
  const content = pseudoRandomBytes(1_000_003, 5);
  await write(dir, { "data.bin": content });
  const metainfo = await parseMetainfo(
    await createTorrent({ path: dir.join("data.bin"), pieceLength: 64 * KIB }),
  );
  assert.equal(metainfo.name, "data.bin");
  assert.equal(metainfo.isSingleFile, true);
  assert.equal(metainfo.totalLength, 1_000_003);
  assert.equal(metainfo.layout.pieceLength, 64 * KIB);
  assert.deepEqual(metainfo.pieces, hashesOf(content, 64 * KIB));
  assert.equal(metainfo.createdBy, "Seedling/0.1.0");
  assert.ok(metainfo.createdAt instanceof Date);
});

Deno.test("createTorrent() makes a torrent of a folder: sorted, with hidden and empty files, pieces across files", async () => {
  await using dir = await makeTempDir();
  const parts = Array.from({ length: 5 }, (_, i) => pseudoRandomBytes(10_000 + i, i + 1));
  const [a, b, c, d, e] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  await write(dir, { "f/b": d, "f/a/z": b, "f/a/B": a, "f/a b": c, "f/.hidden": e, "f/empty": "" });
  const metainfo = await parseMetainfo(
    await createTorrent({ path: dir.join("f") + "/", pieceLength: 16 * KIB }),
  );
  assert.equal(metainfo.name, "f");
  assert.deepEqual(metainfo.files.map((file) => file.path.join("/")), [
    ".hidden",
    "a/B",
    "a/z",
    "a b",
    "b",
    "empty",
  ]);
  const content = new Uint8Array([...e, ...a, ...b, ...c, ...d]);
  assert.deepEqual(metainfo.pieces, hashesOf(content, 16 * KIB));
});

Deno.test("createTorrent() makes what Disk.check() finds complete, over one pool", async () => {
  await using dir = await makeTempDir();
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`f/${i}`, pseudoRandomBytes(i * 37, i + 1)]),
  );
  await write(dir, files);
  const pool = new DiskPool({ workers: 2 });
  try {
    const metainfo = await parseMetainfo(await createTorrent({ path: dir.join("f"), pool }));
    const disk = new Disk(pool, metainfo, dir.join("f"));
    assert.ok((await disk.check(() => {})).isComplete);
    await disk.close();
  } finally {
    await pool.close();
  }
});

Deno.test("createTorrent() says all that it was told to say", async () => {
  await using dir = await makeTempDir();
  await write(dir, { a: "text" });
  const createdAt = new Date("2020-02-03T04:05:06Z");
  const metainfo = await parseMetainfo(
    await createTorrent({
      path: dir.join("a"),
      name: "another",
      trackers: [["http://a/announce", "http://b/announce"], ["http://c/announce"]],
      webSeeds: ["http://w/"],
      comment: "words",
      isPrivate: true,
      source: "SRC",
      createdAt,
    }),
  );
  assert.equal(metainfo.name, "another");
  assert.deepEqual(metainfo.trackers, [["http://a/announce", "http://b/announce"], ["http://c/announce"]]);
  assert.deepEqual(metainfo.webSeeds, ["http://w/"]);
  assert.equal(metainfo.comment, "words");
  assert.equal(metainfo.isPrivate, true);
  assert.equal(metainfo.source, "SRC");
  assert.deepEqual(metainfo.createdAt, createdAt);
});

Deno.test("createTorrent() gives the same bytes for the same files when it leaves the date out", async () => {
  await using dir = await makeTempDir();
  await write(dir, { "f/a": "a", "f/b": "b" });
  const make = () => createTorrent({ path: dir.join("f"), createdAt: null });
  const bytes = await make();
  assert.deepEqual(await make(), bytes);
  assert.equal((await parseMetainfo(bytes)).createdAt, undefined);
});

Deno.test("createTorrent() leaves out what it is told to, be it there or not", async () => {
  await using dir = await makeTempDir();
  await write(dir, { "f/a": "a", "f/b/c": "c", "f/b/f.torrent": "f", "f/d/e": "e", "f.torrent": "stays" });
  const exclude = ["f/b/f.torrent", "f/d", "f/missing", "f.torrent", "nowhere/x"].map((path) =>
    dir.join(path)
  );
  const metainfo = await parseMetainfo(await createTorrent({ path: dir.join("f"), exclude }));
  assert.deepEqual(metainfo.files.map((file) => file.path.join("/")), ["a", "b/c"]);
  const nothing = createTorrent({ path: dir.join("f"), exclude: [dir.join("f")] });
  await assert.rejects(nothing, trouble("empty", dir.join("f")));
  const only = createTorrent({ path: dir.join("f", "d"), exclude: [dir.join("f", "d", "e")] });
  await assert.rejects(only, trouble("empty", dir.join("f", "d")));
});

Deno.test({
  name: "createTorrent() leaves out links to what is left out, and what is said to be beyond a link",
  ignore: isWindows,
  async fn() {
    await using dir = await makeTempDir();
    await write(dir, { "f/a": "a", "f/b": "b", "outside": "o" });
    await Deno.symlink("b", dir.join("f", "to b"));
    await Deno.symlink("../outside", dir.join("f", "to outside"));
    await Deno.symlink("nowhere", dir.join("f", "to nowhere"));
    await Deno.symlink("f", dir.join("alias"));
    const exclude = ["alias/b", "alias/to outside", "alias/to nowhere"].map((path) => dir.join(path));
    const metainfo = await parseMetainfo(await createTorrent({ path: dir.join("f"), exclude }));
    assert.deepEqual(metainfo.files.map((file) => file.path.join("/")), ["a"]);
  },
});

Deno.test("createTorrent() tells its progress up to the whole", async () => {
  await using dir = await makeTempDir();
  await write(dir, { a: pseudoRandomBytes(20 * KIB * KIB + 5, 1) });
  const told: [number, number][] = [];
  await createTorrent({ path: dir.join("a"), onProgress: (done, total) => told.push([done, total]) });
  assert.ok(told.length >= 3, `told ${told.length} times`);
  assert.ok(told.every(([done, total], i) => total === 20 * KIB * KIB + 5 && done > (told[i - 1]?.[0] ?? 0)));
  assert.deepEqual(told.at(-1), [20 * KIB * KIB + 5, 20 * KIB * KIB + 5]);
});

Deno.test("createTorrent() ends early with the signal's reason", async () => {
  await using dir = await makeTempDir();
  await write(dir, { a: pseudoRandomBytes(64 * KIB * KIB, 1) });
  const abort = new AbortController();
  let told = 0;
  const onProgress = () => {
    told++;
    abort.abort(new Error("enough"));
  };
  // One worker gets two jobs at a time, and there are eight.
  await using pool = closing(new DiskPool({ workers: 1 }));
  await assert.rejects(createTorrent({ path: dir.join("a"), signal: abort.signal, onProgress, pool }), {
    message: "enough",
  });
  assert.ok(told < 8, `told ${told} times`);
});

Deno.test("createTorrent() refuses a path that is not there, and one with nothing to share", async () => {
  await using dir = await makeTempDir();
  await write(dir, { empty: "", "folder/empty": "", "folder/sub/empty": "" });
  await Deno.mkdir(dir.join("nothing"));
  const cases: [string, StorageErrorKind][] = [
    ["missing", "missing"],
    ["empty", "empty"],
    ["nothing", "empty"],
    ["folder", "empty"],
  ];
  for (const [name, kind] of cases) {
    await assert.rejects(createTorrent({ path: dir.join(name) }), trouble(kind, dir.join(name)));
  }
});

Deno.test("createTorrent() refuses piece lengths that others could not use", async () => {
  await using dir = await makeTempDir();
  await write(dir, { a: "a" });
  for (const pieceLength of [0, 1, 8 * KIB, 16 * KIB + 1, 48 * KIB, 128 * KIB * KIB, NaN, Infinity]) {
    await assert.rejects(createTorrent({ path: dir.join("a"), pieceLength }), RangeError, `${pieceLength}`);
  }
});

Deno.test("createTorrent() refuses a tracker that is no URL before it reads anything", async () => {
  await using dir = await makeTempDir();
  await write(dir, { a: "a" });
  const onProgress = () => assert.fail("must not hash");
  await assert.rejects(
    createTorrent({ path: dir.join("a"), trackers: [["nonsense"]], onProgress }),
    MetainfoError,
  );
});

Deno.test({
  name: "createTorrent() follows symbolic links inside the folder and refuses all others",
  ignore: isWindows,
  async fn() {
    await using dir = await makeTempDir();
    await write(dir, {
      "good/real/a": "data",
      "out/x": "x",
      "circle/sub/x": "x",
      "dangling/x": "x",
      "secret": "secret",
    });
    await Deno.symlink("real/a", dir.join("good", "file"));
    await Deno.symlink("real", dir.join("good", "folder"));
    const metainfo = await parseMetainfo(await createTorrent({ path: dir.join("good") }));
    assert.deepEqual(metainfo.files.map((file) => file.path.join("/")), ["file", "folder/a", "real/a"]);

    await Deno.symlink(dir.join("secret"), dir.join("out", "link"));
    await assert.rejects(
      createTorrent({ path: dir.join("out") }),
      trouble("outside", dir.join("out", "link")),
    );
    await Deno.symlink("..", dir.join("circle", "sub", "up"));
    await assert.rejects(
      createTorrent({ path: dir.join("circle") }),
      trouble("outside", dir.join("circle", "sub", "up")),
    );
    await Deno.symlink("nowhere", dir.join("dangling", "link"));
    await assert.rejects(
      createTorrent({ path: dir.join("dangling") }),
      trouble("missing", dir.join("dangling", "link")),
    );

    // The path itself may be one: the user named it.
    await Deno.symlink("good", dir.join("alias"));
    assert.equal((await parseMetainfo(await createTorrent({ path: dir.join("alias") }))).files.length, 3);
  },
});

Deno.test({
  name: "createTorrent() refuses pipes instead of waiting for them",
  ignore: isWindows,
  async fn() {
    await using dir = await makeTempDir();
    await write(dir, { "f/a": "a" });
    assert.ok((await new Deno.Command("mkfifo", { args: [dir.join("f", "pipe")] }).output()).success);
    await assert.rejects(createTorrent({ path: dir.join("f") }), trouble("special", dir.join("f", "pipe")));
  },
});

Deno.test("createTorrent() refuses a file that has grown, was written to or replaced while it was hashed", async () => {
  const cases: [name: string, change: (path: string) => void][] = [
    ["grown", (path) => Deno.writeFileSync(path, new Uint8Array(10), { append: true })],
    ["written to", (path) => {
      using file = Deno.openSync(path, { write: true });
      file.writeSync(new Uint8Array(10));
    }],
    ["an older one in its place", (path) => {
      Deno.writeFileSync(`${path}.old`, new Uint8Array(100_000));
      Deno.utimeSync(`${path}.old`, LONG_AGO - 1000, LONG_AGO - 1000);
      Deno.renameSync(`${path}.old`, path);
    }],
  ];
  for (const [name, change] of cases) {
    await using dir = await makeTempDir();
    await write(dir, { "a/first": pseudoRandomBytes(100_000, 1), "a/last": pseudoRandomBytes(100_000, 2) });
    for (const path of ["a/first", "a/last"]) await Deno.utime(dir.join(path), LONG_AGO, LONG_AGO);
    let isChanged = false;
    const made = createTorrent({
      path: dir.join("a"),
      onProgress: (done, total) => {
        if (isChanged || done < total) return;
        isChanged = true;
        change(dir.join("a", "first"));
      },
    });
    await assert.rejects(made, trouble("changed", dir.join("a", "first")), name);
  }
});

Deno.test("createTorrent() says when a file got shorter while it was hashed", async () => {
  await using dir = await makeTempDir();
  await write(dir, { a: pseudoRandomBytes(64 * KIB * KIB, 1) });
  const path = dir.join("a");
  await using pool = closing(new DiskPool({ workers: 1 }));
  const running = createTorrent({ path, pool, onProgress: () => Deno.truncateSync(path, 1) });
  await assert.rejects(running, trouble("missing", path));
});

const MIB = KIB * KIB;
const TABLE: [totalLength: number, pieceLength: number][] = [
  [1, 16 * KIB],
  [20 * MIB, 16 * KIB],
  [100 * MIB, 64 * KIB],
  [700 * MIB, 512 * KIB],
  [2 * KIB * MIB, MIB],
  [10 * KIB * MIB, 8 * MIB],
  [25 * KIB * MIB, 16 * MIB],
  [10 * MIB * MIB, 16 * MIB],
];

for (const [totalLength, pieceLength] of TABLE) {
  Deno.test(`defaultPieceLength() of ${totalLength} bytes is ${pieceLength}`, () => {
    assert.equal(defaultPieceLength(totalLength), pieceLength);
  });
}
