import assert from "node:assert/strict";
import { Landings } from "../../../peer/engine/landings.ts";
import { PartialPiece } from "../../../peer/engine/partial_piece.ts";
import type { Landing } from "../../../protocol/message_decoder.ts";
import { EngineHarness } from "../../support/engine_harness.ts";
import { CountingPool } from "../../support/memory_swarm.ts";

const BLOCK = 16384;

/** A piece of four blocks and a short one, all asked of one peer. */
function stage() {
  const pool = new CountingPool(2);
  const landings = new Landings(pool);
  const { peer } = new EngineHarness().join("none");
  const partial = new PartialPiece();
  partial.start(3, landings.take(4 * BLOCK + 5) as Uint8Array, 0);
  while (partial.askNext(peer) >= 0);
  let now = 0;
  const begin = (begin: number, length: number) =>
    landings.begin(partial, peer, { begin, length }, () => now);
  return { pool, landings, peer, partial, begin, setNow: (ms: number) => now = ms };
}

Deno.test("Landings gives a buffer back at once into which nothing is written", () => {
  const { pool, landings, partial, begin } = stage();
  begin(BLOCK, BLOCK)?.end();
  landings.give(partial.end());
  assert.equal(pool.lent, 0);
});

Deno.test("Landings gives a buffer back when the last block that is on its way to it has come, or won't", () => {
  const { pool, landings, partial, begin } = stage();
  const [first, second] = [begin(0, 2 * BLOCK), begin(2 * BLOCK, 2 * BLOCK + 5)] as [Landing, Landing];
  second.bytes.fill(7);
  assert.deepEqual([partial.buffer[2 * BLOCK - 1], partial.buffer[2 * BLOCK]], [0, 7]);
  assert.deepEqual([first.bytes.length, second.bytes.length], [2 * BLOCK, 2 * BLOCK + 5]);
  landings.give(partial.end());
  first.end();
  assert.equal(pool.lent, 1, "it could be another piece's by now");
  second.end();
  assert.equal(pool.lent, 0);
});

Deno.test("Landings ends without a word while the piece is still wanted", () => {
  const { pool, landings, partial, begin } = stage();
  begin(0, BLOCK)?.end();
  assert.equal(pool.lent, 1);
  landings.give(partial.end());
  assert.equal(pool.lent, 0);
});

Deno.test("Landings.leave() lets a piece go on in another buffer with what is here, and asks again for what lands", () => {
  const { pool, landings, peer, partial, begin } = stage();
  const { buffer } = partial;
  partial.put(4, Uint8Array.of(1, 2, 3, 4, 5), peer);
  const landing = begin(0, BLOCK) as Landing;
  landings.leave(partial);
  assert.notEqual(partial.buffer.buffer, buffer.buffer);
  assert.deepEqual([...partial.buffer.subarray(4 * BLOCK)], [1, 2, 3, 4, 5]);
  assert.deepEqual([partial.isAsked(0), partial.missing, partial.free], [true, 4, 0]);
  landing.bytes.fill(7);
  assert.equal(partial.buffer[0], 0, "it is written to the other buffer");
  landings.leave(partial);
  assert.equal(pool.lent, 2, "there are no more");
  landing.end();
  assert.equal(pool.lent, 1);
  assert.equal(partial.put(0, landing.bytes, peer), true);
  assert.equal(partial.buffer[0], 7);
});

Deno.test("Landings has no place for anything but whole blocks of the piece", () => {
  const { begin } = stage();
  for (
    const [at, length] of [
      [1, BLOCK],
      [0, BLOCK - 1],
      [0, 0],
      [0, 4 * BLOCK + 6],
      [4 * BLOCK, 4],
      [5 * BLOCK, BLOCK],
      [0, 0xffffffff],
      [0xffffc000, BLOCK],
    ] as const
  ) {
    assert.equal(begin(at, length), undefined, `${length} bytes at ${at}`);
  }
});

Deno.test("Landings says of which piece a block comes, and when it began or another 16 KiB of it came", () => {
  const { peer, begin, setNow } = stage();
  setNow(100);
  const landing = begin(0, 4 * BLOCK) as Landing;
  assert.deepEqual(peer.landing, { index: 3, begin: 0, length: 4 * BLOCK, beganAt: 100, at: 100 });
  const steps = [[BLOCK - 1, 100], [BLOCK, 202], [2 * BLOCK - 1, 202], [3 * BLOCK + 9, 204], [
    4 * BLOCK - 1,
    204,
  ]];
  for (const [i, [landed, at]] of steps.entries()) {
    setNow(201 + i);
    landing.onRead?.(landed as number);
    assert.equal(peer.landing?.at, at);
  }
});
