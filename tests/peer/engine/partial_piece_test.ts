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
