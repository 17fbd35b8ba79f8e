import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import { EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;
const quiet = { unchokes: false, fast: true };

function requests(remote: Remote): string[] {
  return remote.wire.take("request").map(([, index, begin]) => `${index} ${begin}`).toSorted();
}

Deno.test("TorrentEngine says all, none or some with the fast extension, and never nothing", () => {
  const first = (have: "all" | number[]) => new EngineHarness({ have }).join("none", quiet).wire.take();
  assert.deepEqual(first("all"), [["haveAll"]]);
  assert.deepEqual(first([]), [["haveNone"]]);
  assert.deepEqual(first([3]), [["bitfield"]]);
});

Deno.test("Peer with have all is a seeder that shares its bitfield with all others, with have none a beginner", () => {
  const harness = new EngineHarness();
  const [a, b, c] = [1, 2, 3].map(() => harness.join("none", quiet).peer);
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  a.onHaveAll();
  b.onHaveAll();
  c.onHaveNone();
  assert.equal(a.progress, 1);
  assert.equal(a.pieces, b.pieces);
  assert.equal(a.amInterested, true);
  assert.equal(c.progress, 0);
  c.onHave(1);
  assert.equal(c.pieces.count, 1);
  c.onHaveNone();
  assert.equal(c.pieces.count, 1, "what it has it has");
  c.onHaveAll();
  assert.equal(c.pieces.isComplete, true);
});

Deno.test("Peer without the fast extension may not use it", () => {
  const { peer } = new EngineHarness().join("none", { unchokes: false });
  for (
    const [name, run] of Object.entries({
      "have all": () => peer.onHaveAll(),
      "have none": () => peer.onHaveNone(),
      reject: () => peer.onReject(0, 0, BLOCK),
      suggest: () => peer.onSuggest(0),
      "allowed fast": () => peer.onAllowedFast(0),
    })
  ) {
    const message = `Cannot accept a message "${name}": the fast extension is not in use`;
    assert.throws(run, { name: "ProtocolError", message });
  }
});

Deno.test("Peer takes a suggest or an allowed fast of a piece that doesn't exist for a breach of the protocol", () => {
  const { peer } = new EngineHarness().join("none", quiet);
  assert.throws(() => peer.onSuggest(8), ProtocolError);
  assert.throws(() => peer.onAllowedFast(0xffffffff), ProtocolError);
});

Deno.test("Downloader keeps what it asked for at a choke with the fast extension, and gives it up at each reject", () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const first = harness.join("all", { fast: true });
  assert.equal(first.peer.pipeline.asked.length, 4);
  first.peer.onChoke();
  harness.batch(first);
  assert.equal(first.peer.pipeline.asked.length, 4);
  harness.sendBlock(first, 0, 0);
  first.peer.onReject(0, BLOCK, BLOCK);
  first.peer.onReject(0, 2 * BLOCK, BLOCK);
  harness.batch(first);
  assert.equal(first.peer.pipeline.asked.length, 1);
  const second = harness.join("all");
  const free = [`0 ${BLOCK}`, `0 ${2 * BLOCK}`];
  assert.deepEqual(requests(second).filter((each) => free.includes(each)), free);
});

Deno.test("Downloader gives everything up at a choke without the fast extension", () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const remote = harness.join("all");
  remote.peer.onChoke();
  assert.equal(remote.peer.pipeline.asked.length, 0);
});

Deno.test("Downloader passes a rejected block to others at once, and asks the same peer again after a second only", () => {
  const harness = new EngineHarness({ pieceCount: 3, maxRequestQueue: 4 });
  const refuser = harness.join("all", { fast: true });
  const other = harness.join("all");
  const [rejected, ...rest] = refuser.wire.take("request");
  assert.ok(rejected !== undefined && rest.length === 3);
  const [, index = 0, begin = 0, length = 0] = rejected;
  refuser.peer.onReject(index, begin, length);
  harness.batch(refuser);
  assert.deepEqual(refuser.wire.take("request"), []);
  harness.answer(other);
  assert.deepEqual(other.wire.take("request")[0], rejected);
  harness.pass(999, [refuser]);
  assert.deepEqual(refuser.wire.take("request"), []);
  harness.now += 1;
  harness.engine.tick(harness.now);
  assert.ok(refuser.wire.take("request").length > 0);
});

Deno.test("Downloader tolerates a reject of what was never asked for, and one that answers a cancel", () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const remote = harness.join("all", { fast: true });
  remote.peer.onReject(0, 5, 7);
  remote.peer.onReject(9, 0, BLOCK);
  assert.equal(remote.peer.pipeline.asked.length, 4);
  harness.pass(61_000, [remote]);
  const cancelled = remote.wire.take("cancel");
  assert.equal(cancelled.length, 4);
  for (const [, index = 0, begin = 0, length = 0] of cancelled) remote.peer.onReject(index, begin, length);
  assert.throws(
    () => harness.sendBlock(remote, 0, 3 * BLOCK),
    ProtocolError,
    "it is not waited for any more",
  );
});

Deno.test("Downloader asks for pieces that it is allowed in spite of a choke, and for no others", async () => {
  const harness = new EngineHarness();
  const remote = harness.join([1, 2, 3], quiet);
  remote.peer.onAllowedFast(2);
  remote.peer.onAllowedFast(5);
  harness.batch(remote);
  assert.deepEqual(requests(remote), [0, 1, 2, 3].map((block) => `2 ${block * BLOCK}`));
  remote.peer.onHave(5);
  harness.batch(remote);
  const asked = remote.wire.take("request");
  assert.deepEqual([...new Set(asked.map(([, index]) => index))], [5], "as soon as it has it");
  harness.answer(remote, asked);
  for (let block = 0; block < 4; block++) harness.sendBlock(remote, 2, block * BLOCK);
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 5", "stored 2"]);
  harness.batch(remote);
  assert.deepEqual(requests(remote), []);
});

Deno.test("Downloader asks no more for an allowed piece that is rejected after all", () => {
  const harness = new EngineHarness();
  const remote = harness.join("all", quiet);
  remote.peer.onAllowedFast(2);
  harness.batch(remote);
  for (const [, index = 0, begin = 0, length = 0] of remote.wire.take("request")) {
    remote.peer.onReject(index, begin, length);
  }
  harness.batch(remote);
  harness.pass(3000, [remote]);
  assert.deepEqual(requests(remote), []);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("PiecePicker begins with what the peer suggests, if it has it and we lack it", () => {
  const harness = new EngineHarness({ pieceCount: 50, have: [7], maxRequestQueue: 4 });
  const remote = harness.join("all", quiet);
  for (const index of [33, 7]) remote.peer.onSuggest(index);
  remote.peer.onUnchoke();
  harness.batch(remote);
  assert.deepEqual([...new Set(remote.wire.take("request").map(([, index]) => index))], [33]);
});

Deno.test("Fast remembers a bounded number of pieces of either kind", () => {
  const harness = new EngineHarness({ pieceCount: 5000 });
  const { fast, ...rest } = harness.join("none", quiet).peer;
  assert.ok(fast !== undefined && rest !== undefined);
  for (let index = 0; index < 5000; index++) {
    fast.allow(index);
    fast.suggest(index);
  }
  assert.equal(fast.allowed.length, 64);
  assert.deepEqual(fast.suggested.slice(-2), [4998, 4999]);
  assert.equal(fast.suggested.length, 16);
});

Deno.test("Suggestions tell who has a slot of a piece that was read for another, if it is no rarity", () => {
  const harness = new EngineHarness({ pieceCount: 8, have: [0, 1, 2, 3], uploadSlots: 4 });
  const holders = [[0, 1], [0, 1], [0]].map((pieces) => harness.join(pieces, quiet));
  const [asking, idle, plain] = [true, true, false].map((fast) => {
    const remote = harness.join("none", { ...quiet, fast });
    remote.peer.onInterested();
    return remote;
  }) as [Remote, Remote, Remote];
  const choked = harness.join("none", quiet);
  asking.wire.room = 0;
  asking.peer.onRequest(0, 0, BLOCK);
  const told = () =>
    [...holders, asking, idle, plain, choked].map((remote) =>
      remote.wire.take("suggest").map(([, index]) => index)
    );
  harness.engine.onRead(0);
  assert.deepEqual(told(), [[], [], [], [], [0], [], []], "only the one that could use it");
  harness.engine.onRead(0);
  harness.engine.onRead(1);
  assert.deepEqual(told().flat(), [], "once, and not what only two have");
  holders[2]?.peer.onHave(1);
  harness.engine.onRead(1);
  assert.deepEqual(told(), [[], [], [], [1], [1], [], []]);
});

Deno.test("a super-seeder suggests nothing", () => {
  const harness = new EngineHarness({ have: "all", superSeeding: true });
  for (let i = 0; i < 3; i++) harness.join([0], quiet);
  const remote = harness.join("none", quiet);
  remote.peer.onInterested();
  harness.engine.onRead(0);
  assert.deepEqual(remote.wire.take("suggest"), []);
});

/** A peer with one of our slots and three requests that wait for room. */
function waiting(fast: boolean): { harness: EngineHarness; remote: Remote } {
  const harness = new EngineHarness({ have: "all", uploadSlots: 1 });
  const remote = harness.join("none", { unchokes: false, fast });
  remote.peer.onInterested();
  remote.wire.room = 0;
  for (const begin of [0, BLOCK, 2 * BLOCK]) remote.peer.onRequest(3, begin, BLOCK);
  harness.batch(remote);
  remote.wire.take();
  return { harness, remote };
}

Deno.test("Uploader answers every request with the fast extension: with its block or with a reject", () => {
  for (const fast of [true, false]) {
    const { harness, remote } = waiting(fast);
    remote.peer.onCancel(3, BLOCK, BLOCK);
    remote.peer.onCancel(3, BLOCK, BLOCK);
    assert.deepEqual(remote.wire.take(), fast ? [["reject", 3, BLOCK, BLOCK]] : []);
    remote.wire.room = BLOCK + 13;
    remote.peer.onWritable(harness.now);
    assert.deepEqual(remote.wire.take(), [["piece", 3, 0, BLOCK]]);
    remote.peer.onCancel(3, 0, BLOCK);
    assert.deepEqual(remote.wire.take(), [], "the block was the answer");
    // Two more come, and the slot goes round.
    const others = [1, 2].map(() => harness.join("none", { unchokes: false, fast: true }));
    for (const other of others) other.peer.onInterested();
    while (!remote.peer.amChoking) harness.pass(10_000, [remote, ...others]);
    const told = remote.wire.take().filter(([name]) => name === "choke" || name === "reject");
    assert.deepEqual(told, fast ? [["choke"], ["reject", 3, 2 * BLOCK, BLOCK]] : [["choke"]]);
    remote.peer.onRequest(0, 0, BLOCK);
    harness.batch(remote);
    assert.deepEqual(remote.wire.take("reject"), fast ? [["reject", 0, 0, BLOCK]] : []);
  }
});

Deno.test("Uploader rejects a request for what we lack, and one too many", () => {
  const harness = new EngineHarness({ have: [0] });
  const remote = harness.join("none", quiet);
  remote.peer.onInterested();
  remote.wire.room = 0;
  remote.peer.onRequest(1, 0, BLOCK);
  assert.deepEqual(remote.wire.take("reject"), [["reject", 1, 0, BLOCK]]);
  for (let i = 0; i < 2049; i++) remote.peer.onRequest(0, 0, BLOCK);
  assert.equal(remote.wire.take("reject").length, 1);
});
