import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import { bitfield, EngineHarness } from "../../support/engine_harness.ts";

const BLOCK = 16384;

Deno.test("TorrentEngine.add() sends our bitfield, unless we have nothing", () => {
  const empty = new EngineHarness();
  assert.deepEqual(empty.join("none", { unchokes: false }).wire.calls, []);
  const some = new EngineHarness({ have: [1, 7] });
  const { wire } = some.join("none", { unchokes: false });
  assert.deepEqual(wire.calls, [["bitfield"]]);
  assert.deepEqual(wire.sentBits, Uint8Array.of(0b01000001));
});

Deno.test("TorrentEngine tells interest exactly when it changes", async () => {
  const harness = new EngineHarness({ pieceCount: 3, have: [0] });
  const { peer, wire } = harness.join([0], { unchokes: false });
  assert.deepEqual(wire.take("interested"), []);
  peer.onHave(1);
  peer.onHave(1);
  assert.deepEqual(wire.take(), [["interested"]]);
  peer.onHave(2);
  assert.deepEqual(wire.take(), []);
  const seeder = harness.join("all");
  harness.answer(seeder);
  await harness.settle();
  assert.equal(wire.calls.filter(([name]) => name === "notInterested").length, 1);
  assert.equal(peer.amInterested, false);
});

Deno.test("TorrentEngine tells everybody who isn't a seeder that we have a piece, at once after a silence", async () => {
  const harness = new EngineHarness({ pieceCount: 3 });
  const giver = harness.join([0]);
  const poor = harness.join("none", { unchokes: false });
  const seeder = harness.join([0, 1, 2], { unchokes: false });
  poor.wire.take();
  const { flushes } = poor.wire;
  harness.answer(giver);
  await harness.settle();
  assert.deepEqual(poor.wire.take(), [["have", 0]]);
  assert.ok(poor.wire.flushes > flushes, "it waits for something to ask for");
  assert.deepEqual(giver.wire.take("have"), [["have", 0]], "it has the piece, and counts ours");
  assert.deepEqual(seeder.wire.take("have"), []);
});

Deno.test("TorrentEngine gathers the haves of 50 ms in one write", async () => {
  const harness = new EngineHarness({ pieceCount: 3 });
  const giver = harness.join([0, 1]);
  const idle = harness.join("none", { unchokes: false });
  harness.answer(giver);
  await harness.settle();
  const { flushes } = idle.wire;
  assert.equal(idle.wire.take("have").length, 1, "the first went at once");
  harness.now += 49;
  harness.batch(giver);
  assert.equal(idle.wire.flushes, flushes, "the second waits for company");
  assert.equal(giver.wire.take("have").length, 2, "who is written to anyway hears of it");
  harness.now += 1;
  harness.batch(giver);
  assert.equal(idle.wire.flushes, flushes + 1);
  assert.equal(idle.wire.take("have").length, 1);
  assert.equal(giver.wire.take("have").length, 0, "and hears of it once");
  harness.now += 1000;
  harness.batch(giver);
  assert.equal(idle.wire.flushes, flushes + 1, "no news, no write");
});

Deno.test("TorrentEngine parts from seeders when it is complete itself, before, then or later", async () => {
  const harness = new EngineHarness({ pieceCount: 2 });
  const seeder = harness.join("all");
  const leecher = harness.join([0]);
  harness.answer(seeder);
  await harness.settle();
  assert.deepEqual(harness.events.at(-1), "complete");
  assert.match(seeder.wire.closeReason ?? "", /everything/);
  assert.equal(leecher.wire.closeReason, undefined);
  assert.match(harness.join("all").wire.closeReason ?? "", /everything/);
  leecher.peer.onHave(1);
  assert.match(leecher.wire.closeReason ?? "", /everything/);
  assert.equal(harness.engine.peers.size, 0);
});

Deno.test("TorrentEngine does not announce completion of what was complete", () => {
  const harness = new EngineHarness({ have: "all" });
  harness.join("none");
  harness.pass(5000);
  assert.deepEqual(harness.events, []);
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("TorrentEngine counts verified and left bytes with a short last piece", () => {
  const harness = new EngineHarness({ totalLength: 9 * BLOCK, have: [0, 2] });
  assert.equal(harness.engine.verified, 5 * BLOCK);
  assert.equal(harness.engine.left, 4 * BLOCK);
  const empty = new EngineHarness({ totalLength: 0 });
  assert.deepEqual([empty.engine.verified, empty.engine.left, empty.engine.isComplete], [0, 0, true]);
});

Deno.test("TorrentEngine takes a later bitfield for the haves that it stands for, as aria2 sends it", () => {
  const harness = new EngineHarness({ pieceCount: 8 });
  const { peer, wire } = harness.join([1], { unchokes: false });
  wire.take();
  peer.onBitfield(Uint8Array.of(0b1010_0000));
  assert.deepEqual([0, 1, 2, 3].map((index) => peer.pieces.has(index)), [true, true, true, false]);
  assert.equal(peer.amInterested, true);
});

const breaches: { name: string; run(harness: EngineHarness): void }[] = [
  { name: "a have with an index out of range", run: (h) => h.join("none").peer.onHave(8) },
  { name: "a bitfield of the wrong length", run: (h) => bare(h).onBitfield(new Uint8Array(2)) },
  { name: "a bitfield with spare bits", run: (h) => bare(h, 7).onBitfield(Uint8Array.of(0xff)) },
  {
    name: "a later bitfield of the wrong length",
    run: (h) => h.join([1], { unchokes: false }).peer.onBitfield(new Uint8Array(2)),
  },
  { name: "a block that was never requested", run: (h) => h.sendBlock(h.join("none"), 0, 0) },
  {
    name: "a block outside the torrent",
    run: (h) => h.join("all").peer.onPiece(0xffffffff, 0, new Uint8Array(BLOCK)),
  },
  {
    name: "a block of the wrong length",
    run: (h) => h.join("all").peer.onPiece(0, 0, new Uint8Array(BLOCK - 1)),
  },
  { name: "a block off its border", run: (h) => h.join("all").peer.onPiece(0, 1, new Uint8Array(BLOCK)) },
  { name: "an empty block", run: (h) => h.join("all").peer.onPiece(0, 0, new Uint8Array(0)) },
];

function bare(harness: EngineHarness, pieceCount = 8) {
  assert.ok(pieceCount <= 8);
  const target = pieceCount === 8 ? harness : new EngineHarness({ pieceCount });
  return target.join("none", { unchokes: false }).peer;
}

for (const { name, run } of breaches) {
  Deno.test(`Peer takes ${name} for a breach of the protocol`, () => {
    assert.throws(() => run(new EngineHarness()), ProtocolError);
  });
}

Deno.test("Peer tolerates keep-alives and unknown messages before the bitfield, and repeated states", () => {
  const harness = new EngineHarness();
  const { peer, wire } = harness.join("none", { unchokes: false });
  peer.onKeepAlive();
  peer.onUnknown(20, new Uint8Array(9));
  peer.onBitfield(bitfield(8, "all").bytes);
  for (let i = 0; i < 2; i++) peer.onUnchoke();
  for (let i = 0; i < 2; i++) peer.onInterested();
  for (let i = 0; i < 2; i++) peer.onChoke();
  harness.batch({ peer, wire });
  assert.equal(peer.progress, 1);
});

Deno.test("TorrentEngine.remove() leaves a deaf peer behind", () => {
  const harness = new EngineHarness();
  const remote = harness.join("all");
  harness.engine.remove(remote.peer);
  remote.wire.take();
  remote.peer.onHave(99);
  remote.peer.onPiece(0, 0, new Uint8Array(3));
  remote.peer.onUnchoke();
  harness.batch(remote);
  remote.peer.onWritable(harness.now);
  assert.deepEqual(remote.wire.take(), []);
  assert.equal(harness.engine.downloaded, 0);
});

Deno.test("TorrentEngine.close() closes every connection and gives every buffer back, those with the store later", async () => {
  const harness = new EngineHarness({ pieceCount: 4, holdStore: true });
  const a = harness.join("all");
  harness.answer(a, a.wire.take("request").slice(0, 6));
  assert.equal(harness.storing.length, 1);
  harness.engine.close();
  harness.engine.close();
  assert.match(a.wire.closeReason ?? "", /stopped/);
  assert.equal(harness.engine.peers.size, 0);
  assert.equal(harness.buffers.lent, 1);
  await harness.settle();
  assert.equal(harness.buffers.lent, 0);
  assert.deepEqual(harness.events, [], "nothing is told after close()");
  assert.equal(harness.engine.have.count, 1, "what is on disk counts for the next start");
  const late = harness.join("all");
  assert.match(late.wire.closeReason ?? "", /stopped/);
});

Deno.test("TorrentEngine is finished by a piece that was with the store when it was closed", async () => {
  const harness = new EngineHarness({ pieceCount: 1, holdStore: true });
  harness.answer(harness.join("all"));
  harness.engine.close();
  await harness.settle();
  const { isComplete, isFinished, left, wantedLeft } = harness.engine;
  assert.deepEqual({ isComplete, isFinished, left, wantedLeft }, {
    isComplete: true,
    isFinished: true,
    left: 0,
    wantedLeft: 0,
  });
  assert.deepEqual(harness.events, []);
});

Deno.test("TorrentEngine may be closed from its own events", async () => {
  const harness = new EngineHarness({ pieceCount: 2 });
  harness.events.push = (...events: string[]) => {
    harness.engine.close();
    return Array.prototype.push.apply(harness.events, events);
  };
  harness.answer(harness.join("all"));
  await harness.settle();
  assert.deepEqual([...harness.events], ["stored " + (harness.events[0] ?? "").slice(7)]);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("TorrentEngine wants of a peer what it has and we miss, however it came to be known", async () => {
  const have = [0, 1, 8, 9];
  for (const theirs of [[0, 1, 2, 9, 17, 19], [0, 2], [0, 1, 2, 3], [0, 8], [19], []]) {
    const harness = new EngineHarness({ pieceCount: 20, have });
    const bitfieldSender = harness.join(theirs, { unchokes: false });
    const haveSender = harness.join("none", { unchokes: false });
    for (const index of theirs) haveSender.peer.onHave(index);
    const isWanted = theirs.some((index) => !have.includes(index));
    assert.deepEqual([bitfieldSender.peer.amInterested, haveSender.peer.amInterested], [isWanted, isWanted]);
    harness.answer(harness.join("all"));
    await harness.settle();
    assert.deepEqual([bitfieldSender.peer.amInterested, haveSender.peer.amInterested], [false, false]);
  }
});

Deno.test("TorrentEngine stays interested until the last piece that a peer has and we miss is here", async () => {
  const harness = new EngineHarness({ pieceCount: 60, holdStore: true, maxRequestQueue: 4 });
  const theirs = [3, 4, 31, 59];
  const watched = harness.join(theirs, { unchokes: false });
  const seeder = harness.join("all");
  while (!harness.engine.isComplete) {
    harness.now += 100;
    harness.answer(seeder);
    await harness.settle();
    const isWanted = theirs.some((index) => !harness.engine.have.has(index));
    assert.equal(watched.peer.amInterested, isWanted, `with ${harness.engine.have.count} pieces`);
  }
  const told = watched.wire.calls.filter(([name]) => /interested/i.test(name));
  assert.deepEqual(told, [["interested"], ["notInterested"]]);
});

Deno.test("TorrentEngine that loses pieces parts from all, asks who comes for them, and finishes again", async () => {
  for (const have of [[0, 1, 2], [0, 1]]) {
    const harness = new EngineHarness({ pieceCount: 3, have });
    const before = harness.join([0]);
    harness.engine.lose([1], harness.now);
    assert.match(before.wire.closeReason ?? "", /are gone/);
    assert.deepEqual([harness.engine.isFinished, harness.engine.have.has(1)], [false, false]);
    const remote = harness.join("all");
    for (let turn = 0; turn < 3; turn++) {
      harness.answer(remote);
      await harness.settle();
    }
    assert.equal(harness.engine.isFinished, true);
    assert.deepEqual(harness.events.at(-1), "complete");
    assert.equal(harness.events.length, 5 - have.length);
  }
});
