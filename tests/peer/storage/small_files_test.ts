// Files that one write fills, as nearly all of a torrent of many small ones: each is made, written and closed in one call.

import assert from "node:assert/strict";
import { Disk } from "../../../peer/storage/disk.ts";
import { StorageError } from "../../../peer/storage/errors.ts";
import { openStamp } from "../../../peer/storage/file_stamp.ts";
import { Bitfield } from "../../../protocol/bitfield.ts";
import { equals } from "../../../protocol/bytes.ts";
import { type MadeTorrent, makeTorrent } from "../../support/make_torrent.ts";
import { openDisk } from "../../support/open_disk.ts";
import { sharedBytes } from "../../support/shared_bytes.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { mountTinyDisk, whyNoTinyDisk } from "../../support/tiny_disk.ts";

const noTinyDisk = await whyNoTinyDisk();
const skipped = noTinyDisk === undefined ? "" : ` (skipped: ${noTinyDisk})`;
const LONG_AGO = new Date("2020-01-01T00:00:00.123Z");

/** Ten files of 10,000 bytes: three or four in a piece, most of them whole. */
function tenFiles(): Promise<MadeTorrent> {
  return makeTorrent({ files: new Array(10).fill(10_000), pieceLength: 32 * 1024 });
}

async function prepared(torrent: MadeTorrent, output: string): Promise<Disk & AsyncDisposable> {
  const disk = openDisk(torrent.metainfo, output, 1);
  await disk.check(() => {});
  await disk.prepare();
  return disk;
}

async function finishAll(disk: Disk, { metainfo, piece }: MadeTorrent): Promise<Bitfield> {
  const have = new Bitfield(metainfo.layout.pieceCount);
  for (let index = 0; index < metainfo.layout.pieceCount; index++) {
    assert.equal(await disk.finish(index, piece(index)), "stored");
    have.set(index);
  }
  return have;
}

/** A test with symbolic links, which Windows keeps for administrators. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: Deno.build.os === "windows" });
}

function isChanged(path: string): (error: unknown) => boolean {
  return (error) => error instanceof StorageError && error.kind === "changed" && error.path === path;
}

Deno.test("Disk makes files that one write fills, and those at the borders of pieces, each with its bytes", async () => {
  await using dir = await makeTempDir();
  const torrent = await tenFiles();
  const out = dir.join("out");
  await using disk = await prepared(torrent, out);
  await disk.prove(await finishAll(disk, torrent));
  await torrent.compareWith(out);
});

Deno.test("Disk reads the files that it has made, and not those of their names that a check has read", async () => {
  await using dir = await makeTempDir();
  const torrent = await tenFiles();
  const out = dir.join("out");
  await torrent.writeTo(out);
  await Deno.writeFile(`${out}/5`, new Uint8Array(10_000));
  await using disk = openDisk(torrent.metainfo, out, 1);
  await disk.check(() => {});
  await Deno.remove(`${out}/5`);
  await disk.prepare();
  await finishAll(disk, torrent);
  for (let index = 0; index < torrent.metainfo.layout.pieceCount; index++) {
    const read = sharedBytes(torrent.piece(index).length);
    await disk.readSpan(index, 0, read);
    assert.ok(equals(read, torrent.piece(index)), `piece ${index}`);
  }
});

Deno.test("Disk.finish() refuses to write to a small file that was removed or replaced since blocks were kept in it", async () => {
  for (const isReplaced of [false, true]) {
    await using dir = await makeTempDir();
    const torrent = await tenFiles();
    const out = dir.join("out");
    await using disk = await prepared(torrent, out);
    await disk.keep(0, 0, torrent.piece(0).slice(0, 20_000));
    const now = Date.now();
    while (Date.now() === now); // in the millisecond of a write nobody looks
    await Deno.remove(`${out}/1`);
    if (isReplaced) await Deno.writeTextFile(`${out}/1`, "mine");
    await assert.rejects(disk.finish(0, torrent.piece(0)), isChanged(`${out}/1`));
    if (isReplaced) assert.equal(await Deno.readTextFile(`${out}/1`), "mine");
  }
});

Deno.test({
  name:
    `Disk goes on with a small file that a full disk took a part of, also if it is skipped by then${skipped}`,
  ignore: noTinyDisk !== undefined,
  async fn() {
    await using dir = await makeTempDir();
    await using tiny = await mountTinyDisk(dir.path, 1024);
    const torrent = await tenFiles();
    const out = `${tiny.path}/out`;
    await using disk = await prepared(torrent, out);
    const filler = `${tiny.path}/filler`;
    await Deno.writeFile(filler, new Uint8Array((1024 - 20) * 1024));
    await assert.rejects(
      disk.finish(0, torrent.piece(0)),
      (error) => error instanceof StorageError && error.kind === "full" && error.path === `${out}/1`,
    );
    assert.ok((await Deno.stat(`${out}/1`)).size < 10_000);
    await Deno.remove(filler);
    await disk.skip(1);
    assert.equal(await disk.finish(0, torrent.piece(0)), "stored");
    await using next = openDisk(torrent.metainfo, out, 1);
    assert.ok((await next.check(() => {})).has(0));
  },
});

Deno.test("Disk doesn't replace a file that has come where a write would make one", async () => {
  await using dir = await makeTempDir();
  const torrent = await tenFiles();
  const out = dir.join("out");
  await using disk = await prepared(torrent, out);
  await Deno.writeTextFile(`${out}/1`, "came meanwhile");
  const { ino } = await Deno.stat(`${out}/1`);
  await finishAll(disk, torrent);
  assert.equal((await Deno.stat(`${out}/1`)).ino, ino);
  await torrent.compareWith(out);
});

Deno.test("Disk refuses to write to a longer file that has come where it would make one, and leaves it alone", async () => {
  await using dir = await makeTempDir();
  const torrent = await tenFiles();
  const out = dir.join("out");
  const mine = new Uint8Array(10_001).fill(1);
  const isLonger = (path: string) => (error: unknown) =>
    error instanceof StorageError && error.kind === "longer" && error.path === path;
  {
    await using disk = await prepared(torrent, out);
    await Deno.writeFile(`${out}/1`, mine);
    await assert.rejects(disk.finish(0, torrent.piece(0)), isLonger(`${out}/1`));
    await Deno.writeFile(`${out}/3`, mine); // in two pieces
    await assert.rejects(disk.finish(1, torrent.piece(1)), isLonger(`${out}/3`));
  }
  await Deno.remove(out, { recursive: true });
  await using disk = openDisk(torrent.metainfo, out, 1);
  const have = await disk.check(() => {});
  await disk.prepare((index) => index === 3);
  await disk.finish(1, torrent.piece(1));
  have.set(1);
  await Deno.writeFile(`${out}/3`, mine);
  await assert.rejects(disk.want(3, have), isLonger(`${out}/3`));
  assert.deepEqual(await Deno.readFile(`${out}/3`), mine);
});

test("Disk makes nothing at the end of a link that has come where a write would make a file", async () => {
  await using dir = await makeTempDir();
  const torrent = await tenFiles();
  const out = dir.join("out");
  await using disk = await prepared(torrent, out);
  await Deno.symlink(dir.join("elsewhere"), `${out}/1`);
  await assert.rejects(
    disk.finish(0, torrent.piece(0)),
    (error) => error instanceof StorageError && error.kind === "outside" && error.path === `${out}/1`,
  );
  await assert.rejects(Deno.lstat(dir.join("elsewhere")), Deno.errors.NotFound);
});

Deno.test("Disk.prove() finds small files that were cut, removed, and replaced by others that are older than ours", async () => {
  const deeds: ((path: string) => Promise<void>)[] = [
    (path) => Deno.truncate(path, 5_000),
    (path) => Deno.remove(path),
    async (path) => {
      await Deno.writeFile(`${path}.new`, new Uint8Array(10_000));
      await Deno.utime(`${path}.new`, LONG_AGO, LONG_AGO);
      await Deno.rename(`${path}.new`, path);
    },
  ];
  for (const deed of deeds) {
    await using dir = await makeTempDir();
    const torrent = await tenFiles();
    const out = dir.join("out");
    await using disk = await prepared(torrent, out);
    const have = await finishAll(disk, torrent);
    await deed(`${out}/5`);
    await assert.rejects(disk.prove(have), isChanged(`${out}/5`));
  }
});

test("openStamp() says what an open file is like, by whatever name, until its path leads to another or to none", async () => {
  const deeds: [name: string, isStillThere: boolean, deed: (path: string) => Promise<void>][] = [
    ["written to", true, (path) => Deno.writeTextFile(path, "more than before")],
    ["moved, and a link to it left", true, async (path) => {
      await Deno.rename(path, `${path}.moved`);
      await Deno.symlink(`${path}.moved`, path);
    }],
    ["removed", false, (path) => Deno.remove(path)],
    ["moved", false, (path) => Deno.rename(path, `${path}.moved`)],
    ["replaced by a folder", false, async (path) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    }],
    ["replaced", false, async (path) => {
      await Deno.writeTextFile(`${path}.new`, "another");
      await Deno.rename(`${path}.new`, path);
    }],
  ];
  for (const [name, isStillThere, deed] of deeds) {
    await using dir = await makeTempDir();
    const path = dir.join("file");
    using file = await Deno.open(path, { write: true, createNew: true });
    await file.write(new Uint8Array(5));
    assert.equal(openStamp(file, path).length, 5, name);
    await deed(path);
    if (isStillThere) assert.equal(openStamp(file, path).length, (await file.stat()).size, name);
    else assert.throws(() => openStamp(file, path), isChanged(path), name);
  }
});
