import assert from "node:assert/strict";
import { PartialPiece } from "../../../peer/engine/partial_piece.ts";
import { Requests } from "../../../peer/engine/requests.ts";
import { EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;

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
  requests.askFree(one.peer, partial, 2, 1000);
  requests.askFree(two.peer, partial, 9, 2000);
  assert.deepEqual(one.wire.take(), [["request", 5, 0, BLOCK], ["request", 5, BLOCK, BLOCK]]);
  assert.deepEqual(two.wire.take(), [["request", 5, 2 * BLOCK, BLOCK], ["request", 5, 3 * BLOCK, 100]]);
  assert.equal(partial.free, 0);
  assert.equal(partial.touchedAt, 2000);
  assert.equal(one.peer.sentAt, 1000);
});

Deno.test("Requests.takeOver() asks another one and cancels the first, who is to be served then", () => {
  const { remotes: [one, two], requests, partial } = stage();
  requests.askFree(one.peer, partial, 1, 0);
  one.wire.take();
  requests.takeOver(two.peer, partial, 0, 0);
  assert.deepEqual(two.wire.take(), [["request", 5, 0, BLOCK]]);
  assert.deepEqual(one.wire.take(), [["cancel", 5, 0, BLOCK]]);
  assert.equal(partial.askers(0), 1);
  assert.deepEqual(requests.takeTouched(), [one.peer]);
  assert.deepEqual(requests.takeTouched(), []);
});

Deno.test("Requests.cancel() cancels with so many as are asked, the likely one first, and nobody else", () => {
  const { remotes: [one, two, three], requests, partial } = stage();
  requests.askFree(one.peer, partial, 1, 0);
  requests.askToo(two.peer, partial, 0, 0);
  for (const { wire } of [one, two]) wire.take();
  requests.cancel(partial, 0, 2, two.peer);
  for (const { wire } of [one, two]) assert.deepEqual(wire.take(), [["cancel", 5, 0, BLOCK]]);
  assert.deepEqual(three.wire.take(), []);
  assert.deepEqual(requests.takeTouched(), [two.peer, one.peer]);
});
