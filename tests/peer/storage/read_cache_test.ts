import assert from "node:assert/strict";
import type { LentMessages } from "../../../peer/engine/ports.ts";
import { ReadCache, type ReadCacheOptions, type SpanSource } from "../../../peer/storage/read_cache.ts";
import { SharedMemory } from "../../../peer/storage/shared_memory.ts";
import { spanLength } from "../../../peer/storage/span_messages.ts";
import { PieceLayout } from "../../../protocol/piece_layout.ts";
import { pieceMessages } from "../../support/piece_messages.ts";
import { pseudoRandomBytes, SeededRandom } from "../../support/random.ts";

const SPAN = 1000;

/** A disk whose reads end when the test says so. */
class FakeDisk implements SpanSource {
  readonly reads: { index: number; begin: number; length: number; end(): void; fail(): void }[] = [];
  /** Every read so far as [index, begin, length]. */
  readonly log: [number, number, number][] = [];
  readonly content: Uint8Array;
  readonly layout: PieceLayout;

  constructor(pieceLength: number, totalLength: number) {
    this.layout = new PieceLayout(pieceLength, totalLength);
    this.content = pseudoRandomBytes(totalLength, 3);
  }

  readMessages(index: number, begin: number, messages: Uint8Array, blockLength: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const length = spanLength(messages.length, blockLength);
    this.log.push([index, begin, length]);
    this.reads.push({
      index,
      begin,
      length,
      end: () => {
        messages.set(pieceMessages(index, begin, this.block(index, begin, length), blockLength));
        resolve();
      },
      fail: () => reject(new Error("the disk failed")),
    });
    return promise;
  }

  block(index: number, begin: number, length: number): Uint8Array {
    const offset = this.layout.pieceOffset(index) + begin;
    return this.content.subarray(offset, offset + length);
  }

  /** Ends the oldest read and lets the cache hear of it. */
  async endOne(): Promise<void> {
    this.reads.shift()?.end();
    await turns();
  }
}

/** Lets what is ready to run run. */
async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function open(disk: FakeDisk, options: Partial<ReadCacheOptions> = {}): ReadCache {
  const onError = (error: Error) => assert.fail(error);
  return new ReadCache(disk, disk.layout, { maxSpanLength: SPAN, maxBytes: 4 * SPAN, onError, ...options });
}

const never = () => assert.fail("must not be called");

Deno.test("ReadCache tells which piece was read, before those who waited for it are called", async () => {
  const disk = new FakeDisk(4000, 8000);
  const told: (number | string)[] = [];
  const cache = open(disk, { onRead: (index) => told.push(index) });
  cache.ready(1, 2100, 50, () => told.push("ready"));
  await turns();
  assert.deepEqual(told, []);
  await disk.endOne();
  assert.deepEqual(told, [1, "ready"]);
  cache.ready(1, 2200, 50, never);
  assert.deepEqual(told, [1, "ready"]);
});

Deno.test("ReadCache reads a span once and serves its blocks from memory", async () => {
  const disk = new FakeDisk(4000, 8000);
  const cache = open(disk);
  let called = 0;
  assert.equal(cache.ready(1, 2100, 50, () => called++), false);
  await turns();
  assert.deepEqual(disk.log, [[1, 2000, 1000]]);
  assert.equal(called, 0);
  await disk.endOne();
  assert.equal(called, 1);
  for (const begin of [2000, 2100, 2950]) {
    assert.equal(cache.ready(1, begin, 50, never), true);
    const block = new Uint8Array(50);
    cache.copy(1, begin, block);
    assert.deepEqual(block, disk.block(1, begin, 50));
  }
  assert.equal(disk.log.length, 1);
});

Deno.test("ReadCache reads a span once for all who wait, and calls each once", async () => {
  const disk = new FakeDisk(1000, 8000);
  const cache = open(disk);
  const called: string[] = [];
  const a = () => called.push("a");
  const b = () => called.push("b");
  for (const onReady of [a, b, a]) assert.equal(cache.ready(3, 0, 10, onReady), false);
  await turns();
  assert.equal(cache.ready(3, 500, 10, a), false);
  await disk.endOne();
  assert.deepEqual(called, ["a", "b"]);
  assert.equal(disk.log.length, 1);
});

Deno.test("ReadCache.prepare() reads ahead once, for nobody, and its span is there when it is wanted", async () => {
  const disk = new FakeDisk(4000, 8000);
  const cache = open(disk, { maxBytes: 8 * SPAN });
  cache.prepare(1, 2100, 50);
  cache.prepare(1, 2200, 50);
  await turns();
  assert.deepEqual(disk.log, [[1, 2000, 1000]]);
  await disk.endOne();
  assert.equal(cache.ready(1, 2100, 50, never), true);
  const into = new Uint8Array(50);
  cache.copy(1, 2100, into);
  assert.deepEqual(into, disk.block(1, 2100, 50));
});

Deno.test("ReadCache.prepare() takes a quarter of the buffers at most, until what was read is wanted or gone", async () => {
  const disk = new FakeDisk(1000, 40_000);
  const cache = open(disk, { maxBytes: 8 * SPAN });
  for (let index = 0; index < 8; index++) cache.prepare(index, 0, 10);
  await turns();
  assert.deepEqual(disk.log.map(([index]) => index), [0, 1]);
  await disk.endOne();
  await disk.endOne();
  assert.equal(cache.ready(0, 0, 10, never), true);
  cache.prepare(2, 0, 10);
  cache.prepare(3, 0, 10);
  await turns();
  assert.deepEqual(disk.log.map(([index]) => index), [0, 1, 2]);
  disk.reads.shift();
  cache.trim(); // 1, which nobody has wanted, goes
  cache.prepare(4, 0, 10);
  await turns();
  assert.deepEqual(disk.log.map(([index]) => index), [0, 1, 2, 4]);
});

Deno.test("ReadCache keeps spans inside pieces, and the last span as short as its piece", async () => {
  const disk = new FakeDisk(2500, 6200);
  const cache = open(disk);
  for (const [index, begin] of [[0, 2400], [1, 0], [2, 1100]] as const) {
    cache.ready(index, begin, 50, () => {});
  }
  await turns();
  assert.deepEqual(disk.log, [[0, 2000, 500], [1, 0, 1000], [2, 1000, 200]]);
});

Deno.test("ReadCache serves a block across the border of two spans", async () => {
  const disk = new FakeDisk(2500, 5000);
  const cache = open(disk);
  assert.equal(cache.ready(1, 900, 200, () => {}), false);
  await turns();
  assert.deepEqual(disk.log, [[1, 500, 1000]]);
  await disk.endOne();
  assert.equal(cache.ready(1, 900, 200, never), true);
  const block = new Uint8Array(200);
  cache.copy(1, 900, block);
  assert.deepEqual(block, disk.block(1, 900, 200));
  // The last border: the span in between ends with the piece.
  assert.equal(cache.ready(1, 1990, 500, () => {}), false);
  await turns();
  assert.deepEqual(disk.log[1], [1, 1500, 1000]);
});

Deno.test("ReadCache lets the span give way that was used least recently", async () => {
  const disk = new FakeDisk(1000, 10_000);
  const cache = open(disk);
  const load = async (index: number) => {
    assert.equal(cache.ready(index, 0, 10, () => {}), false, `piece ${index} is held`);
    await turns();
    await disk.endOne();
  };
  for (const index of [0, 1, 2, 3]) await load(index);
  assert.ok(cache.ready(0, 0, 10, never));
  await load(4);
  for (const index of [0, 2, 3, 4]) assert.ok(cache.ready(index, 0, 10, never), `piece ${index} is gone`);
  await load(1);
});

Deno.test("ReadCache keeps every span that was ready for the rest of the turn", async () => {
  const disk = new FakeDisk(1000, 10_000);
  const cache = open(disk);
  for (const index of [0, 1, 2, 3]) {
    cache.ready(index, 0, 10, () => {});
    await turns();
    await disk.endOne();
  }
  assert.ok(cache.ready(0, 0, 10, never));
  for (const index of [4, 5, 6, 7]) cache.ready(index, 0, 10, () => {});
  const block = new Uint8Array(10);
  cache.copy(0, 0, block);
  assert.deepEqual(block, disk.block(0, 0, 10));
});

Deno.test("ReadCache has no more buffers than its bytes allow, and serves everybody in turn", async () => {
  const disk = new FakeDisk(1000, 50_000);
  const cache = open(disk);
  const served: number[] = [];
  for (let index = 0; index < 20; index++) {
    const serve = () => {
      if (!cache.ready(index, 0, 10, serve)) return;
      const block = new Uint8Array(10);
      cache.copy(index, 0, block);
      assert.deepEqual(block, disk.block(index, 0, 10));
      served.push(index);
    };
    serve();
  }
  await turns();
  while (disk.reads.length > 0) {
    assert.ok(disk.reads.length <= 4, `${disk.reads.length} reads at once`);
    await disk.endOne();
  }
  assert.deepEqual(served, Array.from({ length: 20 }, (_, i) => i));
  assert.equal(disk.log.length, 20);
});

Deno.test("ReadCache serves more waiters than its queue holds", async () => {
  const disk = new FakeDisk(1000, 1_000_000);
  const cache = open(disk);
  const served = new Set<number>();
  for (let index = 0; index < 1000; index++) {
    const serve = () => void (cache.ready(index, 0, 10, serve) && served.add(index));
    serve();
  }
  await turns();
  while (disk.reads.length > 0) await disk.endOne();
  assert.equal(served.size, 1000);
});

Deno.test("ReadCache says that a read failed, forgets who waited, and tries again when asked", async () => {
  const disk = new FakeDisk(1000, 10_000);
  const errors: Error[] = [];
  const cache = open(disk, { onError: (error) => errors.push(error) });
  cache.ready(0, 0, 10, never);
  await turns();
  disk.reads.shift()?.fail();
  await turns();
  assert.deepEqual(errors.map((error) => error.message), ["the disk failed"]);
  let called = 0;
  assert.equal(cache.ready(0, 0, 10, () => called++), false);
  await turns();
  await disk.endOne();
  assert.equal(called, 1);
  // The lost buffer has been replaced: four spans are held again.
  for (const index of [1, 2, 3]) {
    cache.ready(index, 0, 10, () => {});
    await turns();
    await disk.endOne();
  }
  for (const index of [0, 1, 2, 3]) assert.ok(cache.ready(index, 0, 10, never));
});

Deno.test("ReadCache.close() forgets everyone; a read under way ends unheard", async () => {
  const disk = new FakeDisk(1000, 10_000);
  const cache = open(disk);
  cache.ready(0, 0, 10, never);
  cache.ready(1, 0, 10, never);
  await turns();
  cache.close();
  cache.close();
  disk.reads.shift()?.end();
  disk.reads.shift()?.fail();
  await turns();
  assert.equal(cache.ready(0, 0, 10, never), false);
  await turns();
  assert.equal(disk.log.length, 2);
});

Deno.test("ReadCache refuses blocks longer than half a span where they need one in between", () => {
  const disk = new FakeDisk(4000, 4000);
  const cache = open(disk);
  assert.throws(() => cache.ready(0, 700, 501, never), RangeError);
});

Deno.test("ReadCache.copy() refuses what ready() has not promised", () => {
  const cache = open(new FakeDisk(1000, 1000));
  assert.throws(() => cache.copy(0, 0, new Uint8Array(1)), /ready\(\) has not said/);
});

Deno.test("ReadCache gives every block as it is on disk, in any order of requests and reads (seed 11)", async () => {
  const random = new SeededRandom(11);
  const disk = new FakeDisk(3301, 40_000);
  const cache = open(disk, { maxBytes: 2 * SPAN });
  let served = 0;
  let asked = 0;
  while (asked < 2000) {
    if (disk.reads.length > 0 && random.below(2) === 0) {
      disk.reads.splice(random.below(disk.reads.length), 1)[0]?.end();
      await turns();
      continue;
    }
    const index = random.below(disk.layout.pieceCount);
    const begin = random.below(disk.layout.pieceLengthAt(index));
    const length = 1 + random.below(Math.min(500, disk.layout.pieceLengthAt(index) - begin));
    asked++;
    const serve = () => {
      if (!cache.ready(index, begin, length, serve)) return;
      const block = new Uint8Array(length);
      cache.copy(index, begin, block);
      assert.deepEqual(block, disk.block(index, begin, length));
      served++;
    };
    serve();
    await turns();
  }
  while (disk.reads.length > 0) await disk.endOne();
  assert.equal(served, asked);
});

Deno.test("ReadCache.trim() forgets what it holds, keeps what is being read, and reads again with all of its buffers", async () => {
  const disk = new FakeDisk(1000, 8000);
  const cache = open(disk);
  for (const index of [0, 1]) cache.ready(index, 0, 50, () => {});
  await turns();
  await disk.endOne();
  cache.trim();
  assert.equal(cache.ready(0, 0, 50, () => {}), false);
  await turns();
  await disk.endOne();
  assert.equal(cache.ready(1, 0, 50, never), true);
  for (const index of [2, 3]) cache.ready(index, 0, 50, () => {});
  await turns();
  assert.deepEqual(disk.log.map(([index]) => index), [0, 1, 0, 2, 3], "four buffers, as before");
});

const BLOCK = 16384;

/** A cache of spans of `blocks` blocks with one span held: that of piece 0. */
async function withOneSpan(blocks: number, options: Partial<ReadCacheOptions> = {}) {
  const length = blocks * BLOCK;
  const disk = new FakeDisk(length, 20 * length - 100);
  const cache = open(disk, { maxSpanLength: length, maxBytes: 4 * length, ...options });
  const hold = async (index: number) => {
    cache.ready(index, 0, BLOCK, () => {});
    await turns();
    await disk.endOne();
  };
  await hold(0);
  return { disk, cache, hold };
}

/** The bytes of a message that was lent. */
function bytesOf(message: LentMessages | undefined): Uint8Array {
  assert.ok(message, "it was not lent");
  return message.lease.messages.slice(message.from, message.to);
}

Deno.test("ReadCache.lend() lends just the piece message of a block", async () => {
  const { disk, cache, hold } = await withOneSpan(4);
  for (const begin of [0, BLOCK, 3 * BLOCK]) {
    assert.deepEqual(
      bytesOf(cache.lend(0, begin, BLOCK, 1)),
      pieceMessages(0, begin, disk.block(0, begin, BLOCK)),
    );
  }
  await hold(19);
  const rest = BLOCK - 100;
  assert.deepEqual(
    bytesOf(cache.lend(19, 3 * BLOCK, rest, 1)),
    pieceMessages(19, 3 * BLOCK, disk.block(19, 3 * BLOCK, rest)),
  );
});

Deno.test("ReadCache.lend() lends nothing but the blocks that a span is cut into, and nothing that isn't held", async () => {
  const { disk, cache } = await withOneSpan(4);
  for (const [begin, length] of [[1, BLOCK], [0, BLOCK - 1], [0, BLOCK + 1], [0, 2 * BLOCK], [BLOCK, 5]]) {
    assert.equal(
      cache.lend(0, begin as number, length as number, 1),
      undefined,
      `${length} bytes at ${begin}`,
    );
    const block = new Uint8Array(length as number);
    cache.copy(0, begin as number, block);
    assert.deepEqual(block, disk.block(0, begin as number, length as number));
  }
  assert.equal(cache.lend(1, 0, BLOCK, 1), undefined);
});

Deno.test("ReadCache.lend() lends the blocks behind it as well, as far as the span goes and as many as are wanted", async () => {
  const { disk, cache, hold } = await withOneSpan(4);
  const messages = (index: number, begin: number, length: number) =>
    pieceMessages(index, begin, disk.block(index, begin, length));
  const [two, rest] = [cache.lend(0, BLOCK, BLOCK, 2), cache.lend(0, BLOCK, BLOCK, 9)];
  assert.deepEqual([two?.count, rest?.count], [2, 3]);
  assert.deepEqual(bytesOf(two), messages(0, BLOCK, 2 * BLOCK));
  assert.deepEqual(bytesOf(rest), messages(0, BLOCK, 3 * BLOCK));
  await hold(19); // the last piece, whose last block is a short one
  const whole = cache.lend(19, 0, BLOCK, 4);
  assert.deepEqual([whole?.count, bytesOf(whole)], [3, messages(19, 0, 3 * BLOCK)]);
  assert.equal(cache.lend(19, 3 * BLOCK, BLOCK - 100, 4)?.count, 1);
});

Deno.test("ReadCache changes nothing that is lent until every lease has ended", async () => {
  const { disk, cache, hold } = await withOneSpan(1);
  const lent = [cache.lend(0, 0, BLOCK, 1), cache.lend(0, 0, BLOCK, 1)];
  const expected = pieceMessages(0, 0, disk.block(0, 0, BLOCK));
  for (let index = 1; index < 12; index++) await hold(index);
  lent[0]?.lease.end();
  for (let index = 1; index < 12; index++) await hold(index);
  for (const message of lent) assert.deepEqual(bytesOf(message), expected);
  assert.ok(cache.ready(0, 0, BLOCK, never), "it is still held");
  lent[1]?.lease.end();
  for (let index = 1; index < 12; index++) await hold(index);
  assert.equal(cache.ready(0, 0, BLOCK, () => {}), false, "it has given way");
});

Deno.test("ReadCache lends half of its spans at most: peers that don't read leave the rest to the others", async () => {
  const { disk, cache, hold } = await withOneSpan(1);
  for (const index of [1, 2, 3]) await hold(index);
  const lent = [0, 1].map((index) => cache.lend(index, 0, BLOCK, 1));
  assert.ok(lent[0] && lent[1]);
  assert.equal(cache.lend(2, 0, BLOCK, 1), undefined);
  assert.ok(cache.lend(1, 0, BLOCK, 1), "more of a span that is lent");
  for (let index = 4; index < 12; index++) {
    await hold(index);
    const block = new Uint8Array(BLOCK);
    cache.copy(index, 0, block);
    assert.deepEqual(block, disk.block(index, 0, BLOCK));
  }
  lent[0].lease.end();
  assert.ok(cache.lend(11, 0, BLOCK, 1));
});

Deno.test("ReadCache with room for two spans lends one and reads into the other", async () => {
  const { cache, hold } = await withOneSpan(1, { maxBytes: 0 });
  const message = cache.lend(0, 0, BLOCK, 1);
  for (const index of [1, 2]) {
    await hold(index);
    assert.ok(cache.ready(index, 0, BLOCK, never));
    assert.equal(cache.lend(index, 0, BLOCK, 1), undefined);
  }
  message?.lease.end();
  assert.ok(cache.lend(2, 0, BLOCK, 1));
});

Deno.test("ReadCache reads what waits for a buffer as soon as a lease ends", async () => {
  const { disk, cache } = await withOneSpan(1, { maxBytes: 0 });
  const message = cache.lend(0, 0, BLOCK, 1);
  const served: number[] = [];
  for (const index of [1, 2]) cache.ready(index, 0, BLOCK, () => served.push(index));
  await turns();
  assert.equal(disk.reads.length, 1, "the other buffer");
  message?.lease.end();
  await turns();
  assert.equal(disk.reads.length, 2);
  await disk.endOne();
  await disk.endOne();
  assert.deepEqual(served, [1, 2]);
});

Deno.test("ReadCache.trim() and close() leave alone what is lent", async () => {
  const { disk, cache } = await withOneSpan(2);
  const message = cache.lend(0, BLOCK, BLOCK, 1);
  const expected = pieceMessages(0, BLOCK, disk.block(0, BLOCK, BLOCK));
  cache.trim();
  assert.ok(cache.ready(0, 0, BLOCK, never));
  cache.close();
  assert.deepEqual(bytesOf(message), expected);
  message?.lease.end();
});

Deno.test("ReadCache leaves its memory to the next one: what is read when it has been read, what is lent when it has left", async () => {
  const given: SharedArrayBuffer[] = [];
  class Watched extends SharedMemory {
    override give(memory: SharedArrayBuffer): void {
      given.push(memory);
      super.give(memory);
    }
  }
  const { disk, cache, hold } = await withOneSpan(1, { memory: new Watched() });
  await hold(1);
  await hold(2);
  const lent = [cache.lend(1, 0, BLOCK, 1), cache.lend(1, 0, BLOCK, 1)];
  cache.ready(3, 0, BLOCK, never);
  await turns();
  cache.close();
  assert.equal(given.length, 2, "those that were only held");
  await disk.endOne();
  assert.equal(given.length, 3, "the one that was read");
  lent[0]?.lease.end();
  assert.equal(given.length, 3);
  lent[1]?.lease.end();
  assert.equal(given.at(-1), lent[1]?.lease.messages.buffer, "the one that was lent");
  assert.equal(new Set(given).size, 4);
});

Deno.test("ReadCache cuts a span as who first wants it does, and copies to others, without a second read", async () => {
  const long = 32 * BLOCK;
  const disk = new FakeDisk(64 * BLOCK, 3 * 64 * BLOCK);
  const cache = open(disk, { maxSpanLength: 64 * BLOCK, maxBytes: 4 * 64 * BLOCK });
  for (const [index, length] of [[0, long], [1, BLOCK]] as const) cache.ready(index, 0, length, () => {});
  await turns();
  while (disk.reads.length > 0) await disk.endOne();
  const lent = cache.lend(0, long, long, 9);
  assert.equal(lent?.count, 1);
  assert.deepEqual(bytesOf(lent), pieceMessages(0, long, disk.block(0, long, long), long));
  for (const [index, begin, length] of [[0, 5 * BLOCK, BLOCK], [1, 0, long], [0, long - 7, 100]] as const) {
    assert.ok(cache.ready(index, begin, length, never), "it is held");
    assert.equal(cache.lend(index, begin, length, 1), undefined);
    const into = new Uint8Array(length);
    cache.copy(index, begin, into);
    assert.deepEqual(into, disk.block(index, begin, length));
  }
  assert.equal(disk.log.length, 2);
  cache.ready(2, 0, BLOCK + 1, () => {});
  await turns();
  await disk.endOne();
  assert.equal(cache.lend(2, 0, BLOCK, 99)?.count, 64, "who asks for anything else cuts nothing");
});

Deno.test("ReadCache.forget() reads a piece anew, whatever was held, read or lent of it, and loses no buffer", async () => {
  const disk = new FakeDisk(1000, 8000);
  const cache = open(disk, { maxBytes: 2 * SPAN });
  let called = 0;
  const turn = async (fails = false) => {
    assert.equal(cache.ready(1, 0, 1000, () => called++), false);
    await turns();
    if (!fails) return await disk.endOne();
    cache.forget(1);
    disk.reads.shift()?.fail(); // nobody hears of it
    await turns();
  };
  await turn();
  cache.forget(1); // held
  await turn();
  const lent = cache.lend(1, 0, 1000, 1);
  cache.forget(1);
  await turn();
  lent?.lease.end();
  cache.forget(1);
  await turn(true);
  cache.ready(1, 0, 1000, () => called++);
  await turns();
  cache.forget(1); // being read
  await disk.endOne();
  assert.equal(cache.ready(1, 0, 1000, () => called++), false);
  cache.ready(2, 0, 1000, () => called++);
  await turns();
  assert.deepEqual(disk.reads.map(({ index }) => index), [1, 2], "there are two buffers still");
});

Deno.test("ReadCache tells of no piece that it has forgotten meanwhile: nobody should be advised to ask for it", async () => {
  const disk = new FakeDisk(1000, 8000);
  const told: number[] = [];
  const cache = open(disk, { onRead: (index) => told.push(index) });
  for (const index of [1, 2]) cache.ready(index, 0, 1000, () => {});
  await turns();
  cache.forget(1);
  await disk.endOne();
  await disk.endOne();
  assert.deepEqual(told, [2]);
});
