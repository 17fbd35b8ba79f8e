import assert from "node:assert/strict";
import { StorageError } from "../../../peer/storage/errors.ts";
import { Disk } from "../../../peer/storage/disk.ts";
import { DiskPool } from "../../../peer/storage/worker_pool.ts";
import { makeTorrent } from "../../support/make_torrent.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("DiskPool refuses to have no workers", () => {
  for (const workers of [0, -1, 1.5]) assert.throws(() => new DiskPool({ workers }), RangeError);
});

Deno.test("DiskPool.close() is idempotent, also without any work done", async () => {
  const pool = new DiskPool();
  await Promise.all([pool.close(), pool.close()]);
  await pool.close();
});

Deno.test("DiskPool serves many torrents with its few workers", async () => {
  await using dir = await makeTempDir();
  const pool = new DiskPool({ workers: 2 });
  const torrents = await Promise.all(
    Array.from({ length: 20 }, (_, seed) => makeTorrent({ seed: seed + 1 })),
  );
  try {
    await Promise.all(torrents.map(async (torrent, i) => {
      const disk = new Disk(pool, torrent.metainfo, dir.join(`${i}`));
      await disk.prepare();
      const { pieceCount } = torrent.metainfo.layout;
      await Promise.all(
        Array.from({ length: pieceCount }, (_, piece) => disk.finish(piece, torrent.piece(piece))),
      );
      await disk.close();
      await torrent.compareWith(dir.join(`${i}`));
    }));
  } finally {
    await pool.close();
  }
});

Deno.test("DiskPool.close() finishes the jobs under way; a Disk may be closed afterwards", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent();
  const pool = new DiskPool({ workers: 2 });
  const disk = new Disk(pool, torrent.metainfo, dir.join("out"));
  await disk.prepare();
  const writing = [0, 1, 2, 3].map((index) => disk.finish(index, torrent.piece(index)));
  await pool.close();
  assert.deepEqual((await Promise.all(writing)).map((one) => one.verdict), Array(4).fill("stored"));
  await assert.rejects(disk.finish(0, torrent.piece(0)), /storage is closed/);
  await disk.close();
  await torrent.compareWith(dir.join("out"));
});

Deno.test("DiskPool carries on after a job that failed", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent();
  const pool = new DiskPool({ workers: 1 });
  try {
    const disk = new Disk(pool, torrent.metainfo, dir.join("out"));
    const lost = torrent.piece(0);
    await assert.rejects(disk.finish(0, lost), StorageError, "prepare() was never called");
    assert.equal(lost.length, 0, "the buffer went down with the job");
    await assert.rejects(
      disk.readSpan(99, 0, new Uint8Array(5)),
      /index must be/,
      "our own bug is no StorageError",
    );
    await disk.prepare();
    assert.equal((await disk.finish(0, torrent.piece(0))).verdict, "stored");
  } finally {
    await pool.close();
  }
});

Deno.test("DiskPool fails the jobs of a worker that crashed, and starts another", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent();
  const RealWorker = globalThis.Worker;
  // A thread that dies of its first message.
  class DyingWorker {
    onmessage: unknown;
    onerror: ((event: { message: string; preventDefault(): void }) => void) | undefined;
    postMessage(): void {
      setTimeout(() => this.onerror?.({ message: "out of memory", preventDefault: () => {} }));
    }
    terminate(): void {}
  }
  const pool = new DiskPool({ workers: 1 });
  try {
    globalThis.Worker = DyingWorker as unknown as typeof Worker;
    const disk = new Disk(pool, torrent.metainfo, dir.join("out"));
    await assert.rejects(disk.prepare(), /its worker ended: out of memory/);
    globalThis.Worker = RealWorker;
    await disk.prepare();
    assert.equal((await disk.finish(0, torrent.piece(0))).verdict, "stored");
  } finally {
    globalThis.Worker = RealWorker;
    await pool.close();
  }
});
