import assert from "node:assert/strict";
import { Disk } from "../../../peer/storage/disk.ts";
import { FileMap } from "../../../peer/storage/file_map.ts";
import { StorageError } from "../../../peer/storage/errors.ts";
import { Parts } from "../../../peer/storage/parts.ts";
import { DiskPool } from "../../../peer/storage/worker_pool.ts";
import { type MadeTorrent, makeTorrent } from "../../support/make_torrent.ts";
import { openDisk } from "../../support/open_disk.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const { metainfo } = await makeTorrent({ files: [40_000, 40_000], pieceLength: 32_768 });
const { metainfo: another } = await makeTorrent({ files: [40_000, 40_000], pieceLength: 32_768, seed: 2 });
const nameOf = (name: string, { infoHash, layout } = metainfo) =>
  new Parts(`/downloads/${name}`, new FileMap([]), { infoHash, layout }).path.slice("/downloads/".length);
const bytesOf = (text: string) => new TextEncoder().encode(text).length;

Deno.test("Parts lie in .NAME.HASH.parts, of which the name is cut at a character if it is too long", () => {
  const mark = `.${metainfo.infoHash.hex.slice(0, 16)}.parts`;
  assert.equal(nameOf("album"), `.album${mark}`);
  for (
    const name of ["n".repeat(255), "é".repeat(127), `a${"é".repeat(127)}`, "映".repeat(85), "𝄞".repeat(63)]
  ) {
    const cut = nameOf(name);
    assert.ok(bytesOf(cut) <= 255, `${bytesOf(cut)} bytes`);
    assert.ok(cut.isWellFormed() && name.startsWith(cut.slice(1, -mark.length)), cut);
    assert.ok(bytesOf(cut) > 255 - 4, "no more is cut than need be");
    assert.notEqual(nameOf(name, another), cut);
  }
});

Deno.test("Disk keeps what comes of skipped files of two torrents in one folder apart", async () => {
  await using dir = await makeTempDir();
  const torrents = await Promise.all([1, 2].map((seed) =>
    makeTorrent({
      files: ["first", "last"].map((name) => ({ path: [`${name} of ${seed}`], length: 40_000 })),
      pieceLength: 32_768,
      seed,
    })
  ));
  for (const { metainfo, piece } of torrents) {
    await using disk = openDisk(metainfo, dir.join("out"), 1);
    await disk.check(() => {});
    await disk.prepare((index) => index === 1);
    assert.equal(await disk.finish(1, piece(1)), "stored");
  }
  for (const { metainfo } of torrents) {
    await using disk = openDisk(metainfo, dir.join("out"), 1);
    assert.ok((await disk.check(() => {})).has(1));
  }
});

Deno.test("Disk keeps what comes of a skipped file, and finds it again, whose folder has the longest name", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [40_000, 40_000], pieceLength: 32_768 });
  const output = dir.join("n".repeat(255));
  const pool = new DiskPool({ workers: 1 });
  for (const stored of [[], [1]]) {
    const disk = new Disk(pool, torrent.metainfo, output);
    const found = await disk.check(() => {});
    assert.deepEqual(stored.filter((index) => !found.has(index)), []);
    await disk.prepare((index) => index === 1);
    assert.equal(await disk.finish(1, torrent.piece(1)), "stored");
    await disk.close();
  }
  await pool.close();
});

Deno.test("Disk puts no bytes into the part file of a file that is there, which lacked them at the next start", async () => {
  const cases: [name: string, files: number[], before: number, after: number, skipped: number][] = [
    ["made as the first of its folder", [16_384, 16_384, 16_384, 16_384], 0, 1, 2],
    ["made of what the part file had", [40_000, 30_000, 28_000], 1, 2, 1],
  ];
  for (const [name, files, before, after, skipped] of cases) {
    await using dir = await makeTempDir();
    const torrent = await makeTorrent({ files, pieceLength: 32_768 });
    {
      await using disk = openDisk(torrent.metainfo, dir.join("out"), 1);
      await disk.prepare((index) => index === 1);
      assert.equal(await disk.finish(before, torrent.piece(before)), "stored");
    }
    {
      await using disk = openDisk(torrent.metainfo, dir.join("out"), 1);
      await disk.check(() => {});
      await disk.prepare((index) => index === 1 && skipped !== 1);
      await disk.skip(skipped);
      assert.equal(await disk.finish(after, torrent.piece(after)), "stored");
    }
    await using disk = openDisk(torrent.metainfo, dir.join("out"), 1);
    assert.ok((await disk.check(() => {})).has(after), name);
  }
});

/** Two files, the second of which was skipped: what it has of the piece that both share is in the part file. */
async function withPartFile(output: string): Promise<MadeTorrent> {
  const torrent = await makeTorrent({ files: [40_000, 40_000], pieceLength: 32_768 });
  await using disk = openDisk(torrent.metainfo, output, 1);
  await disk.check(() => {});
  await disk.prepare((index) => index === 1);
  for (const index of [0, 1]) await disk.finish(index, torrent.piece(index));
  return torrent;
}

Deno.test("Disk.prove() finds that a part file of an earlier run was removed since the check", async () => {
  await using dir = await makeTempDir();
  const { metainfo } = await withPartFile(dir.join("out"));
  await using disk = openDisk(metainfo, dir.join("out"), 1);
  const have = await disk.check(() => {});
  await disk.prepare((index) => index === 1);
  await Deno.remove(new Parts(dir.join("out"), new FileMap([]), metainfo).path);
  const lost: number[] = [];
  disk.onLost = (pieces) => lost.push(...pieces);
  assert.deepEqual(await disk.prove(have), [1]);
  assert.deepEqual(lost, [1]);
});

Deno.test("Disk.want() blames the part file for no piece of which another file was changed, and writes nothing there", async () => {
  await using dir = await makeTempDir();
  const { metainfo } = await withPartFile(dir.join("out"));
  await using disk = openDisk(metainfo, dir.join("out"), 1);
  disk.onLost = () => assert.fail("nothing is lost of the part file");
  const have = await disk.check(() => {});
  await disk.prepare((index) => index === 1);
  const { path } = disk.files[0]!;
  await Deno.truncate(path, 39_000);
  await assert.rejects(disk.want(1, have), (error) => {
    assert.ok(error instanceof StorageError);
    assert.deepEqual([error.kind, error.path], ["changed", path]);
    return true;
  });
});

Deno.test("Disk.want() during the check moves what the check finds in the part file", async () => {
  await using dir = await makeTempDir();
  const { metainfo, piece, compareWith } = await withPartFile(dir.join("out"));
  await using disk = openDisk(metainfo, dir.join("out"), 1);
  let wanted: Promise<void> | undefined;
  const found = await disk.check((index) => {
    if (index === 1) wanted = disk.want(1);
  });
  assert.deepEqual([0, 1, 2].map((index) => found.has(index)), [true, true, false]);
  await disk.prepare();
  await wanted;
  await disk.finish(2, piece(2));
  await compareWith(dir.join("out"));
});

Deno.test("Disk.want() while files are prepared keeps the pieces back that come before what is in the part file is moved", async () => {
  await using dir = await makeTempDir();
  const { metainfo, piece, compareWith } = await withPartFile(dir.join("out"));
  await using disk = openDisk(metainfo, dir.join("out"), 1);
  await disk.check(() => {});
  const preparing = disk.prepare((index) => index === 1);
  const wanted = disk.want(1);
  await preparing;
  await disk.finish(2, piece(2));
  await wanted;
  await compareWith(dir.join("out"));
});

Deno.test({
  name: "Disk names the part file, and not a file of the torrent, when something else is in its place",
  ignore: Deno.build.os === "windows", // which keeps links for administrators
  async fn() {
    const cases: [place: (path: string) => Promise<void>, kind: string][] = [
      [(path) => Deno.mkdir(path), "is-directory"],
      [(path) => Deno.symlink("nowhere", path), "outside"],
    ];
    for (const [place, kind] of cases) {
      await using dir = await makeTempDir();
      const torrent = await makeTorrent({ files: [40_000, 40_000], pieceLength: 32_768 });
      await using disk = openDisk(torrent.metainfo, dir.join("out"), 1);
      await disk.check(() => {});
      await disk.prepare((index) => index === 1);
      const { path } = new Parts(dir.join("out"), new FileMap(disk.files), torrent.metainfo);
      await place(path);
      await assert.rejects(disk.finish(1, torrent.piece(1)), (error) => {
        assert.ok(error instanceof StorageError && error.message.includes(path));
        assert.deepEqual([error.path, error.kind], [path, kind]);
        return true;
      });
    }
  },
});
