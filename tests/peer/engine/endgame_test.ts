import assert from "node:assert/strict";
import { Looks } from "../../../peer/engine/endgame.ts";
import { EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;

/** Lets both peers show their rates: the first one slow, the second one fast. Then the last piece is begun. */
async function lastPiece(): Promise<{ harness: EngineHarness; slow: Remote; fast: Remote }> {
  const harness = new EngineHarness({ pieceCount: 40, maxRequestQueue: 16 });
  const fast = harness.join([...Array(39).keys()]);
  const slow = harness.join([39], { unchokes: false });
  while (!harness.engine.have.has(38) || harness.engine.have.count < 39) {
    harness.now += 100;
    harness.answer(fast, fast.wire.take("request"));
    await harness.settle();
  }
  slow.peer.onUnchoke();
  harness.batch(slow);
  harness.now += 600;
  const asked = slow.wire.take("request");
  assert.equal(asked.length, 4);
  harness.answer(slow, asked.slice(0, 1)); // 1 block in 600 ms
  return { harness, slow, fast };
}

Deno.test("Endgame asks a faster peer for the last blocks too, and cancels what came", async () => {
  const { harness, slow, fast } = await lastPiece();
  fast.wire.take();
  fast.peer.onHave(39);
  harness.batch(fast);
  const twice = fast.wire.take("request");
  assert.ok(twice.length >= 2, `got ${twice.length}`);
  assert.equal(twice[0]?.[2], 3 * BLOCK, "the last block first");
  harness.answer(fast, twice);
  const cancels = slow.wire.take("cancel");
  assert.deepEqual(cancels.map(([, , begin]) => begin), twice.map(([, , begin]) => begin));
  assert.ok(slow.wire.flushes > 0);
});

Deno.test("Endgame asks nobody twice who would not be sooner", () => {
  const harness = new EngineHarness({ pieceCount: 2 });
  const a = harness.join("all");
  const b = harness.join("all");
  assert.equal(a.wire.take("request").length, 8);
  assert.equal(b.wire.take("request").length, 0);
});

Deno.test("Endgame lets anyone overtake a peer that stalls", () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const a = harness.join("all");
  const b = harness.join("all");
  harness.pass(3000, [a, b]);
  assert.equal(a.wire.take("request").length, 4);
  assert.equal(b.wire.take("request").length, 4);
});

Deno.test("Endgame asks three peers for a block at most", () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const remotes = [1, 2, 3, 4, 5].map(() => harness.join("all"));
  harness.pass(20_000, remotes);
  const asked = remotes.map(({ wire }) => wire.take("request").length);
  assert.equal(asked.reduce((sum, n) => sum + n, 0), 12, `got ${asked}`);
});

Deno.test("Endgame lets a slow peer overtake one that was fast and has stalled", async () => {
  const harness = new EngineHarness({ pieceCount: 40, maxRequestQueue: 16 });
  const fast = harness.join("all");
  while (harness.engine.have.count < 36) {
    harness.now += 100;
    harness.answer(fast, fast.wire.take("request"));
    await harness.settle();
  }
  assert.equal(fast.peer.pipeline.asked.length, 16, "the last four pieces");
  const other = harness.join("all");
  harness.pass(1000, [other]);
  assert.equal(other.wire.take("request").length, 0);
  harness.pass(2000, [other]);
  assert.ok(other.wire.take("request").length > 0);
});

Deno.test("Endgame asks nobody again for a block that only it is asked for, after another one has given it up", async () => {
  const { harness, slow, fast } = await lastPiece();
  fast.wire.take();
  fast.peer.onHave(39);
  harness.batch(fast);
  assert.equal(fast.peer.pipeline.asked.find(39, 3 * BLOCK), 0);
  harness.engine.remove(fast.peer);
  for (const begin of [BLOCK, 2 * BLOCK]) harness.sendBlock(slow, 39, begin);
  harness.now += 100;
  harness.batch(slow);
  assert.equal(slow.peer.pipeline.asked.length, 1);
  assert.deepEqual(slow.wire.take("request"), []);
});

Deno.test("Looks.take() allows 500 in a second, and no more after a longer pause", () => {
  const looks = new Looks();
  const taken = (now: number): number => {
    let count = 0;
    while (looks.take(now)) count++;
    return count;
  };
  assert.equal(taken(10_000), 500);
  assert.equal(taken(10_001), 0);
  assert.equal(taken(10_100), 50);
  assert.equal(taken(99_000), 500);
});

Deno.test("Endgame lets a crowd that waits for buffers take over what its slow holder keeps, each a part", () => {
  const harness = new EngineHarness({ pieceCount: 400, pieceLength: 64 * BLOCK, buffers: 1 });
  const holder = harness.join("all");
  assert.equal(holder.wire.take("request").length, 64);
  const crowd = Array.from({ length: 8 }, () => harness.join("all"));
  harness.pass(3000, crowd);
  const asked = crowd.map(({ wire }) => wire.take("request").length);
  assert.ok(asked.every((count) => count > 0), `got ${asked}`);
});
