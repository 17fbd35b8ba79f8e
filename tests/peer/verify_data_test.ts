import assert from "node:assert/strict";
import { Disk } from "../../peer/storage/disk.ts";
import { DiskPool } from "../../peer/storage/worker_pool.ts";
import { verifyData } from "../../peer/verify_data.ts";
import { type MadeTorrent, makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir } from "../support/temp_dir.ts";

/** Pieces 0 to 2 have bytes of file 0, pieces 2 to 4 of file 1; file 2 lies in piece 4. */
const made = () => makeTorrent({ files: [40_000, 40_000, 1_000], pieceLength: 16_384 });

/** All that comes of a download that skips the last file: its bytes are in the part file. */
async function downloadTwo({ metainfo, piece }: MadeTorrent, output: string): Promise<void> {
  const pool = new DiskPool({ workers: 1 });
  const disk = new Disk(pool, metainfo, output);
  await disk.check(() => {});
  await disk.prepare((index) => index === 2);
  for (let index = 0; index < 5; index++) await disk.finish(index, piece(index));
  await disk.close();
  await pool.close();
}

Deno.test("verifyData() counts a file as missing whose bytes are in the part file only", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  const path = dir.join("out");
  await downloadTwo(torrent, path);
  let told = 0;
  const right = await verifyData(torrent.metainfo, { path, onProgress: (checked) => told = checked });
  assert.deepEqual([...right.missing()], [4]);
  assert.equal(told, 5, "every piece is told");
});

Deno.test("verifyData() leaves a part file in its place, also where every file is there", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  const path = dir.join("out");
  await downloadTwo(torrent, path);
  const parts = dir.join(`.out.${torrent.metainfo.infoHash.hex.slice(0, 16)}.parts`);
  const before = await Deno.readFile(parts);
  await torrent.writeTo(path);
  assert.ok((await verifyData(torrent.metainfo, { path })).isComplete);
  assert.deepEqual(await Deno.readFile(parts), before);
});

Deno.test("verifyData() names files without bytes that are missing: no piece tells of them", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent({ files: [0, 40_000, 0], pieceLength: 16_384 });
  const path = dir.join("out");
  await torrent.writeTo(path);
  await Deno.remove(dir.join("out", "2"));
  const missing: number[] = [];
  const verify = () => verifyData(torrent.metainfo, { path, onMissingEmpty: (index) => missing.push(index) });
  assert.ok((await verify()).isComplete);
  assert.deepEqual(missing.splice(0), [2]);
  await Deno.remove(path, { recursive: true });
  assert.ok((await verify()).isEmpty);
  assert.deepEqual(missing, [0, 2], "where there is nothing at all, too");
});
