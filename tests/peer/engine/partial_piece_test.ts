import assert from "node:assert/strict";
import { PartialPiece } from "../../../peer/engine/partial_piece.ts";
import type { Peer } from "../../../peer/engine/peer.ts";
import { EngineHarness } from "../../support/engine_harness.ts";

const BLOCK = 16384;

function twoPeers(): [Peer, Peer] {
  const harness = new EngineHarness();
  return [harness.join("none").peer, harness.join("none").peer];
}

function started(length: number): PartialPiece {
  const partial = new PartialPiece();
  partial.start(3, new Uint8Array(length), 0);
  return partial;
}

Deno.test("PartialPiece hands out every block once, the short last one included", () => {
  const [peer] = twoPeers();
  const partial = started(2 * BLOCK + 5);
  assert.deepEqual([0, 1, 2, 3].map(() => partial.askNext(peer)), [0, 1, 2, -1]);
  assert.deepEqual([0, 1, 2].map((block) => partial.lengthOf(block)), [BLOCK, BLOCK, 5]);
  assert.equal(partial.free, 0);
  assert.equal(partial.asked, 3);
});

Deno.test("PartialPiece.put() copies a block into place, and only the first time", () => {
  const [peer] = twoPeers();
  const partial = started(2 * BLOCK);
  partial.askNext(peer);
  partial.askNext(peer);
  assert.equal(partial.put(1, new Uint8Array(BLOCK).fill(7), peer), true);
  assert.equal(partial.put(1, new Uint8Array(BLOCK).fill(9), peer), false);
  assert.equal(partial.buffer[BLOCK], 7);
  assert.equal(partial.buffer[BLOCK - 1], 0);
  assert.equal(partial.missing, 1);
});

Deno.test("PartialPiece.giveUp() frees a block when the last one asked gives up", () => {
  const [a, b] = twoPeers();
  const partial = started(2 * BLOCK);
  const block = partial.askNext(a);
  partial.askAgain(block, b);
  partial.giveUp(block, a);
  assert.equal(partial.free, 1);
  partial.giveUp(block, b);
  assert.equal(partial.free, 2);
  assert.equal(partial.askNext(b), block);
});

Deno.test("PartialPiece.giveUp() leaves a block that is here alone", () => {
  const [a] = twoPeers();
  const partial = started(BLOCK);
  partial.askNext(a);
  partial.put(0, new Uint8Array(BLOCK), a);
  partial.giveUp(0, a);
  assert.deepEqual([partial.free, partial.missing], [0, 0]);
});

Deno.test("PartialPiece starts anew without a trace of the piece before", () => {
  const [a] = twoPeers();
  const partial = started(4 * BLOCK);
  partial.askNext(a);
  partial.put(0, new Uint8Array(BLOCK), a);
  partial.soleSource = a;
  partial.end();
  partial.start(9, new Uint8Array(2 * BLOCK), 5);
  assert.deepEqual([partial.index, partial.free, partial.missing, partial.isBlank], [9, 2, 2, true]);
  assert.equal(partial.by(0), undefined);
  assert.equal(partial.soleSource, undefined);
  assert.equal(partial.askNext(a), 0);
});

Deno.test("PartialPiece.askLong() asks for the rest of a long block, if all of it is free", () => {
  const [a, b] = twoPeers();
  const partial = started(40 * BLOCK + 5);
  assert.equal(partial.askLong(partial.askNext(a), a), 32);
  assert.deepEqual([partial.free, partial.asked, partial.askers(31), partial.by(31)], [9, 32, 1, a]);
  assert.equal(partial.askNext(b), 32);
  assert.equal(partial.askLong(32, b), 9, "the short last block is one of it");
  assert.deepEqual([partial.free, partial.askNext(a)], [0, -1]);
  for (let block = 0; block < 32; block++) partial.giveUp(block, a);
  assert.equal(partial.free, 32);
  assert.deepEqual([partial.askNext(b), partial.askNext(a)], [0, 1]);
  assert.equal(partial.askLong(0, b), 1, "a part of it is asked of another one");
  assert.equal(partial.askLong(1, a), 1, "none begins there");
});

Deno.test("PartialPiece.land() is for blocks that only this peer is asked for, and nobody else brings them then", () => {
  const [a, b] = twoPeers();
  const partial = started(40 * BLOCK);
  assert.equal(partial.land(0, 32, a), false, "not asked for");
  partial.askLong(partial.askNext(a), a);
  assert.equal(partial.land(0, 32, b), false);
  partial.askAgain(7, b);
  assert.equal(partial.land(0, 32, a), false, "one of them is asked of two");
  partial.giveUp(7, b);
  partial.askAgain(7, a);
  partial.giveUp(7, a);
  assert.equal(partial.land(0, 33, a), false, "one too many");
  partial.giveUp(7, a);
  assert.equal(partial.free, 9);
  assert.equal(partial.askNext(a), 7);
  assert.equal(partial.land(0, 32, a), true);
  assert.deepEqual([partial.isLanding(31), partial.isAsked(31), partial.isLanding(32)], [true, false, false]);
  assert.equal(partial.put(3, new Uint8Array(BLOCK), b), false, "another one's late block");
  const landed = partial.buffer.subarray(3 * BLOCK, 4 * BLOCK).fill(9);
  assert.equal(partial.put(3, landed, a), true);
  assert.deepEqual([partial.isHere(3), partial.missing, partial.buffer[3 * BLOCK]], [true, 39, 9]);
  partial.giveUp(4, a);
  assert.deepEqual([partial.free, partial.askNext(b)], [9, 4]);
});

Deno.test("PartialPiece.longUpTo() finds a long block by its last, if only this peer is asked for all of it", () => {
  const [a, b] = twoPeers();
  const partial = started(40 * BLOCK + 1);
  while (partial.askNext(a) >= 0);
  assert.equal(partial.longUpTo(31, a), 32);
  assert.equal(partial.longUpTo(40, a), 9, "the short last block is one of it");
  assert.equal(partial.longUpTo(30, a), 1, "none ends there");
  assert.equal(partial.longUpTo(31, b), 1);
  partial.put(7, new Uint8Array(BLOCK), a);
  assert.equal(partial.longUpTo(31, a), 1, "one of them is here");
  partial.askAgain(33, b);
  assert.equal(partial.longUpTo(40, a), 1, "one of them is asked of two");
});
