import assert from "node:assert/strict";
import { Disk } from "../../../peer/storage/disk.ts";
import { DiskPool } from "../../../peer/storage/worker_pool.ts";
import type { Metainfo } from "../../../protocol/metainfo.ts";
import { pieceStoreSuite } from "../../conformance/piece_store_suite.ts";
import { makeTorrent } from "../../support/make_torrent.ts";
import { openDisk } from "../../support/open_disk.ts";
import { sharedBytes } from "../../support/shared_bytes.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

pieceStoreSuite("Disk", async (metainfo) => {
  const dir = await makeTempDir();
  const pool = new DiskPool({ workers: 2 });
  const store = new Disk(pool, metainfo, dir.join("out"));
  await store.prepare();
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await pool.close();
      await dir[Symbol.asyncDispose]();
    },
  };
});

async function check(disk: Disk): Promise<number[]> {
  const told = new Map<number, boolean>();
  const found = await disk.check((index, isRight) => {
    assert.equal(told.has(index), false, `piece ${index} was told twice`);
    told.set(index, isRight);
  });
  assert.equal(told.size, found.length, "every piece is told");
  const right = [...told].filter(([, isRight]) => isRight).map(([index]) => index).sort((a, b) => a - b);
  assert.deepEqual(right, Array.from({ length: found.length }, (_, i) => i).filter((i) => found.has(i)));
  return right;
}

Deno.test("Disk.check() finds no piece where nothing is, and makes nothing", async () => {
  await using dir = await makeTempDir();
  const { metainfo } = await makeTorrent({ files: [50_000, 0, 50_000] });
  await using disk = openDisk(metainfo, dir.join("out"));
  assert.deepEqual(await check(disk), []);
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
});

Deno.test("Disk.check() finds every piece of a complete torrent", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [50_000, 0, 3, 1_000_000] });
  await torrent.writeTo(dir.join("out"));
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  assert.equal((await check(disk)).length, torrent.metainfo.layout.pieceCount);
});

Deno.test("Disk.check() counts pieces of missing, short and changed files as missing, and no others", async () => {
  await using dir = await makeTempDir();
  // Ten pieces: file 0 has 0 to 2, file 1 the rest of 2 to 5, file 2 the rest of 5 to 9.
  const torrent = await makeTorrent({ files: [90_000, 90_000, 140_000], pieceLength: 32_000 });
  const out = dir.join("out");
  await torrent.writeTo(out);
  await Deno.remove(`${out}/0`);
  await Deno.truncate(`${out}/2`, 100_000);
  const bytes = await Deno.readFile(`${out}/1`);
  bytes[10_000] = (bytes[10_000] as number) ^ 1; // byte 100,000: in piece 3
  await Deno.writeFile(`${out}/1`, bytes);
  await using disk = openDisk(torrent.metainfo, out);
  assert.deepEqual(await check(disk), [4, 5, 6, 7]);
});

Deno.test("Disk.check() tells right zeros from a hole, and a hole from data", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("out");
  const torrent = await makeTorrent({ files: 4 * 1024 * 1024, pieceLength: 1024 * 1024 });
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, 4 * 1024 * 1024);
  await using empty = openDisk(torrent.metainfo, path);
  assert.deepEqual(await check(empty), []);

  // Content with zeros at the start of pieces and through a whole one.
  const zeros = await makeTorrent({
    files: [
      { path: ["a"], length: 500_000 },
      { path: ["pad"], length: 1_700_000, isPadding: true },
      { path: ["b"], length: 900_000 },
      { path: ["pad2"], length: 100_001, isPadding: true },
    ],
    pieceLength: 600_000,
  });
  await zeros.writeTo(dir.join("zeros"));
  await using disk = openDisk(zeros.metainfo, dir.join("zeros"));
  assert.deepEqual(await check(disk), [0, 1, 2, 3, 4, 5]);
});

Deno.test("Disk.check() ends early with the signal's reason", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: 40 * 1024 * 1024, pieceLength: 1024 * 1024 });
  await torrent.writeTo(dir.join("out"));
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  const abort = new AbortController();
  let told = 0;
  const running = disk.check(() => {
    told++;
    abort.abort(new Error("enough"));
  }, { signal: abort.signal });
  await assert.rejects(running, { message: "enough" });
  assert.ok(told < 40, `told ${told} of 40 pieces`);
  await assert.rejects(disk.check(() => {}, { signal: abort.signal }), { message: "enough" });
});

Deno.test("Disk.prepare() makes folders, whole-length files and files without bytes, but no padding", async () => {
  await using dir = await makeTempDir();
  const { metainfo } = await makeTorrent({
    files: [
      { path: ["sub", "deep", "a"], length: 70_000 },
      { path: [".pad", "1"], length: 5, isPadding: true },
      { path: ["sub", "empty"], length: 0 },
      { path: ["b"], length: 1 },
    ],
  });
  const out = dir.join("not", "yet", "there");
  await using disk = openDisk(metainfo, out);
  await disk.prepare();
  assert.deepEqual([...Deno.readDirSync(out)].map((entry) => entry.name).sort(), ["b", "sub"]);
  assert.equal(Deno.statSync(`${out}/sub/deep/a`).size, 70_000);
  assert.equal(Deno.statSync(`${out}/sub/empty`).size, 0);
  await disk.prepare();
});

Deno.test("Disk makes a folder's other files at their first write, at their full length", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [40_000, 40_000, 16_384], pieceLength: 16_384 });
  const out = dir.join("out");
  await using disk = openDisk(torrent.metainfo, out);
  await disk.prepare();
  assert.deepEqual([...Deno.readDirSync(out)].map((entry) => entry.name), ["0"]);
  assert.equal(await disk.finish(2, torrent.piece(2)), "stored");
  assert.deepEqual([...Deno.readDirSync(out)].map((entry) => entry.name).sort(), ["0", "1"]);
  assert.equal(Deno.statSync(`${out}/1`).size, 40_000);
  for (const index of [0, 1, 3, 4, 5]) assert.equal(await disk.finish(index, torrent.piece(index)), "stored");
  await torrent.compareWith(out);
});

Deno.test("Disk writes a piece that came before its files are made when they are, however late that begins", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent();
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  await disk.check(() => {});
  const joined = Promise.withResolvers<void>();
  const prepared = disk.prepare(undefined, joined.promise);
  const stored = disk.finish(0, torrent.piece(0));
  joined.resolve();
  await prepared;
  assert.equal(await stored, "stored");
});

Deno.test("Disk.prepare() extends a shorter file and keeps its bytes", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("out");
  const torrent = await makeTorrent({ files: 100_000 });
  await Deno.writeFile(path, torrent.content.subarray(0, 70_000));
  await using disk = openDisk(torrent.metainfo, path);
  assert.deepEqual(await check(disk), [0, 1]);
  await disk.prepare();
  assert.deepEqual(await check(disk), [0, 1]);
  for (const index of [2, 3]) {
    assert.equal(await disk.finish(index, torrent.piece(index)), "stored");
  }
  await torrent.compareWith(path);
});

Deno.test("Disk writes a piece of a file of 6 GiB beyond 4 GiB, where it belongs", async () => {
  await using dir = await makeTempDir();
  // One real piece at the end of a torrent whose other pieces nobody has: the hashes are only right for that one.
  const tail = await makeTorrent({ files: 1024 * 1024, pieceLength: 1024 * 1024 });
  const pieceCount = 6 * 1024;
  const pieces = new Uint8Array(pieceCount * 20);
  pieces.set(tail.metainfo.pieces, (pieceCount - 1) * 20);
  const { PieceLayout } = await import("../../../protocol/piece_layout.ts");
  const length = pieceCount * 1024 * 1024;
  const metainfo: Metainfo = {
    ...tail.metainfo,
    layout: new PieceLayout(1024 * 1024, length),
    pieces,
    totalLength: length,
    files: [{ path: ["large"], length, offset: 0, isPadding: false }],
  };
  const path = dir.join("large");
  await using disk = openDisk(metainfo, path);
  await disk.prepare();
  assert.equal(await disk.finish(pieceCount - 1, tail.piece(0)), "stored");
  assert.equal(Deno.statSync(path).size, length);
  const read = sharedBytes(50);
  await disk.readSpan(pieceCount - 1, 1000, read);
  assert.deepEqual(read, tail.content.slice(1000, 1050));
  using file = await Deno.open(path);
  await file.seek(length - 1024 * 1024, Deno.SeekMode.Start);
  const found = new Uint8Array(100);
  assert.equal(await file.read(found), 100);
  assert.deepEqual(found, tail.content.slice(0, 100));
});

Deno.test("Disk stores and checks a torrent of 10,000 files with few of them open", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: Array(10_000).fill(300), pieceLength: 64 * 1024 });
  const out = dir.join("out");
  await using disk = openDisk(torrent.metainfo, out);
  await disk.prepare();
  const before = openDescriptors();
  for (let i = 0; i < torrent.metainfo.layout.pieceCount; i++) await disk.finish(i, torrent.piece(i));
  const open = openDescriptors() - before;
  if (Deno.build.os === "linux") assert.ok(open <= 2 * 64, `${open} files open`);
  assert.equal((await check(disk)).length, torrent.metainfo.layout.pieceCount);
  await torrent.compareWith(out);
});

Deno.test("Disk.close() closes every file, twice is fine, and nothing works afterwards", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: Array(50).fill(1000) });
  const pool = new DiskPool({ workers: 2 });
  try {
    const disk = new Disk(pool, torrent.metainfo, dir.join("out"));
    await disk.prepare();
    const writing = disk.finish(0, torrent.piece(0));
    const closing = disk.close();
    assert.equal(await writing, "stored", "what was under way is finished");
    await closing;
    await disk.close();
    assert.deepEqual(openBelow(dir.path), []);
    await assert.rejects(disk.finish(1, torrent.piece(1)), /storage is closed/);
    await assert.rejects(disk.check(() => {}), { name: "AbortError" });
  } finally {
    await pool.close();
  }
});

Deno.test("Disk makes a file that was removed while another torrent had it open, and leaves neither open", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [40_000, 40_000] });
  const out = dir.join("out");
  await torrent.writeTo(out);
  const pool = new DiskPool({ workers: 1 });
  try {
    const disks = [new Disk(pool, torrent.metainfo, out), new Disk(pool, torrent.metainfo, out)] as const;
    await disks[0].readSpan(2, 0, sharedBytes(10_000));
    await Deno.remove(`${out}/1`);
    await disks[1].prepare();
    assert.equal(await disks[1].finish(1, torrent.piece(1)), "stored");
    for (const disk of disks) await disk.close();
    assert.deepEqual(openBelow(dir.path), []);
  } finally {
    await pool.close();
  }
});

Deno.test("Disk.close() ends a check that is under way", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: 20 * 1024 * 1024, pieceLength: 1024 * 1024 });
  await torrent.writeTo(dir.join("out"));
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  const checking = assert.rejects(disk.check(() => {}), { name: "AbortError" });
  await disk.close();
  await checking;
});

function openDescriptors(): number {
  return descriptors().length;
}

/** Files below `folder` that this process holds open. */
function openBelow(folder: string): string[] {
  return descriptors().filter((target) => target.startsWith(folder));
}

/** Where each open descriptor of this process leads. Read by a program: to us the runtime doesn't show the folder. */
function descriptors(): string[] {
  if (Deno.build.os !== "linux") return [];
  const { stdout } = new Deno.Command("find", {
    args: [`/proc/${Deno.pid}/fd`, "-mindepth", "1", "-printf", "%l\n"],
    stderr: "null", // the pipes of this very command are gone before it has looked at them
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((target) => target !== "");
}

Deno.test("Disk.finish() waits for files that are being made", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent();
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  await disk.check(() => {});
  assert.equal(disk.isFresh, true);
  const preparing = disk.prepare();
  assert.equal(await disk.finish(0, torrent.piece(0)), "stored");
  await preparing;
});

Deno.test("Disk.keep() writes a part of a piece where it belongs, which makes no piece right, and recall() reads it", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [50_000, 50_000, 20], pieceLength: 65_536 });
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  await disk.prepare();
  await disk.keep(0, 32_768, torrent.content.slice(32_768, 65_536));
  assert.deepEqual(await disk.recall(0, 40_000, 20_000), torrent.content.slice(40_000, 60_000));
  assert.deepEqual(await disk.recall(0, 0, 32_768), new Uint8Array(32_768), "nothing came of it");
  assert.deepEqual(await check(disk), []);
  await assert.rejects(
    disk.recall(1, 100_000 - 65_536, 20),
    { kind: "missing" },
    "nobody has made that file yet",
  );
  await disk.keep(0, 0, torrent.content.slice(0, 32_768));
  assert.deepEqual(await check(disk), [0]);
});

Deno.test("Disk.finish() writes after what is being kept of the same piece, whichever thread is free", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: 65_536, pieceLength: 65_536 });
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  await disk.prepare();
  const order: string[] = [];
  const kept = [1, 2, 3].map((n) =>
    disk.keep(0, 0, new Uint8Array(16_384).fill(n)).then(() => order.push(`kept ${n}`))
  );
  const stored = disk.finish(0, torrent.content).then((verdict) => order.push(verdict));
  await disk.written();
  await Promise.all([...kept, stored]);
  assert.deepEqual(order, ["kept 1", "kept 2", "kept 3", "stored"]);
  await torrent.compareWith(dir.join("out"));
});

Deno.test("Disk.isInPlace() is false for a piece whose bytes have gone from the part file into a file", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [40_000, 40_000, 40_000], pieceLength: 16_384 });
  {
    await using disk = openDisk(torrent.metainfo, dir.join("out"));
    await check(disk);
    assert.equal(disk.isInPlace(0), false, "nothing is there yet");
    await disk.prepare((index) => index === 1);
    await disk.keep(2, 0, torrent.content.slice(32_768, 49_152)); // of files 0 and 1
  }
  await using disk = openDisk(torrent.metainfo, dir.join("out"));
  assert.deepEqual(await check(disk), [2], "that the kept part is all of it, only the check knows");
  await disk.prepare();
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7].filter((index) => !disk.isInPlace(index)), [2, 4]);
});
