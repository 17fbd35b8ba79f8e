import assert from "node:assert/strict";
import { EngineHarness, MET, type Remote } from "../../support/engine_harness.ts";
import { FakeWire } from "../../support/fake_wire.ts";

const BLOCK = 16384;

function seeder(pieceCount = 8): EngineHarness {
  return new EngineHarness({ pieceCount, have: "all", superSeeding: true });
}

/** A leecher; what it was told of since it was last asked. */
function join(harness: EngineHarness, pieces: number[] = []): Remote {
  const remote = harness.join("none", { unchokes: false, fast: true });
  if (pieces.length === 0) remote.peer.onHaveNone();
  else for (const index of pieces) remote.peer.onHave(index);
  return remote;
}

function told({ wire }: Remote): number[] {
  return wire.take("have").map(([, index]) => index as number);
}

Deno.test("SuperSeeding seems to have nothing and tells each peer of one piece, another one for each", () => {
  const harness = seeder(3);
  const first = harness.join("none", { unchokes: false, fast: true });
  assert.deepEqual(first.wire.take(), [["haveNone"]]);
  first.peer.onHaveNone();
  const pieces = [first, join(harness), join(harness)].flatMap(told);
  assert.deepEqual(pieces.toSorted(), [0, 1, 2]);
  assert.deepEqual(told(join(harness)), [], "each is with somebody");
});

Deno.test("SuperSeeding tells a peer that a search for the metadata has met no more than others", () => {
  const harness = seeder();
  const wire = new FakeWire();
  const peer = harness.engine.adopt(wire, MET, harness.now);
  peer.onHaveNone();
  assert.equal(told({ peer, wire }).length, 1);
});

Deno.test("SuperSeeding says nothing to a peer without the fast extension, and tells it of a piece within a second", () => {
  const harness = seeder();
  const { wire } = harness.join("none", { unchokes: false });
  assert.deepEqual(wire.take(), []);
  harness.pass(1000);
  assert.equal(wire.take("have").length, 1);
});

Deno.test("SuperSeeding tells a peer of the next piece when another peer has got the last one", () => {
  const harness = seeder();
  const [a, b] = [join(harness), join(harness)];
  const [piece] = told(a);
  assert.ok(piece !== undefined);
  a.peer.onHave(piece);
  assert.deepEqual(told(a), [], "it has it, but has not passed it on");
  b.peer.onHave(piece);
  const next = told(a);
  assert.equal(next.length, 1);
  assert.notEqual(next[0], piece);
});

Deno.test("SuperSeeding tells of two pieces at a time while the peer has a slot", () => {
  const harness = seeder();
  const remote = join(harness);
  remote.peer.onInterested();
  harness.pass(1000, [remote]);
  assert.equal(told(remote).length, 2);
});

Deno.test("SuperSeeding answers requests for what it has told of only", () => {
  const harness = seeder();
  const remote = join(harness);
  const [piece = 0] = told(remote);
  remote.peer.onInterested();
  const other = (piece + 1) % 8;
  for (const index of [piece, other]) remote.peer.onRequest(index, 0, BLOCK);
  harness.batch(remote);
  const answers = remote.wire.take().filter(([name]) => name === "piece" || name === "reject");
  assert.deepEqual(answers, [["reject", other, 0, BLOCK], ["piece", piece, 0, BLOCK]]);
});

Deno.test("SuperSeeding tells of nothing that others have, and of it again when they left", () => {
  const harness = seeder(3);
  const rich = harness.join([0, 1], { unchokes: false, fast: true });
  assert.deepEqual(told(rich), [2]);
  const poor = join(harness);
  assert.deepEqual(told(poor), []);
  harness.engine.remove(rich.peer);
  harness.pass(1000, [poor]);
  assert.equal(told(poor).length, 1);
});

Deno.test("SuperSeeding gives a piece to somebody else when its peer leaves, or does not fetch it for a minute", () => {
  const harness = seeder(1);
  const [a, b] = [join(harness), join(harness)];
  assert.deepEqual([told(a), told(b)], [[0], []]);
  harness.pass(59_000, [a, b]);
  assert.deepEqual(told(b), []);
  harness.pass(1000, [a, b]);
  assert.deepEqual(told(b), [0]);
  const c = join(harness);
  harness.engine.remove(b.peer);
  harness.pass(1000, [a, c]);
  assert.deepEqual(told(c), [0]);
});

Deno.test("SuperSeeding helps a peer on that gets nothing from anybody, a piece a minute", () => {
  const harness = seeder();
  const remote = join(harness);
  const pieces: number[] = [];
  for (let minute = 0; minute < 5; minute++) {
    for (const index of told(remote)) {
      pieces.push(index);
      remote.peer.onHave(index);
    }
    harness.pass(61_000, [remote]);
  }
  assert.deepEqual([pieces.length, new Set(pieces).size], [5, 5]);
});

Deno.test("SuperSeeding is for those who have everything from the start", () => {
  const harness = new EngineHarness({ have: [1], superSeeding: true });
  assert.deepEqual(harness.join("none", { unchokes: false }).wire.take(), [["bitfield"]]);
});
