import assert from "node:assert/strict";
import { FixedBufferPool } from "../../../peer/storage/buffer_pool.ts";

/** Moves the memory away, as a transfer to a Worker does. */
function transfer(buffer: Uint8Array): Uint8Array {
  const { byteOffset, length } = buffer;
  const moved = (buffer.buffer as ArrayBuffer).transfer();
  return new Uint8Array(moved, byteOffset, length);
}

function takeAll(pool: FixedBufferPool, length: number): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let buffer = pool.take(length); buffer; buffer = pool.take(length)) taken.push(buffer);
  return taken;
}

Deno.test("FixedBufferPool makes nothing before it is asked", () => {
  assert.equal(new FixedBufferPool().bytes, 0);
});

Deno.test("FixedBufferPool hands out buffers of exactly the length asked for, up to its bytes", () => {
  const pool = new FixedBufferPool({ maxBytes: 1000 });
  const taken = takeAll(pool, 100);
  assert.deepEqual(taken.map((buffer) => buffer.length), Array(10).fill(100));
  assert.equal(new Set(taken.map((buffer) => buffer.buffer)).size, 10);
  assert.equal(pool.bytes, 1000);
});

Deno.test("FixedBufferPool holds 32 MiB by default", () => {
  assert.equal(takeAll(new FixedBufferPool(), 1024 * 1024).length, 32);
});

Deno.test("FixedBufferPool has at least four buffers, however large", () => {
  assert.equal(takeAll(new FixedBufferPool({ maxBytes: 1000 }), 999).length, 4);
  assert.equal(takeAll(new FixedBufferPool({ maxBytes: 1000, minBuffers: 1 }), 2000).length, 1);
});

Deno.test("FixedBufferPool has at most maxBuffers buffers", () => {
  assert.equal(takeAll(new FixedBufferPool({ maxBuffers: 3 }), 1).length, 3);
});

Deno.test("FixedBufferPool hands a buffer that was given back out again, the last one first", () => {
  const pool = new FixedBufferPool({ maxBytes: 200, minBuffers: 2 });
  const [a, b] = takeAll(pool, 100) as [Uint8Array, Uint8Array];
  pool.give(a);
  pool.give(b);
  assert.equal(pool.take(100)?.buffer, b.buffer);
  assert.equal(pool.take(100)?.buffer, a.buffer);
  assert.equal(pool.bytes, 200);
});

Deno.test("FixedBufferPool takes back another view of the same memory, as a Worker returns it", () => {
  const pool = new FixedBufferPool({ maxBuffers: 1 });
  for (let round = 0; round < 5; round++) {
    const buffer = pool.take(100) as Uint8Array;
    assert.ok(buffer, `round ${round}`);
    pool.give(transfer(buffer));
  }
  assert.deepEqual([pool.bytes, pool.lent], [100, 0]);
});

Deno.test("FixedBufferPool takes back a buffer that was lost on the way, and has room for another", () => {
  const pool = new FixedBufferPool({ maxBuffers: 1 });
  const lost = pool.take(100) as Uint8Array;
  transfer(lost);
  pool.give(lost);
  assert.deepEqual([pool.bytes, pool.lent], [0, 0]);
  assert.ok(pool.take(100));
});

Deno.test("FixedBufferPool lends a piece's buffer for the shorter last piece", () => {
  const pool = new FixedBufferPool({ maxBuffers: 1, pieceLength: 100 });
  const short = pool.take(30) as Uint8Array;
  assert.deepEqual([short.length, short.buffer.byteLength], [30, 100]);
  pool.give(transfer(short));
  assert.equal(pool.take(100)?.length, 100);
});

Deno.test("FixedBufferPool drops free buffers that are too short for another torrent's pieces", () => {
  const pool = new FixedBufferPool({ maxBytes: 1000, minBuffers: 1 });
  for (const buffer of takeAll(pool, 100)) pool.give(buffer);
  assert.equal(pool.take(600)?.length, 600);
  assert.equal(pool.bytes, 1000);
  assert.equal(takeAll(pool, 100).length, 4);
  assert.equal(pool.take(600), undefined);
});

Deno.test("FixedBufferPool refuses a buffer twice", () => {
  const pool = new FixedBufferPool();
  const buffer = pool.take(10) as Uint8Array;
  pool.take(10);
  pool.give(buffer);
  assert.throws(() => pool.give(buffer), /it is in the pool already/);
});
