import assert from "node:assert/strict";
import { HIGH, LOW, NORMAL, SKIP } from "../../../peer/engine/priorities.ts";
import { EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;

/** The pieces asked of a remote, each once, in order. */
function asked({ wire }: Remote): number[] {
  return [...new Set(wire.take("request").map(([, index]) => index as number))];
}

/** Lets the remote send a piece at a time until nothing more is asked of it; the pieces in the order of asking. */
async function fetchAll(harness: EngineHarness, remote: Remote): Promise<number[]> {
  const order: number[] = [];
  for (;;) {
    const requests = remote.wire.take("request");
    if (requests.length === 0) return order;
    for (const [, index] of requests) if (!order.includes(index as number)) order.push(index as number);
    harness.answer(remote, requests);
    await harness.settle();
  }
}

Deno.test("Priorities: what is more wanted comes first, and what is not wanted never", async () => {
  const priorities = [LOW, SKIP, NORMAL, HIGH, LOW, SKIP, NORMAL, HIGH];
  for (let seed = 1; seed <= 20; seed++) {
    const harness = new EngineHarness({ priorities, maxRequestQueue: 4, seed });
    const order = await fetchAll(harness, harness.join("all"));
    assert.deepEqual(order.map((index) => priorities[index]), [HIGH, HIGH, NORMAL, NORMAL, LOW, LOW]);
  }
});

Deno.test("Priorities come before rarity, and rarity decides among equals", () => {
  const priorities = [HIGH, HIGH, NORMAL, NORMAL];
  const harness = new EngineHarness({
    pieceCount: 5,
    have: [4],
    priorities: [...priorities, NORMAL],
    maxRequestQueue: 4,
  });
  harness.join([0, 2], { unchokes: false });
  harness.join([0, 2], { unchokes: false });
  harness.join([1, 3], { unchokes: false });
  assert.deepEqual(asked(harness.join([0, 1, 2, 3])), [1]);
});

Deno.test("TorrentEngine is finished when all that is wanted is here, and tells its owner once", async () => {
  const harness = new EngineHarness({ pieceCount: 3, priorities: [NORMAL, SKIP, NORMAL] });
  const seeder = harness.join("all");
  assert.deepEqual([harness.engine.isFinished, harness.engine.wanted], [false, 8 * BLOCK]);
  await fetchAll(harness, seeder);
  assert.deepEqual(harness.events.filter((event) => event === "complete"), ["complete"]);
  assert.deepEqual([harness.engine.isFinished, harness.engine.isComplete], [true, false]);
  assert.deepEqual([harness.engine.wantedLeft, harness.engine.left], [0, 4 * BLOCK]);
  assert.match(seeder.wire.closeReason ?? "", /everything/);
  // Somebody who has only what is not wanted is of no interest; it may have what we have.
  const { peer } = harness.join([1], { unchokes: false });
  assert.equal(peer.amInterested, false);
});

Deno.test("TorrentEngine goes on when more is wanted, and finishes a second time", async () => {
  const harness = new EngineHarness({ pieceCount: 3, priorities: [SKIP, SKIP, NORMAL] });
  const partner = harness.join([0, 1], {});
  assert.equal(partner.peer.amInterested, false);
  harness.answer(harness.join([2]));
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 2", "complete"]);
  harness.engine.setPriorities(Uint8Array.of(NORMAL, SKIP, NORMAL), harness.now);
  assert.equal(harness.engine.isFinished, false);
  assert.equal(partner.peer.amInterested, true);
  assert.deepEqual(asked(partner), [0]);
  for (let block = 0; block < 4; block++) harness.sendBlock(partner, 0, block * BLOCK);
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 2", "complete", "stored 0", "complete"]);
});

Deno.test("TorrentEngine drops what is not wanted any more, cancels it, and may be finished by that", () => {
  const harness = new EngineHarness({ pieceCount: 2, have: [0] });
  const remote = harness.join([1]);
  harness.sendBlock(remote, 1, 0);
  remote.wire.take();
  harness.engine.setPriorities(Uint8Array.of(NORMAL, SKIP), harness.now);
  assert.equal(remote.wire.calls.filter(([name]) => name === "cancel").length, 3);
  assert.equal(remote.peer.amInterested, false);
  assert.equal(harness.buffers.lent, 0);
  assert.equal(harness.engine.wasted, BLOCK);
  assert.deepEqual(harness.events, ["complete"]);
  harness.sendBlock(remote, 1, BLOCK); // was under way
  harness.batch(remote);
  assert.deepEqual(remote.wire.take("request"), []);
});

Deno.test("TorrentEngine is finished once by a piece on whose news the others are not wanted any more", async () => {
  const harness = new EngineHarness({ pieceCount: 2 });
  harness.events.push = (...events: string[]) => {
    if (events.includes("stored 0")) harness.engine.setPriorities(Uint8Array.of(NORMAL, SKIP), harness.now);
    return Array.prototype.push.apply(harness.events, events);
  };
  harness.answer(harness.join([0]));
  await harness.settle();
  assert.deepEqual([...harness.events], ["complete", "stored 0"]);
});

Deno.test("TorrentEngine keeps a piece that is with the store when it is not wanted any more, and again wanted", async () => {
  const harness = new EngineHarness({ pieceCount: 2, holdStore: true });
  const remote = harness.join([1]);
  harness.answer(remote);
  assert.equal(harness.storing.length, 1);
  harness.engine.setPriorities(Uint8Array.of(NORMAL, SKIP), harness.now);
  harness.engine.setPriorities(Uint8Array.of(NORMAL, NORMAL), harness.now);
  harness.batch(remote);
  assert.deepEqual(remote.wire.take("request"), [], "it is not fetched twice");
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 1"]);
  assert.equal(harness.engine.wantedLeft, 4 * BLOCK);
});

Deno.test("PiecePicker in order asks for the first missing piece that the peer has, and can be told to stop that", async () => {
  const pieceCount = 40;
  const harness = new EngineHarness({ pieceCount, isSequential: true, maxRequestQueue: 4, have: [1] });
  const odd = harness.join([7, 3, 5, 1]);
  assert.deepEqual(await fetchAll(harness, odd), [3, 5, 7]);
  const seeder = harness.join("all");
  assert.deepEqual(asked(seeder), [0]);
  harness.engine.isSequential = false;
  for (let block = 0; block < 4; block++) harness.sendBlock(seeder, 0, block * BLOCK);
  harness.batch(seeder);
  assert.notDeepEqual(
    await fetchAll(harness, seeder),
    Array.from({ length: pieceCount }, (_, i) => i).slice(8),
  );
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("PiecePicker in order leaves out what is not wanted", async () => {
  const priorities = [SKIP, NORMAL, LOW, SKIP, HIGH, NORMAL, SKIP, NORMAL];
  const harness = new EngineHarness({ priorities, isSequential: true, maxRequestQueue: 4 });
  assert.deepEqual(await fetchAll(harness, harness.join("all")), [1, 2, 4, 5, 7]);
});
