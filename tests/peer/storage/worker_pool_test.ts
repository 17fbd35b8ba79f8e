import assert from "node:assert/strict";
import { StorageError } from "../../../peer/storage/errors.ts";
import { Disk } from "../../../peer/storage/disk.ts";
import { DiskPool } from "../../../peer/storage/worker_pool.ts";
import { makeTorrent } from "../../support/make_torrent.ts";
import { sharedBytes } from "../../support/shared_bytes.ts";
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
  assert.deepEqual(await Promise.all(writing), Array(4).fill("stored"));
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
    await assert.rejects(disk.finish(0, torrent.piece(0)), StorageError, "prepare() was never called");
    await assert.rejects(
      disk.readSpan(99, 0, sharedBytes(5)),
      /index must be/,
      "our own bug is no StorageError",
    );
    await disk.prepare();
    assert.equal(await disk.finish(0, torrent.piece(0)), "stored");
  } finally {
    await pool.close();
  }
});

/** Runs `body` while another class makes the threads. */
async function withWorkers(Other: unknown, body: () => void | Promise<void>): Promise<void> {
  const RealWorker = globalThis.Worker;
  globalThis.Worker = Other as typeof Worker;
  try {
    await body();
  } finally {
    globalThis.Worker = RealWorker;
  }
}

/** Counts what the threads are sent by message, while `body` runs. */
async function countMessages(body: (messages: { count: number }) => Promise<void>): Promise<void> {
  const messages = { count: 0 };
  class CountingWorker extends Worker {
    override postMessage(message: unknown, transfer: StructuredSerializeOptions | Transferable[] = []): void {
      messages.count++;
      super.postMessage(message, transfer as Transferable[]);
    }
  }
  await withWorkers(CountingWorker, () => body(messages));
}

Deno.test("DiskPool sends jobs on memory that a thread knows without a message, and in order with those that need one", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent();
  const { pieceCount } = torrent.metainfo.layout;
  const pool = new DiskPool({ workers: 1 });
  await countMessages(async (messages) => {
    const disk = new Disk(pool, torrent.metainfo, dir.join("out"));
    await disk.prepare();
    const memory = sharedBytes(torrent.metainfo.layout.pieceLength);
    const store = async (index: number): Promise<string> => {
      const piece = torrent.piece(index);
      memory.set(piece);
      return await disk.finish(index, memory.subarray(0, piece.length));
    };
    assert.equal(await store(0), "stored");
    const before = messages.count;
    for (let index = 1; index < pieceCount; index++) assert.equal(await store(index), "stored");
    memory.fill(0);
    assert.equal(await disk.finish(0, memory), "bad-hash");
    await disk.readSpan(0, 0, memory);
    assert.deepEqual(memory, torrent.piece(0));
    assert.equal(messages.count, before);
    const done: string[] = [];
    await Promise.all([
      disk.readSpan(0, 0, memory).then(() => done.push("read")),
      disk.stamps([0]).then(() => done.push("inspect")),
      disk.readSpan(1, 0, memory).then(() => done.push("read again")),
      disk.close().then(() => done.push("closed")),
    ]);
    assert.deepEqual(done, ["read", "inspect", "read again", "closed"]);
    await torrent.compareWith(dir.join("out"));
  });
  await pool.close();
});

Deno.test("DiskPool: a job without a message fails as one with it does, and the thread carries on", async () => {
  await using dir = await makeTempDir();
  const torrent = await makeTorrent();
  const pool = new DiskPool({ workers: 1 });
  try {
    const disk = new Disk(pool, torrent.metainfo, dir.join("out"));
    await disk.prepare();
    const memory = sharedBytes(torrent.metainfo.layout.pieceLength);
    memory.set(torrent.piece(0));
    assert.equal(await disk.finish(0, memory), "stored");
    await Deno.truncate(dir.join("out"), 10);
    await assert.rejects(disk.readSpan(0, 0, memory), StorageError);
    await assert.rejects(disk.readSpan(99, 0, memory), /index must be/, "our own bug is no StorageError");
    memory.fill(0);
    assert.equal(await disk.finish(0, memory), "bad-hash");
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
    assert.equal(await disk.finish(0, torrent.piece(0)), "stored");
  } finally {
    globalThis.Worker = RealWorker;
    await pool.close();
  }
});

/** Disk threads that answer when the test says so. */
class FakeWorker {
  static made: FakeWorker[] = [];
  onmessage: ((event: { data: { id: number; result: unknown }[] }) => void) | undefined;
  /** Jobs without an answer. */
  readonly asked: { id: number; request: { op: string; index?: number } }[] = [];
  /** How many jobs each message had. */
  readonly messages: number[] = [];
  /** What needs no answer. */
  readonly told: string[] = [];

  constructor() {
    FakeWorker.made.push(this);
  }

  postMessage(messages: { id: number; request: { op: string } }[]): void {
    const closing = messages.find(({ request }) => request.op === "close");
    if (closing !== undefined) queueMicrotask(() => this.#answer(closing.id));
    const jobs = messages.filter(({ id, request }) => id !== 0 && request.op !== "close");
    this.asked.push(...jobs);
    this.told.push(...messages.filter(({ id }) => id === 0).map(({ request }) => request.op));
    this.messages.push(jobs.length);
  }

  /** Answers the oldest job. */
  answer(): void {
    const oldest = this.asked.shift();
    if (oldest !== undefined) this.#answer(oldest.id);
  }

  terminate(): void {}

  #answer(id: number): void {
    this.onmessage?.({ data: [{ id, result: undefined }] });
  }
}

/** Runs `body` with a pool of two such threads and a clock that it sets. */
async function withFakeWorkers(
  body: (pool: DiskPool, clock: { now: number }, torrent: number) => void | Promise<void>,
): Promise<void> {
  const clock = { now: 0 };
  FakeWorker.made = [];
  await withWorkers(FakeWorker, async () => {
    const pool = new DiskPool({ workers: 2, now: () => clock.now });
    const torrent = pool.add({ files: [], root: undefined, pieceLength: 1, pieces: new Uint8Array(0) });
    await body(pool, clock, torrent);
    for (const worker of FakeWorker.made) while (worker.asked.length > 0) worker.answer();
    await pool.close();
  });
}

function finish(pool: DiskPool, torrent: number, index: number): void {
  void pool.run({ op: "finish", torrent, index, buffer: new Uint8Array(0) });
}

function read(pool: DiskPool, torrent: number, index: number): void {
  void pool.run({ op: "read", torrent, index, begin: 0, buffer: new Uint8Array(0) });
}

/** The pieces that each thread has to do something with. */
function askedOf(workers: readonly FakeWorker[]): (number | undefined)[][] {
  return workers.map(({ asked }) => asked.map(({ request }) => request.index));
}

Deno.test("DiskPool starts no thread before there is work, or before it is told that there will be", async () => {
  await withFakeWorkers((pool) => {
    assert.equal(FakeWorker.made.length, 0);
    pool.warm(1);
    assert.equal(FakeWorker.made.length, 1);
    pool.warm(5);
    assert.equal(FakeWorker.made.length, 2, "as many as there may be");
  });
});

Deno.test("DiskPool has its threads forget memory that nobody is going to use again", async () => {
  await withFakeWorkers(async (pool, _clock, torrent) => {
    const memory = pool.memory.take(64 * 1024 * 1024);
    void pool.run({ op: "read", torrent, index: 0, begin: 0, buffer: new Uint8Array(memory) });
    await Promise.resolve();
    FakeWorker.made[0]?.answer();
    pool.memory.give(memory);
    await Promise.resolve();
    const { told } = FakeWorker.made[0] as FakeWorker;
    assert.deepEqual(told, ["lend", "ring", "open"]);
    pool.memory.give(new SharedArrayBuffer(1)); // which is one byte too many
    await Promise.resolve();
    assert.deepEqual(told, ["lend", "ring", "open", "release"]);
  });
});

Deno.test("DiskPool gives a torrent's pieces to one thread, also while the disk holds its writes back", async () => {
  await withFakeWorkers(async (pool, clock, torrent) => {
    for (const index of [0, 1, 2]) finish(pool, torrent, index);
    await Promise.resolve();
    FakeWorker.made[0]?.answer();
    clock.now += 10_000; // another thread would wait for the same disk
    finish(pool, torrent, 3);
    void pool.run({ op: "keep", torrent, index: 4, begin: 0, bytes: new Uint8Array(1) });
    void pool.run({ op: "inspect", torrent, files: [] }); // for the saved state: nobody waits
    await Promise.resolve();
    assert.deepEqual(askedOf(FakeWorker.made), [[1, 2, 3, 4, undefined]]);
  });
});

Deno.test("DiskPool has another thread help where reads, or another torrent, wait for a write", async () => {
  await withFakeWorkers(async (pool, clock, torrent) => {
    finish(pool, torrent, 0);
    finish(pool, torrent, 1);
    clock.now += 10_000; // it has answered nothing yet: it is still starting
    read(pool, torrent, 2);
    await Promise.resolve();
    assert.deepEqual(askedOf(FakeWorker.made), [[0, 1, 2]]);
    FakeWorker.made[0]?.answer();
    read(pool, torrent, 3);
    const other = pool.add({ files: [], root: undefined, pieceLength: 1, pieces: new Uint8Array(0) });
    finish(pool, other, 4);
    finish(pool, torrent, 5);
    FakeWorker.made[0]?.answer();
    await Promise.resolve();
    assert.deepEqual(askedOf(FakeWorker.made), [[2, 5], [3, 4]]);
    for (const worker of FakeWorker.made) while (worker.asked.length > 0) worker.answer();
    read(pool, torrent, 6);
    finish(pool, other, 7);
    await Promise.resolve();
    assert.deepEqual(askedOf(FakeWorker.made), [[6], [7]], "the other torrent stays there");
  });
});

Deno.test("DiskPool has another thread help where all that is waited for is to be read", async () => {
  await withFakeWorkers(async (pool, clock, torrent) => {
    read(pool, torrent, 0);
    read(pool, torrent, 1);
    await Promise.resolve();
    FakeWorker.made[0]?.answer();
    clock.now += 10_000;
    finish(pool, torrent, 2);
    await Promise.resolve();
    assert.deepEqual(askedOf(FakeWorker.made), [[1], [2]]);
  });
});

Deno.test("DiskPool starts no thread to look at files while the one that is there writes", async () => {
  await withFakeWorkers(async (pool, _, torrent) => {
    finish(pool, torrent, 0);
    await Promise.resolve();
    void pool.run({ op: "inspect", torrent, files: [] });
    finish(pool, torrent, 1);
    await Promise.resolve();
    assert.deepEqual(FakeWorker.made.map(({ asked }) => asked.map(({ request }) => request.op)), [
      ["finish", "inspect", "finish"],
    ]);
  });
});

Deno.test("DiskPool sends the jobs of a turn together, and those that come later when a thread has little left", async () => {
  await withFakeWorkers(async (pool, _, torrent) => {
    for (let index = 0; index < 4; index++) finish(pool, torrent, index);
    await Promise.resolve();
    const worker = FakeWorker.made[0] as FakeWorker;
    assert.deepEqual(worker.messages, [4]);
    for (let index = 4; index < 9; index++) {
      finish(pool, torrent, index);
      await Promise.resolve();
    }
    assert.deepEqual(worker.messages, [4], "it has enough to do");
    worker.answer();
    await Promise.resolve();
    assert.deepEqual(worker.messages, [4], "still");
    worker.answer();
    await Promise.resolve();
    assert.deepEqual(worker.messages, [4, 5], "two are left: the others follow before it has nothing to do");
    assert.deepEqual(worker.asked.map(({ request }) => request.index), [2, 3, 4, 5, 6, 7, 8]);
  });
});

Deno.test("DiskPool spreads a check over all threads at once", async () => {
  await withFakeWorkers(async (pool, _, torrent) => {
    for (const from of [0, 1, 2, 3]) void pool.run({ op: "check", torrent, from, to: from + 1 });
    await Promise.resolve();
    assert.deepEqual(FakeWorker.made.map((worker) => worker.asked.length), [2, 2]);
  });
});
