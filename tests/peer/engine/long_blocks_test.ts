// Blocks of 512 KiB, asked for in one request of a peer that serves such, and read from the socket to their place.

import assert from "node:assert/strict";
import type { Peer } from "../../../peer/engine/peer.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { encodeExtendedHandshake } from "../../../protocol/extension.ts";
import type { Landing } from "../../../protocol/message_decoder.ts";
import { contentOf, EngineHarness, INFO_BYTES, type Remote } from "../../support/engine_harness.ts";
import type { Call } from "../../support/fake_wire.ts";
import { MemorySwarm } from "../../support/memory_swarm.ts";

const BLOCK = 16384;
const LONG = 32 * BLOCK;
/** Two long blocks and a short one. */
const PIECE = 65 * BLOCK;

interface Kind {
  fast?: boolean;
  maxRequestLength?: number;
  pieces?: readonly number[] | "all";
}

/** A peer that has sent 600 blocks a second for half of one, and what it is asked for since. */
function joinFast(
  harness: EngineHarness,
  { fast = true, maxRequestLength = LONG, pieces = "all" }: Kind = {},
) {
  const remote = harness.join(pieces, { unchokes: false, fast, extended: true });
  remote.peer.onExtended(0, encodeExtendedHandshake({ ids: new Map(), maxRequestLength }));
  const { pipeline } = remote.peer;
  for (let i = 0; i < 300; i++) pipeline.ask(999, i, 1, harness.now);
  harness.now += 500;
  for (let i = 0; i < 300; i++) pipeline.arrive(999, i, harness.now);
  harness.batch(remote);
  remote.peer.onUnchoke();
  harness.batch(remote);
  return remote;
}

function harnessOf(pieceCount: number, { buffers = 100 } = {}): EngineHarness {
  return new EngineHarness({ pieceCount, pieceLength: PIECE, extensions: true, buffers });
}

/** What a peer sends for a request. */
function contentFor([, index = 0, begin = 0, length = 0]: Call): Uint8Array {
  const data = new Uint8Array(length);
  for (let at = 0; at < length; at += BLOCK) data.fill(contentOf(index, begin + at), at, at + BLOCK);
  return data;
}

/** A block begins to come. */
function land(peer: Peer, [, index = 0, begin = 0, length = 0]: Call): Landing {
  const landing = peer.onPieceBegin(index, begin, length);
  assert.ok(landing !== undefined, `${length} bytes at ${begin} of piece ${index} have a place`);
  assert.equal(landing.bytes.length, length);
  return landing;
}

/** A fast peer has begun to send the first block that it was asked for. */
function landFirst(harness: EngineHarness) {
  const remote = joinFast(harness);
  const request = remote.wire.take("request")[0] as Call;
  return { remote, request, landing: land(remote.peer, request) };
}

/** The rest of it comes. */
function finish(harness: EngineHarness, remote: Remote, landing: Landing, request: Call): void {
  landing.bytes.set(contentFor(request));
  landing.end();
  remote.peer.onPiece(request[1] as number, request[2] as number, landing.bytes);
  harness.batch(remote);
}

function send(harness: EngineHarness, remote: Remote, request: Call): void {
  remote.peer.onPiece(request[1] as number, request[2] as number, contentFor(request));
  harness.batch(remote);
}

Deno.test("long blocks are asked of a fast peer that says it serves them, and can reject them", () => {
  const lengths = (kind: Kind) => {
    const requests = joinFast(harnessOf(8), kind).wire.take("request");
    return [...new Set(requests.map(([, , , length]) => length))];
  };
  assert.deepEqual(lengths({}), [LONG, BLOCK]);
  assert.deepEqual(lengths({ maxRequestLength: 1024 * 1024 }), [LONG, BLOCK]);
  assert.deepEqual(lengths({ maxRequestLength: LONG - 1 }), [BLOCK]);
  assert.deepEqual(lengths({ maxRequestLength: 0 }), [BLOCK]);
  assert.deepEqual(lengths({ fast: false }), [BLOCK]);
});

Deno.test("long blocks make up pieces with others, whether they land or are copied", async () => {
  const harness = harnessOf(3);
  const remote = joinFast(harness);
  for (let round = 0; !harness.engine.isComplete && round < 20; round++) {
    for (const request of remote.wire.take("request")) {
      const isLong = request[3] === LONG;
      if (isLong && round % 2 === 0) finish(harness, remote, land(remote.peer, request), request);
      else send(harness, remote, request);
    }
    await harness.settle();
  }
  assert.equal(harness.engine.isComplete, true);
  assert.deepEqual([harness.engine.downloaded, harness.engine.wasted], [3 * PIECE, 0]);
  assert.equal(remote.peer.downloaded, 3 * PIECE);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("a long block that is rejected is asked of another peer", async () => {
  const harness = harnessOf(1);
  const refuser = joinFast(harness);
  const requests = refuser.wire.take("request");
  assert.deepEqual(requests.map(([, , begin, length]) => [begin, length]), [[0, LONG], [LONG, LONG], [
    2 * LONG,
    BLOCK,
  ]]);
  refuser.peer.onReject(0, LONG, LONG);
  harness.batch(refuser);
  assert.equal(refuser.peer.pipeline.asked.length, 33);
  const other = joinFast(harness);
  assert.deepEqual(other.wire.take("request"), [["request", 0, LONG, LONG]]);
  send(harness, other, ["piece", 0, LONG, LONG]);
  for (const request of [requests[0], requests[2]]) send(harness, refuser, request as Call);
  await harness.settle();
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("a peer that rejects a long block without choking us is asked for short ones from then on", () => {
  const harness = harnessOf(1);
  const remote = joinFast(harness);
  const rejectAll = () => {
    for (const { index, begin, length } of [...remote.peer.pipeline.requests()]) {
      remote.peer.onReject(index, begin, length);
    }
    harness.batch(remote);
    remote.wire.take();
  };
  const lengthsAsked = () => [...new Set(remote.wire.take("request").map(([, , , length]) => length))];
  remote.peer.onChoke();
  rejectAll();
  harness.now += 1000;
  remote.peer.onUnchoke();
  harness.batch(remote);
  assert.deepEqual(lengthsAsked(), [LONG, BLOCK], "it had choked us");
  rejectAll();
  harness.pass(1000, [remote]);
  assert.deepEqual(lengthsAsked(), [BLOCK]);
});

Deno.test("a long block that was given up and comes all the same is welcome", async () => {
  const harness = harnessOf(1);
  const remote = joinFast(harness);
  const requests = remote.wire.take("request");
  harness.pass(60_000, [remote]);
  assert.deepEqual(
    remote.wire.take("cancel").map(([, ...fields]) => fields),
    requests.map(([, ...fields]) => fields),
  );
  assert.equal(remote.peer.onPieceBegin(0, 0, LONG), undefined, "it has no place of its own any more");
  for (const request of requests) send(harness, remote, request);
  await harness.settle();
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("a piece that is dropped while a block of it lands keeps its buffer until nothing is written there", () => {
  const harness = harnessOf(2);
  const { remote, request, landing } = landFirst(harness);
  const index = request[1] as number;
  const { lent } = harness.buffers;
  const priorities = Uint8Array.of(1, 1);
  priorities[index] = 0;
  harness.engine.setPriorities(priorities, harness.now);
  assert.equal(harness.buffers.lent, lent, "another piece would get it");
  finish(harness, remote, landing, request);
  assert.equal(harness.buffers.lent, lent - 1);
  assert.equal(harness.engine.wasted, LONG);
  assert.equal(remote.wire.closeReason, undefined);
});

Deno.test("a torrent that ends while a block lands gives its buffers back when nothing is written there", () => {
  const harness = harnessOf(2);
  const remote = joinFast(harness);
  const landing = land(remote.peer, remote.wire.take("request")[0] as Call);
  harness.engine.close();
  assert.equal(harness.buffers.lent, 1);
  landing.end();
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("a peer that goes in the middle of a block leaves it to others", async () => {
  const harness = harnessOf(1);
  const gone = joinFast(harness);
  const requests = gone.wire.take("request");
  const landing = land(gone.peer, requests[0] as Call);
  landing.bytes.fill(99, 0, 5000);
  harness.engine.remove(gone.peer);
  landing.end();
  const other = joinFast(harness);
  const again = other.wire.take("request");
  assert.deepEqual(again, requests);
  for (const request of again) send(harness, other, request);
  await harness.settle();
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("nobody else brings, or is asked for, a block while it lands", () => {
  const harness = harnessOf(1);
  const { remote, request, landing } = landFirst(harness);
  const other = joinFast(harness);
  harness.pass(4000, [remote, other]);
  const asked = new Set(other.wire.take("request").map(([, , begin]) => begin as number));
  assert.ok([...asked].every((begin) => begin >= LONG), "it is endgame, and others' blocks are asked for");
  assert.equal(remote.peer.onPieceBegin(0, 0, LONG), undefined, "it has its place already");
  finish(harness, remote, landing, request);
  assert.equal(harness.engine.wasted, 0);
});

Deno.test("a peer that stops in the middle of a block is closed: after a minute, and when it has the last blocks, after 5 s", () => {
  const alone = harnessOf(1);
  const remote = joinFast(alone);
  const landing = land(remote.peer, remote.wire.take("request")[0] as Call);
  alone.pass(59_000, [remote]);
  assert.equal(remote.wire.closeReason, undefined);
  alone.pass(1000, [remote]);
  assert.match(remote.wire.closeReason ?? "", /in the middle of a block/);
  landing.end();

  const harness = harnessOf(1);
  const slow = joinFast(harness);
  land(slow.peer, slow.wire.take("request")[0] as Call);
  const other = joinFast(harness);
  harness.pass(4000, [slow, other]);
  assert.equal(slow.wire.closeReason, undefined);
  harness.pass(1000, [slow, other]);
  assert.match(slow.wire.closeReason ?? "", /in the middle of a block/);
});

Deno.test("a block that keeps coming has all the time it needs, 16 KiB in each 5 s or minute", () => {
  const harness = harnessOf(1);
  const slow = joinFast(harness);
  const landing = land(slow.peer, slow.wire.take("request")[0] as Call);
  const other = joinFast(harness);
  for (let landed = BLOCK; landed < LONG; landed += BLOCK) {
    harness.pass(4000, [slow, other]);
    landing.onRead?.(landed);
  }
  assert.equal(slow.wire.closeReason, undefined);
  harness.engine.remove(other.peer);
  harness.join("none", { fast: true });
  harness.pass(59_000, [slow]);
  assert.equal(slow.wire.closeReason, undefined, "nobody else has the piece");
  landing.onRead?.(LONG - 1);
  harness.pass(1000, [slow]);
  assert.match(slow.wire.closeReason ?? "", /in the middle of a block/, "less than 16 KiB of it in a minute");
});

Deno.test("a peer that our own limit keeps from sending is neither closed in the middle of a block, nor snubbed", () => {
  const harness = harnessOf(1);
  const held = joinFast(harness);
  land(held.peer, held.wire.take("request")[0] as Call);
  for (let second = 0; second < 120; second++) {
    harness.pass(1000, [held]);
    held.peer.onHeldBack(1000, harness.now);
  }
  assert.equal(held.wire.closeReason, undefined);
  assert.equal(held.peer.pipeline.isSnubbed, false);
  harness.pass(60_000, [held]); // now it is its turn
  assert.match(held.wire.closeReason ?? "", /in the middle of a block/);
});

Deno.test("of the last blocks one that lands for 5 s is asked of others, too, and who sends it slowly is not closed", async () => {
  const harness = harnessOf(1);
  const slow = joinFast(harness);
  const [first, ...rest] = slow.wire.take("request") as [Call, ...Call[]];
  const landing = land(slow.peer, first);
  for (const request of rest) {
    slow.peer.onReject(request[1] as number, request[2] as number, request[3] as number);
  }
  harness.batch(slow);
  const other = joinFast(harness);
  let landed = 0;
  const drip = () => {
    harness.pass(1000, [slow, other]);
    landing.onRead?.(landed += BLOCK);
  };
  const isOthers = ([, , begin = 0]: Call) => (begin as number) < LONG;
  const asked: Call[] = [];
  const answer = () => {
    const requests = other.wire.take("request");
    asked.push(...requests);
    for (const request of requests) send(harness, other, request);
  };
  for (let second = 0; second < 4; second++) {
    drip();
    answer();
  }
  assert.equal(asked.some(isOthers), false);
  for (let second = 0; second < 6; second++) {
    drip();
    answer();
  }
  await harness.settle();
  assert.equal(asked.filter(isOthers).length, 32);
  assert.equal(harness.engine.isComplete, true);
  assert.equal(slow.wire.closeReason, "both sides have everything");
  assert.equal(harness.buffers.lent, 1, "what it still sends has to go somewhere");
  landing.end();
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("a slow block that was asked of others, too, is taken if it comes first", async () => {
  const harness = harnessOf(1);
  const { remote: slow, request: first, landing } = landFirst(harness);
  const other = joinFast(harness);
  harness.pass(3000, [slow, other]);
  for (const request of other.wire.take("request")) send(harness, other, request);
  harness.pass(1000, [slow, other]);
  for (const request of other.wire.take("request")) send(harness, other, request);
  landing.onRead?.(BLOCK);
  harness.pass(2000, [slow, other]);
  assert.ok(other.wire.take("request").some(([, , begin = 0]) => (begin as number) < LONG));
  finish(harness, slow, landing, first);
  await harness.settle();
  assert.equal(harness.engine.isComplete, true);
  assert.equal(harness.engine.wasted, 0);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("the last blocks wait for one that lands while there is no other buffer to go on in", () => {
  const harness = harnessOf(1, { buffers: 1 });
  const slow = joinFast(harness);
  const landing = land(slow.peer, slow.wire.take("request")[0] as Call);
  const other = joinFast(harness);
  for (let landed = BLOCK; landed < 20 * BLOCK; landed += BLOCK) {
    harness.pass(1000, [slow, other]);
    landing.onRead?.(landed);
  }
  assert.ok(other.wire.take("request").every(([, , begin = 0]) => (begin as number) >= LONG));
  assert.equal(slow.wire.closeReason, undefined);
});

Deno.test("a fast peer that waits for a buffer takes over whole long blocks", async () => {
  const harness = harnessOf(4, { buffers: 1 });
  const holder = joinFast(harness);
  const [first, second, tail] = holder.wire.take("request") as [Call, Call, Call];
  const landing = land(holder.peer, first);
  const other = joinFast(harness);
  harness.pass(3000, [other]);
  assert.deepEqual(other.wire.take("request"), [tail, second]);
  assert.deepEqual(
    holder.wire.take("cancel").map(([, ...fields]) => fields),
    [tail, second].map(([, ...fields]) => fields),
  );
  send(harness, other, tail);
  finish(harness, other, land(other.peer, second), second);
  finish(harness, holder, landing, first);
  await harness.settle();
  assert.deepEqual(harness.events, [`stored ${first[1]}`]);
  assert.equal(harness.engine.wasted, 0);
});

Deno.test("a peer that has waited long may begin to send a block", () => {
  const harness = harnessOf(1);
  const slow = joinFast(harness);
  joinFast(harness);
  harness.pass(6000, [slow]);
  land(slow.peer, slow.wire.take("request")[0] as Call);
  harness.pass(1000, [slow]);
  assert.equal(slow.wire.closeReason, undefined);
});

Deno.test("who drips into a piece that was dropped is closed, so that its buffer comes back", () => {
  const harness = harnessOf(2);
  const { remote: dripper, request, landing } = landFirst(harness);
  const priorities = Uint8Array.of(1, 1);
  priorities[request[1] as number] = 0;
  harness.engine.setPriorities(priorities, harness.now);
  dripper.peer.onChoke();
  for (const { index, begin, length } of [...dripper.peer.pipeline.requests()]) {
    dripper.peer.onReject(index, begin, length);
  }
  for (let landed = 1; landed < 5; landed++) {
    harness.pass(1000, [dripper]);
    landing.onRead?.(landed);
  }
  assert.equal(dripper.wire.closeReason, undefined);
  harness.pass(1000, [dripper]);
  assert.match(dripper.wire.closeReason ?? "", /in the middle of a block/);
});

Deno.test("long pieces that nobody asked for, or only a part of, break the protocol and have no place", () => {
  for (
    const [index, begin, length] of [[0, 0, LONG], [2, 5, LONG], [2, BLOCK, LONG], [2, 0, LONG + 1], [
      9,
      0,
      LONG,
    ]]
  ) {
    const harness = harnessOf(3);
    const remote = harness.join([2], { fast: true });
    const asked = remote.wire.take("request");
    assert.equal(asked.length, 64);
    const [at, from, bytes] = [index as number, begin as number, length as number];
    if (at !== 2 || from % BLOCK !== 0 || bytes % BLOCK !== 0) {
      assert.equal(remote.peer.onPieceBegin(at, from, bytes), undefined);
      assert.throws(() => remote.peer.onPiece(at, from, new Uint8Array(bytes)), ProtocolError);
    }
  }
  const harness = harnessOf(3);
  const remote = harness.join([2], { fast: true });
  assert.equal(
    remote.peer.onPieceBegin(2, 40 * BLOCK, 25 * BLOCK),
    undefined,
    "the last block was not asked for",
  );
  assert.throws(() => remote.peer.onPiece(2, 40 * BLOCK, new Uint8Array(25 * BLOCK)), ProtocolError);
});

Deno.test("a simulated swarm trades long blocks, and every byte is right", async () => {
  const swarm = new MemorySwarm({
    totalLength: 20 * PIECE + 12_345,
    pieceLength: PIECE,
    latencyMs: 1,
    seed: 5,
  });
  const node = { infoBytes: INFO_BYTES, upRate: 100e6, downRate: 100e6 };
  const seeder = swarm.add({ name: "seeder", isSeeder: true, ...node }, []);
  const leechers = ["a", "b", "c"].map((name) => swarm.add({ name, ...node }, []));
  let long = 0;
  for (const [i, leecher] of leechers.entries()) {
    for (const other of [seeder, ...leechers.slice(0, i)]) {
      for (const wire of swarm.connect(leecher, other)) {
        const request = wire.request.bind(wire);
        wire.request = (index, begin, length) => {
          if (length > BLOCK) long++;
          request(index, begin, length);
        };
      }
    }
  }
  await swarm.run();
  assert.ok(swarm.isComplete);
  assert.ok(long > 60, `${long} of them`);
  for (const { engine, rejected } of leechers) {
    assert.deepEqual(rejected, []);
    assert.ok(engine.wasted < swarm.layout.totalLength / 5, `${engine.wasted} bytes wasted`);
  }
  await swarm.close();
  for (const { buffers } of leechers) assert.equal(buffers.lent, 0);
});
