import assert from "node:assert/strict";
import { PartialPiece } from "../../../peer/engine/partial_piece.ts";
import { Requests } from "../../../peer/engine/requests.ts";
import { EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;
const LONG = 32 * BLOCK;

/** It serves long blocks, and has sent 600 blocks a second for half of one. */
function makeFast({ peer: { pipeline } }: Remote): void {
  pipeline.takesLong = true;
  for (let i = 0; i < 300; i++) pipeline.ask(9, i, 1, 0);
  for (let i = 0; i < 300; i++) pipeline.arrive(9, i, 500);
  pipeline.measure(500);
}

/** Three peers that have everything and are asked for nothing, and a piece of four blocks. */
function stage(): { remotes: [Remote, Remote, Remote]; requests: Requests; partial: PartialPiece } {
  const harness = new EngineHarness();
  const join = () => harness.join("all", { unchokes: false });
  const remotes: [Remote, Remote, Remote] = [join(), join(), join()];
  for (const { wire } of remotes) wire.take();
  const partial = new PartialPiece();
  partial.start(5, new Uint8Array(3 * BLOCK + 100), 0);
  return { remotes, requests: new Requests(new Set(remotes.map(({ peer }) => peer))), partial };
}

Deno.test("Requests.askFree() asks for free blocks in their order, as many as there is room for", () => {
  const { remotes: [one, two], requests, partial } = stage();
  one.peer.pipeline.limit(2);
  requests.askFree(one.peer, partial, 1000);
  requests.askFree(two.peer, partial, 2000);
  assert.deepEqual(one.wire.take(), [["request", 5, 0, BLOCK], ["request", 5, BLOCK, BLOCK]]);
  assert.deepEqual(two.wire.take(), [["request", 5, 2 * BLOCK, BLOCK], ["request", 5, 3 * BLOCK, 100]]);
  assert.equal(partial.free, 0);
  assert.equal(partial.touchedAt, 2000);
  assert.equal(one.peer.sentAt, 1000);
});

Deno.test("Requests.takeOver() asks another one and cancels the first, who is to be served then", () => {
  const { remotes: [one, two], requests, partial } = stage();
  one.peer.pipeline.limit(1);
  requests.askFree(one.peer, partial, 0);
  one.wire.take();
  requests.takeOver(two.peer, partial, 0, 0);
  assert.deepEqual(two.wire.take(), [["request", 5, 0, BLOCK]]);
  assert.deepEqual(one.wire.take(), [["cancel", 5, 0, BLOCK]]);
  assert.equal(partial.askers(0), 1);
  assert.deepEqual(requests.takeTouched(), [one.peer]);
  assert.deepEqual(requests.takeTouched(), []);
});

Deno.test("Requests.takeOver() takes a long block over in one request, and takes it back in one cancel", () => {
  const { remotes: [one, two], requests } = stage();
  const partial = new PartialPiece();
  partial.start(5, new Uint8Array(64 * BLOCK), 0);
  makeFast(one);
  requests.askFree(one.peer, partial, 0);
  one.wire.take();
  requests.takeOver(two.peer, partial, 32, 0, 32);
  assert.deepEqual(two.wire.take(), [["request", 5, LONG, LONG]]);
  assert.deepEqual(one.wire.take(), [["cancel", 5, LONG, LONG]]);
  assert.deepEqual([one, two].map(({ peer }) => peer.pipeline.asked.length), [32, 32]);
  assert.equal(partial.land(32, 32, two.peer), true, "it is asked for alone");
});

Deno.test("Requests.cancel() cancels with so many as are asked, the likely one first, and nobody else", () => {
  const { remotes: [one, two, three], requests, partial } = stage();
  one.peer.pipeline.limit(1);
  requests.askFree(one.peer, partial, 0);
  requests.askToo(two.peer, partial, 0, 0);
  for (const { wire } of [one, two]) wire.take();
  requests.cancel(partial, 0, 2, two.peer);
  for (const { wire } of [one, two]) assert.deepEqual(wire.take(), [["cancel", 5, 0, BLOCK]]);
  assert.deepEqual(three.wire.take(), []);
  assert.deepEqual(requests.takeTouched(), [two.peer, one.peer]);
});

Deno.test("Requests.askFree() asks a fast peer for a long block in one request, where all of it is free", () => {
  const { remotes: [one, two], requests } = stage();
  const partial = new PartialPiece();
  partial.start(5, new Uint8Array(65 * BLOCK), 0);
  assert.deepEqual([0, 1].map(() => partial.askNext(two.peer)), [0, 1]);
  makeFast(one);
  requests.askFree(one.peer, partial, 0);
  const singles = Array.from({ length: 30 }, (_, i) => ["request", 5, (i + 2) * BLOCK, BLOCK]);
  assert.deepEqual(one.wire.take(), [...singles, ["request", 5, LONG, LONG], [
    "request",
    5,
    2 * LONG,
    BLOCK,
  ]]);
  assert.equal(one.peer.pipeline.asked.length, 63);
});

Deno.test("Requests take a long block back with the last of its blocks", () => {
  const { remotes: [one], requests } = stage();
  const partial = new PartialPiece();
  partial.start(5, new Uint8Array(64 * BLOCK), 0);
  makeFast(one);
  requests.askFree(one.peer, partial, 0);
  assert.deepEqual(one.wire.take(), [["request", 5, 0, LONG], ["request", 5, LONG, LONG]]);
  for (let block = 63; block > 32; block--) requests.cancel(partial, block, 1, one.peer);
  assert.deepEqual(one.wire.take(), [], "one of its blocks is still wanted");
  requests.cancel(partial, 32, 1, one.peer);
  assert.deepEqual(one.wire.take(), [["cancel", 5, LONG, LONG]]);
  assert.equal(one.peer.pipeline.asked.length, 32);
});
