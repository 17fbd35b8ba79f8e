// What the disk can do to a download, and that nothing of the user's is lost on the way.

import assert from "node:assert/strict";
import { Disk } from "../../../peer/storage/disk.ts";
import { StorageError, type StorageErrorKind } from "../../../peer/storage/errors.ts";
import { DiskPool } from "../../../peer/storage/worker_pool.ts";
import { Bitfield } from "../../../protocol/bitfield.ts";
import { BLOCK_LENGTH } from "../../../protocol/piece_layout.ts";
import { type MadeTorrent, makeTorrent } from "../../support/make_torrent.ts";
import { openDisk } from "../../support/open_disk.ts";
import { sharedBytes } from "../../support/shared_bytes.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { mountTinyDisk, whyNoTinyDisk } from "../../support/tiny_disk.ts";

const noTinyDisk = await whyNoTinyDisk();
const skipped = noTinyDisk === undefined ? "" : ` (skipped: ${noTinyDisk})`;
const isWindows = Deno.build.os === "windows";

async function doPermissionsBind(): Promise<boolean> {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("a"), "", { mode: 0o400 });
  return await Deno.writeTextFile(dir.join("a"), "").then(() => false, () => true);
}

/** Expects a StorageError that says all this. */
function trouble(kind: StorageErrorKind, path: string, ...texts: string[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.equal(error.path, path);
    for (const text of [path, ...texts]) assert.ok(error.message.includes(text), error.message);
    return true;
  };
}

Deno.test({
  name: `Disk says that the disk is full, and keeps what was verified${skipped}`,
  ignore: noTinyDisk !== undefined,
  async fn() {
    await using dir = await makeTempDir();
    await using tiny = await mountTinyDisk(dir.path, 1024);
    const torrent = await makeTorrent({ files: 2 * 1024 * 1024, pieceLength: 256 * 1024 });
    const path = `${tiny.path}/out`;
    await using disk = openDisk(torrent.metainfo, path);
    await disk.prepare();
    const stored: number[] = [];
    const expected = trouble(
      "full",
      path,
      "Cannot write ",
      "the disk is full: free some space",
      "pieces are kept",
    );
    await assert.rejects(async () => {
      for (let i = 0; i < 8; i++) {
        await disk.finish(i, torrent.piece(i));
        stored.push(i);
      }
    }, expected);
    assert.ok(stored.length >= 2, `${stored.length} pieces stored`);
    const found = await disk.check(() => {});
    assert.deepEqual(stored.filter((i) => !found.has(i)), []);
    assert.equal(found.count, stored.length, "nothing counts that failed");
  },
});

Deno.test({
  name: `Disk says that nothing may be written on a read-only disk, and seeds from it${skipped}`,
  ignore: noTinyDisk !== undefined,
  async fn() {
    await using dir = await makeTempDir();
    await using tiny = await mountTinyDisk(dir.path, 2048);
    const torrent = await makeTorrent({ files: [100_000, 0, 100_000] });
    const complete = `${tiny.path}/complete`;
    await torrent.writeTo(complete);
    const partial = `${tiny.path}/partial`;
    await torrent.writeTo(partial);
    await Deno.truncate(`${partial}/2`, 10);
    await tiny.makeReadOnly();

    await using nothing = openDisk(torrent.metainfo, `${tiny.path}/nothing`);
    await assert.rejects(nothing.prepare(), trouble("denied", `${tiny.path}/nothing`, "read-only"));

    await using some = openDisk(torrent.metainfo, partial);
    await some.check(() => {});
    // The last piece of file 0 goes on in the file that is too short: both are to be written.
    await assert.rejects(some.prepare(), trouble("denied", `${partial}/0`, "read-only"));

    await using all = openDisk(torrent.metainfo, complete);
    assert.ok((await all.check(() => {})).isComplete);
    await all.prepare();
    const read = sharedBytes(32_768);
    await all.readSpan(1, 0, read);
    assert.deepEqual(read, torrent.piece(1));
    await assert.rejects(all.finish(0, torrent.piece(0)), trouble("denied", `${complete}/0`, "read-only"));
  },
});

Deno.test({
  name: "Disk says that permission is denied",
  // They don't bind root, for whom the test above stands in.
  ignore: !await doPermissionsBind(),
  async fn() {
    await using dir = await makeTempDir();
    const torrent = await makeTorrent();
    const path = dir.join("out");
    await Deno.writeFile(path, torrent.content.subarray(0, 10), { mode: 0o400 });
    await using disk = openDisk(torrent.metainfo, path);
    await assert.rejects(disk.prepare(), trouble("denied", path, "permission denied"));
  },
});

Deno.test("Disk refuses a folder where a file should be, before it makes anything", async () => {
  await using dir = await makeTempDir();
  const { metainfo } = await makeTorrent({ files: [1000, 1000] });
  const out = dir.join("out");
  await Deno.mkdir(`${out}/1`, { recursive: true });
  await using disk = openDisk(metainfo, out);
  await assert.rejects(disk.check(() => {}), trouble("is-directory", `${out}/1`, "it is a folder"));
  await assert.rejects(disk.prepare(), trouble("is-directory", `${out}/1`, "choose another output"));
  assert.deepEqual([...Deno.readDirSync(out)].map((entry) => entry.name), ["1"]);

  const single = await makeTorrent();
  await using one = openDisk(single.metainfo, out);
  await assert.rejects(one.prepare(), trouble("is-directory", out));
});

Deno.test("Disk refuses a file where a folder should be", async () => {
  await using dir = await makeTempDir();
  const { metainfo } = await makeTorrent({ files: [{ path: ["sub", "a"], length: 1000 }] });
  const out = dir.join("out");
  await Deno.writeTextFile(out, "a file");
  await using disk = openDisk(metainfo, out);
  await assert.rejects(
    disk.prepare(),
    (error) => error instanceof StorageError && error.kind === "not-directory",
  );
  await Deno.remove(out);
  await Deno.mkdir(out);
  await Deno.writeTextFile(`${out}/sub`, "a file");
  await assert.rejects(
    disk.prepare(),
    (error) => error instanceof StorageError && error.kind === "not-directory",
  );
  assert.equal(await Deno.readTextFile(`${out}/sub`), "a file");
});

Deno.test("Disk.prepare() refuses a longer file, makes nothing and leaves it alone", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [50_000, 60_000] });
  const out = dir.join("out");
  await Deno.mkdir(out);
  const mine = new Uint8Array(70_000).fill(7);
  await Deno.writeFile(`${out}/1`, mine);
  await using disk = openDisk(torrent.metainfo, out);
  assert.ok((await disk.check(() => {})).isEmpty);
  await assert.rejects(
    disk.prepare(),
    trouble(
      "longer",
      `${out}/1`,
      "a file of 70000 bytes is there and the torrent's has 60000",
      "move it away",
    ),
  );
  assert.deepEqual(await Deno.readFile(`${out}/1`), mine);
  assert.deepEqual([...Deno.readDirSync(out)].map((entry) => entry.name), ["1"]);
});

Deno.test("Disk keeps and seeds a longer file that begins with the torrent's", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("out");
  const torrent = await makeTorrent({ files: 50_000 });
  const longer = new Uint8Array(50_001);
  longer.set(torrent.content);
  await Deno.writeFile(path, longer);
  await using disk = openDisk(torrent.metainfo, path);
  assert.ok((await disk.check(() => {})).isComplete);
  await disk.prepare();
  assert.deepEqual(await Deno.readFile(path), longer);
});

Deno.test({
  name: "Disk writes nothing through a symbolic link that leads out of the folder",
  ignore: isWindows,
  async fn() {
    await using dir = await makeTempDir();
    const torrent = await makeTorrent({
      files: [{ path: ["sub", "a"], length: 1000 }, { path: ["b"], length: 1000 }],
    });
    const outside = dir.join("outside");
    await Deno.mkdir(outside);
    await Deno.writeTextFile(`${outside}/mine`, "mine");
    const cases: [name: string, link: string, target: string][] = [
      ["a folder", "sub", outside],
      ["a file", "b", `${outside}/mine`],
      ["a file that does not exist", "b", `${outside}/new`],
      ["a folder that does not exist", "sub", `${outside}/new`],
    ];
    for (const [name, link, target] of cases) {
      const out = dir.join(name);
      await Deno.mkdir(out);
      await Deno.symlink(target, `${out}/${link}`);
      await using disk = openDisk(torrent.metainfo, out);
      await assert.rejects(disk.prepare(), trouble("outside", `${out}/${link}`, "symbolic link"), name);
    }
    assert.deepEqual([...Deno.readDirSync(outside)].map((entry) => entry.name), ["mine"]);
    assert.equal(await Deno.readTextFile(`${outside}/mine`), "mine");
    await Deno.symlink("nowhere", dir.join("out"));
    await using nowhere = openDisk(torrent.metainfo, dir.join("out"));
    await assert.rejects(nowhere.prepare(), trouble("outside", dir.join("out"), "remove the link"));

    // A link made after prepare() gains nothing either.
    const late = dir.join("late");
    await using disk = openDisk(torrent.metainfo, late);
    await disk.prepare();
    await Deno.remove(`${late}/b`);
    await Deno.symlink(`${outside}/mine`, `${late}/b`);
    await assert.rejects(disk.finish(0, torrent.piece(0)), trouble("outside", `${late}/b`));
    assert.equal(await Deno.readTextFile(`${outside}/mine`), "mine");

    // Nor does a link in the place of a folder that has been written to.
    const swapped = dir.join("swapped");
    const pair = await makeTorrent({
      files: [{ path: ["sub", "a"], length: 16_384 }, { path: ["sub", "mine"], length: 16_384 }],
      pieceLength: 16_384,
    });
    await using other = openDisk(pair.metainfo, swapped);
    await other.prepare();
    assert.equal(await other.finish(0, pair.piece(0)), "stored");
    await Deno.rename(`${swapped}/sub`, dir.join("aside"));
    await Deno.symlink(outside, `${swapped}/sub`);
    await assert.rejects(other.finish(1, pair.piece(1)), trouble("outside", `${swapped}/sub`));
    await Deno.remove(`${outside}/mine`);
    await assert.rejects(other.finish(1, pair.piece(1)), trouble("outside", `${swapped}/sub`));
    assert.deepEqual([...Deno.readDirSync(outside)], []);

    // Nor one in the place of a file that its first write would make.
    await Deno.remove(`${swapped}/sub`);
    await Deno.rename(dir.join("aside"), `${swapped}/sub`);
    await Deno.symlink(`${outside}/new`, `${swapped}/sub/mine`);
    await assert.rejects(other.finish(1, pair.piece(1)), trouble("outside", `${swapped}/sub/mine`));
    assert.deepEqual([...Deno.readDirSync(outside)], []);
  },
});

Deno.test({
  name: "Disk follows symbolic links inside the folder, and of the output itself",
  ignore: isWindows,
  async fn() {
    await using dir = await makeTempDir();
    const torrent = await makeTorrent({
      files: [{ path: ["sub", "a"], length: 1000 }, { path: ["b"], length: 1000 }],
    });
    await Deno.mkdir(dir.join("real", "elsewhere"), { recursive: true });
    await Deno.symlink(dir.join("real"), dir.join("out"));
    await Deno.symlink("elsewhere", dir.join("real", "sub"));
    await using disk = openDisk(torrent.metainfo, dir.join("out"));
    await disk.prepare();
    assert.equal(await disk.finish(0, torrent.piece(0)), "stored");
    await torrent.compareWith(dir.join("out"));
    assert.equal(Deno.statSync(dir.join("real", "elsewhere", "a")).size, 1000);
  },
});

Deno.test({
  name: "Disk refuses a pipe in a file's place instead of waiting for it",
  ignore: isWindows,
  async fn() {
    await using dir = await makeTempDir();
    const torrent = await makeTorrent();
    const path = dir.join("out");
    assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
    await using disk = openDisk(torrent.metainfo, path);
    await assert.rejects(disk.check(() => {}), trouble("special", path));
    await assert.rejects(disk.prepare(), trouble("special", path));
  },
});

Deno.test("Disk.finish(), readSpan() and readMessages() name a file that has vanished", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [1000, 1000] });
  const out = dir.join("out");
  await using disk = openDisk(torrent.metainfo, out);
  await disk.prepare();
  await Deno.remove(`${out}/0`);
  const buffer = torrent.piece(0);
  await assert.rejects(disk.finish(0, buffer), trouble("missing", `${out}/0`, "it does not exist"));
  await assert.rejects(disk.readSpan(0, 0, sharedBytes(2000)), trouble("missing", `${out}/0`));
  await assert.rejects(
    disk.readMessages(0, 0, sharedBytes(2013), BLOCK_LENGTH),
    trouble("missing", `${out}/0`),
  );
  await Deno.writeFile(`${out}/0`, new Uint8Array(10));
  await assert.rejects(
    disk.readSpan(0, 0, sharedBytes(2000)),
    trouble("missing", `${out}/0`, "less than its 1000"),
  );
  await assert.rejects(
    disk.readMessages(0, 0, sharedBytes(2013), BLOCK_LENGTH),
    trouble("missing", `${out}/0`, "less than its 1000"),
  );
});

Deno.test("Disk.finish() doesn't make a file a second time that its first write made", async () => {
  await using dir = await makeTempDir();
  // More than are held open at a time, so that the first ones are closed.
  const torrent = await makeTorrent({ files: Array(70).fill(16_384), pieceLength: 16_384 });
  const out = dir.join("out");
  await using disk = openDisk(torrent.metainfo, out);
  await disk.prepare();
  for (let index = 0; index < 70; index++) {
    assert.equal(await disk.finish(index, torrent.piece(index)), "stored");
  }
  await Deno.remove(`${out}/1`);
  await assert.rejects(disk.finish(1, torrent.piece(1)), trouble("missing", `${out}/1`, "it does not exist"));
});

Deno.test("Disk refuses metainfo whose path leads out of the folder", async () => {
  const { metainfo } = await makeTorrent({ files: [{ path: ["..", "evil"], length: 10 }] });
  const pool = new DiskPool();
  assert.throws(() => new Disk(pool, metainfo, "out"), RangeError);
  await pool.close();
});

/** Two files of four pieces each, all written by us but the last of each; and the pieces that were. */
async function writeMost(disk: Disk, torrent: MadeTorrent): Promise<Bitfield> {
  await disk.check(() => {});
  await disk.prepare();
  const have = new Bitfield(8);
  for (const index of [0, 1, 2, 4, 5, 6]) {
    assert.equal(await disk.finish(index, torrent.piece(index)), "stored");
    have.set(index);
  }
  // As a file system with a coarse clock has it, another's write a moment later could not be told from ours.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return have;
}

const twoFiles = () => makeTorrent({ files: [40_000, 40_000], pieceLength: 10_000 });

Deno.test("Disk.prove() finds what another program has written over, also between our own writes, and names it", async () => {
  for (const isFollowedByOurs of [false, true]) {
    await using dir = await makeTempDir();
    const torrent = await twoFiles();
    const out = dir.join("out");
    await using disk = openDisk(torrent.metainfo, out);
    const have = await writeMost(disk, torrent);
    await disk.prove(have);
    await writeOver(`${out}/1`, 15_000);
    if (isFollowedByOurs) await disk.finish(7, torrent.piece(7));
    await assert.rejects(disk.prove(have), trouble("changed", `${out}/1`, "1 piece is wrong now"));
    assert.deepEqual([0, 1].map((i) => disk.isForeign(i)), [false, true]);
  }
});

Deno.test("Disk.prove() takes a file that was touched, and holds what it should, for ours again", async () => {
  await using dir = await makeTempDir();
  const torrent = await twoFiles();
  const out = dir.join("out");
  await using disk = openDisk(torrent.metainfo, out);
  const have = await writeMost(disk, torrent);
  await Deno.utime(`${out}/1`, new Date(), new Date());
  await disk.stamps([0, 1]);
  assert.equal(disk.isForeign(1), true);
  await disk.prove(have);
  assert.equal(disk.isForeign(1), false);
});

Deno.test("Disk.prove() finds files that were cut, removed, and replaced by others that are older than ours", async () => {
  const LONG_AGO = new Date("2020-01-01T00:00:00.123Z");
  const deeds: ((path: string) => Promise<void>)[] = [
    (path) => Deno.truncate(path, 5_000),
    (path) => Deno.remove(path),
    async (path) => {
      await Deno.writeFile(`${path}.new`, new Uint8Array(40_000));
      await Deno.utime(`${path}.new`, LONG_AGO, LONG_AGO);
      await Deno.rename(`${path}.new`, path);
    },
  ];
  for (const deed of deeds) {
    await using dir = await makeTempDir();
    const torrent = await twoFiles();
    const out = dir.join("out");
    await using disk = openDisk(torrent.metainfo, out);
    const have = await writeMost(disk, torrent);
    await deed(`${out}/0`);
    await assert.rejects(disk.prove(have), trouble("changed", `${out}/0`, "3 pieces are wrong now"));
  }
});

Deno.test("Disk.prove() finds what was done to files after the check and before they are prepared", async () => {
  const deeds: [name: string, path: string, wrong: string, deed: (path: string) => Promise<void>][] = [
    ["the first file of a folder, removed", "0", "3 pieces are", (path) => Deno.remove(path)],
    ["another, removed", "1", "4 pieces are", (path) => Deno.remove(path)],
    ["another, cut", "1", "3 pieces are", (path) => Deno.truncate(path, 15_000)],
    ["one that lacks a piece, written over", "0", "1 piece is", async (path) => {
      const now = Date.now();
      while (Date.now() === now); // later than the check's first look
      await writeOver(path, 15_000);
      await Deno.utime(path, new Date(), new Date());
    }],
  ];
  for (const [name, file, wrong, deed] of deeds) {
    await using dir = await makeTempDir();
    const torrent = await twoFiles();
    const out = dir.join("out");
    await torrent.writeTo(out);
    await writeOver(`${out}/0`, 35_000);
    await Deno.utime(`${out}/0`, new Date(0), new Date(0));
    await using disk = openDisk(torrent.metainfo, out);
    const have = await disk.check(() => {});
    assert.equal(have.count, 7);
    await deed(`${out}/${file}`);
    await disk.prepare();
    await assert.rejects(disk.prove(have), trouble("changed", `${out}/${file}`, `${wrong} wrong now`), name);
  }
});

Deno.test("Disk.prove() finds a file of the same length and an older time in the place of one that nobody writes to", async () => {
  const OLD = new Date("2021-01-01T00:00:00.123Z");
  const deeds: [name: string, deed: (backup: string, path: string) => Promise<void>][] = [
    ["as `mv` does it", (backup, path) => Deno.rename(backup, path)],
    ["as `cp -p` does it, in the same file", async (backup, path) => {
      await Deno.writeFile(path, await Deno.readFile(backup));
      await Deno.utime(path, OLD, OLD);
    }],
  ];
  for (const [name, deed] of deeds) {
    await using dir = await makeTempDir();
    const torrent = await twoFiles();
    const out = dir.join("out");
    await torrent.writeTo(out);
    const backup = dir.join("backup");
    await Deno.copyFile(`${out}/1`, backup);
    await writeOver(backup, 15_000);
    await Deno.utime(backup, OLD, OLD);
    // A second later, which is nearer than a file that is written to can be told by.
    const time = new Date(OLD.getTime() + 1000);
    await Deno.utime(`${out}/1`, time, time);
    await using disk = openDisk(torrent.metainfo, out);
    const have = await disk.check(() => {});
    await disk.prepare();
    await disk.prove(have);
    assert.equal(disk.isForeign(1), false);
    await deed(backup, `${out}/1`);
    await assert.rejects(disk.prove(have), trouble("changed", `${out}/1`, "1 piece is wrong now"), name);
  }
});

Deno.test("Disk.finish() refuses to write to a file that was removed or replaced meanwhile: nobody would find it", async () => {
  for (const isReplaced of [false, true]) {
    await using dir = await makeTempDir();
    const torrent = await twoFiles();
    const out = dir.join("out");
    await using disk = openDisk(torrent.metainfo, out);
    await writeMost(disk, torrent);
    await Deno.remove(`${out}/0`);
    if (isReplaced) await Deno.writeFile(`${out}/0`, new Uint8Array(40_000));
    await assert.rejects(disk.finish(3, torrent.piece(3)), trouble("changed", `${out}/0`, "start again"));
  }
});

async function writeOver(path: string, position: number): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.seek(position, Deno.SeekMode.Start);
  await file.write(new Uint8Array([1, 2, 3]));
}
