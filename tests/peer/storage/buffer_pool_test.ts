import assert from "node:assert/strict";
import { FixedBufferPool } from "../../../peer/storage/buffer_pool.ts";
import { SharedMemory } from "../../../peer/storage/shared_memory.ts";

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

Deno.test("FixedBufferPool lends the same memory again and again", () => {
  const pool = new FixedBufferPool({ maxBuffers: 1 });
  const memory = new Set<ArrayBufferLike>();
  for (let round = 0; round < 5; round++) {
    const buffer = pool.take(100) as Uint8Array;
    memory.add(buffer.buffer);
    pool.give(buffer);
  }
  assert.deepEqual([memory.size, pool.bytes, pool.lent], [1, 100, 0]);
});

Deno.test("FixedBufferPool lends memory that disk threads can see", () => {
  assert.ok(new FixedBufferPool().take(100)?.buffer instanceof SharedArrayBuffer);
});

Deno.test("FixedBufferPool lends a piece's buffer for the shorter last piece", () => {
  const pool = new FixedBufferPool({ maxBuffers: 1, pieceLength: 100 });
  const short = pool.take(30) as Uint8Array;
  assert.deepEqual([short.length, short.buffer.byteLength], [30, 100]);
  pool.give(short);
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
  assert.throws(() => pool.give(buffer), /it isn't lent/);
  assert.throws(() => pool.give(new Uint8Array(10)), /it isn't lent/, "nor one that it never lent");
});

Deno.test("FixedBufferPool.trim() frees what nobody has, and takes it anew when it is wanted", () => {
  const pool = new FixedBufferPool({ maxBytes: 300 });
  const [a, b] = takeAll(pool, 100) as [Uint8Array, Uint8Array];
  pool.give(a);
  const before = pool.bytes;
  pool.trim();
  assert.equal(pool.bytes, before - 100);
  assert.equal(pool.take(100)?.length, 100);
  pool.give(b);
  assert.equal(pool.bytes, before);
});

Deno.test("FixedBufferPool leaves what it frees to the next one, and what is lent when that is given back", () => {
  const memory = new SharedMemory();
  const [first, next] = [new FixedBufferPool({ memory }), new FixedBufferPool({ memory })];
  const [a, b, c] = [1, 2, 3].map(() => first.take(100) as Uint8Array) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  first.give(a);
  first.trim();
  assert.equal(next.take(100)?.buffer, a.buffer);
  first.give(b);
  first.close();
  assert.equal(next.take(100)?.buffer, b.buffer);
  assert.equal(first.bytes, 100);
  first.give(c);
  assert.equal(next.take(100)?.buffer, c.buffer);
  assert.deepEqual([first.bytes, first.lent, next.bytes], [0, 0, 300]);
});
