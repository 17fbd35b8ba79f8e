import assert from "node:assert/strict";
import { EngineHarness } from "../../support/engine_harness.ts";

Deno.test("Time limits: a keep-alive goes out after 100 s without a message to the peer", () => {
  const harness = new EngineHarness();
  const remote = harness.join("none", { unchokes: false });
  harness.pass(99_000, [remote]);
  assert.equal(remote.wire.take("keepAlive").length, 0);
  harness.pass(1000, [remote]);
  assert.equal(remote.wire.take("keepAlive").length, 1);
  harness.pass(99_000, [remote]);
  assert.equal(remote.wire.take("keepAlive").length, 0);
});

Deno.test("Time limits: a peer that is silent for 180 s is closed, one that sends keep-alives is not", () => {
  const harness = new EngineHarness();
  const silent = harness.join("none", { unchokes: false });
  const alive = harness.join("none", { unchokes: false });
  harness.pass(179_000, [alive]);
  assert.equal(silent.wire.closeReason, undefined);
  harness.pass(1000, [alive]);
  assert.match(silent.wire.closeReason ?? "", /silent/);
  assert.equal(alive.wire.closeReason, undefined);
  assert.deepEqual([...harness.engine.peers], [alive.peer]);
});

Deno.test("Time limits: the blocks of a peer that snubs us for 60 s are cancelled and go to others", () => {
  const harness = new EngineHarness({ pieceCount: 40 });
  const snubber = harness.join([0, 1]);
  const requests = snubber.wire.take("request");
  assert.equal(requests.length, 8);
  harness.pass(59_000, [snubber]);
  const other = harness.join("all");
  const wanted = new Set(other.wire.take("request").map(([, index]) => index));
  assert.ok(!wanted.has(0) && !wanted.has(1));
  harness.pass(1000, [snubber, other]);
  const cancels = snubber.wire.take().filter(([name]) => name === "cancel");
  assert.deepEqual(cancels.map(([, ...fields]) => fields), requests.map(([, ...fields]) => fields));
  assert.equal(snubber.peer.pipeline.isSnubbed, true);
  // Rarest first: pieces 0 and 1 have two copies now, so the other peer gets to them last.
  const more: unknown[] = [];
  for (let i = 0; i < 40; i++) {
    const next = other.wire.take("request");
    more.push(...next.map(([, index]) => index));
    for (const [, index, begin] of next) harness.sendBlock(other, index as number, begin as number);
    if (i === 0) {
      for (const [index, begin] of pending(other.peer.pipeline.asked)) {
        harness.sendBlock(other, index, begin);
      }
    }
    harness.batch(other);
  }
  assert.ok(more.includes(0) && more.includes(1));
});

function pending(
  asked: { length: number; indexAt(i: number): number; beginAt(i: number): number },
): [number, number][] {
  return Array.from({ length: asked.length }, (_, i) => [asked.indexAt(i), asked.beginAt(i)]);
}

Deno.test("Time limits: a snubbing peer is asked for one block at a time until it sends one", () => {
  const harness = new EngineHarness({ pieceCount: 40 });
  const snubber = harness.join("all");
  snubber.wire.take();
  harness.pass(60_000, [snubber]);
  const [probe, ...more] = snubber.wire.take().filter(([name]) => name === "request");
  assert.ok(probe !== undefined);
  assert.deepEqual(more, []);
  harness.sendBlock(snubber, probe[1] as number, probe[2] as number);
  harness.batch(snubber);
  assert.equal(snubber.wire.take("request").length, 64);
});

Deno.test("Time limits: nobody is snubbed by a peer that was asked for nothing", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = harness.join("none");
  harness.pass(300_000, [remote]);
  assert.equal(remote.peer.pipeline.isSnubbed, false);
});
