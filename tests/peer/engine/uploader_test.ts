import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import { contentOf, EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;

function leecher(harness: EngineHarness): Remote {
  const remote = harness.join("none", { unchokes: false });
  remote.peer.onInterested();
  harness.batch(remote);
  return remote;
}

Deno.test("Uploader answers requests in order with the right bytes", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  assert.deepEqual(remote.wire.take(), [["bitfield"], ["unchoke"]]);
  remote.peer.onRequest(3, BLOCK, BLOCK);
  remote.peer.onRequest(0, 0, 100);
  assert.deepEqual(remote.wire.take(), [], "not before the batch ends");
  harness.batch(remote);
  assert.deepEqual(remote.wire.take(), [["piece", 3, BLOCK, BLOCK], ["piece", 0, 0, 100]]);
  assert.ok(remote.wire.blocks[0]?.every((byte) => byte === contentOf(3, BLOCK)));
  assert.equal(harness.engine.uploaded, BLOCK + 100);
  assert.equal(remote.peer.uploaded, BLOCK + 100);
});

Deno.test("Uploader lends whole blocks to a wire that takes them, and copies the others", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  remote.wire.take();
  remote.wire.takesMessages = true;
  remote.peer.onRequest(3, BLOCK, BLOCK);
  remote.peer.onRequest(3, 2 * BLOCK, 100);
  remote.peer.onRequest(3, 2 * BLOCK, BLOCK);
  harness.batch(remote);
  assert.deepEqual(remote.wire.take(), [
    ["lent", BLOCK, 2 * BLOCK],
    ["piece", 3, 2 * BLOCK, 100],
    ["lent", 2 * BLOCK, 3 * BLOCK],
  ]);
  assert.equal(harness.engine.uploaded, 2 * BLOCK + 100);
});

Deno.test("Uploader lends blocks that lie side by side in one go, as many as there is room for", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  remote.wire.take();
  remote.wire.takesMessages = true;
  remote.wire.room = 5 * (BLOCK + 13);
  const asked = [[0, 0], [0, BLOCK], [0, 2 * BLOCK], [1, 3 * BLOCK], [1, 0], [1, BLOCK]] as const;
  for (const [index, begin] of asked) remote.peer.onRequest(index, begin, BLOCK);
  harness.batch(remote);
  assert.deepEqual(remote.wire.take(), [["lent", 0, 3 * BLOCK], ["lent", 3 * BLOCK, 4 * BLOCK], [
    "lent",
    0,
    BLOCK,
  ]]);
  assert.equal(remote.peer.uploaded, 5 * BLOCK);
  remote.wire.room = BLOCK + 13;
  remote.peer.onWritable(harness.now);
  assert.deepEqual(remote.wire.take(), [["lent", BLOCK, 2 * BLOCK]]);
  assert.equal(harness.engine.uploaded, 6 * BLOCK);
});

Deno.test("Uploader sends as much as there is room for, and the rest when a write has ended", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  remote.wire.take();
  remote.wire.room = 2 * (BLOCK + 13);
  for (const begin of [0, 1, 2]) remote.peer.onRequest(0, begin * BLOCK, BLOCK);
  harness.batch(remote);
  assert.equal(remote.wire.take("piece").length, 2);
  harness.batch(remote);
  assert.equal(remote.wire.take("piece").length, 0);
  remote.wire.room = BLOCK + 12;
  remote.peer.onWritable(harness.now);
  assert.equal(remote.wire.take("piece").length, 0, "one byte short");
  remote.wire.room = BLOCK + 13;
  remote.peer.onWritable(harness.now);
  assert.equal(remote.wire.take("piece").length, 1);
});

Deno.test("Uploader waits for the disk once, and goes on when the block is there", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  remote.wire.take();
  harness.isDiskSlow = true;
  remote.peer.onRequest(0, 0, BLOCK);
  for (let i = 0; i < 5; i++) harness.batch(remote);
  assert.equal(harness.waitingReads.length, 1);
  harness.isDiskSlow = false;
  const { flushes } = remote.wire;
  harness.waitingReads.pop()?.();
  assert.deepEqual(remote.wire.take("piece"), [["piece", 0, 0, BLOCK]]);
  assert.ok(remote.wire.flushes > flushes);
});

Deno.test("Uploader has what is asked for read 64 to 128 requests ahead of its turn, a batch at a time", () => {
  const harness = new EngineHarness({ have: "all", pieceCount: 50 });
  const remote = leecher(harness);
  remote.wire.room = 0;
  const block = (i: number): [number, number] => [Math.floor(i / 4), i % 4 * BLOCK];
  const blocks = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => block(from + i));
  for (let i = 0; i < 200; i++) remote.peer.onRequest(...block(i), BLOCK);
  harness.batch(remote);
  assert.deepEqual(harness.prepared, [], "nothing can be sent yet");
  const send = () => {
    remote.wire.room = BLOCK + 13;
    remote.peer.onWritable(harness.now);
  };
  send();
  assert.deepEqual(harness.prepared.splice(0), blocks(0, 128));
  for (let sent = 1; sent < 64; sent++) send();
  assert.deepEqual(harness.prepared, [], "64 are still ahead");
  harness.isDiskSlow = true;
  send();
  assert.deepEqual(harness.prepared, blocks(128, 192), "also while it waits for the disk");
  assert.equal(remote.wire.take("piece").length, 64);
});

Deno.test("Uploader has what is asked for read ahead, also after much was cancelled", () => {
  const harness = new EngineHarness({ have: "all", pieceCount: 50 });
  const remote = leecher(harness);
  remote.wire.room = 0;
  for (let i = 0; i < 100; i++) remote.peer.onRequest(i % 50, Math.floor(i / 50) * BLOCK, BLOCK);
  remote.wire.room = BLOCK + 13;
  remote.peer.onWritable(harness.now);
  for (let i = 1; i < 90; i++) remote.peer.onCancel(i % 50, Math.floor(i / 50) * BLOCK, BLOCK);
  harness.prepared.length = 0;
  remote.peer.onRequest(7, 2 * BLOCK, BLOCK);
  remote.wire.room = BLOCK + 13;
  remote.peer.onWritable(harness.now);
  assert.deepEqual(harness.prepared, [[7, 2 * BLOCK]]);
});

Deno.test("Uploader forgets a peer that left while the disk was reading", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  harness.isDiskSlow = true;
  remote.peer.onRequest(0, 0, BLOCK);
  harness.batch(remote);
  harness.isDiskSlow = false;
  harness.engine.remove(remote.peer);
  harness.waitingReads.pop()?.();
  assert.deepEqual(remote.wire.take("piece"), []);
});

Deno.test("Uploader drops a request that is cancelled, and only that one", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  remote.wire.take();
  for (const begin of [0, 1, 2]) remote.peer.onRequest(0, begin * BLOCK, BLOCK);
  remote.peer.onCancel(0, BLOCK, BLOCK);
  remote.peer.onCancel(7, 0, BLOCK);
  harness.batch(remote);
  assert.deepEqual(remote.wire.take("piece").map(([, , begin]) => begin), [0, 2 * BLOCK]);
});

Deno.test("Uploader ignores requests while it chokes, and for pieces it does not have", () => {
  const harness = new EngineHarness({ have: [1], uploadSlots: 0 });
  const first = leecher(harness);
  const choked = leecher(harness);
  choked.peer.onRequest(1, 0, BLOCK);
  first.peer.onRequest(2, 0, BLOCK);
  harness.batch(first);
  harness.batch(choked);
  assert.deepEqual(first.wire.take("piece"), []);
  assert.deepEqual(choked.wire.take("piece"), []);
});

Deno.test("Uploader takes a request that lies outside the piece or is too long for a breach of the protocol", () => {
  const harness = new EngineHarness({ have: "all", pieceLength: 1024 * 1024 });
  const { peer } = leecher(harness);
  for (
    const [index, begin, length] of [
      [8, 0, BLOCK],
      [0xffffffff, 0, BLOCK],
      [0, 1024 * 1024, 1],
      [0, 1024 * 1024 - 1, 2],
      [0, 0xffffffff, 0xffffffff],
      [0, 0, 0],
      [0, 0, 512 * 1024 + 1],
    ] as const
  ) {
    assert.throws(() => peer.onRequest(index, begin, length), ProtocolError, `${index} ${begin} ${length}`);
  }
  peer.onRequest(0, 0, 512 * 1024);
});

Deno.test("Uploader holds a bounded number of requests for one peer", () => {
  const harness = new EngineHarness({ have: "all" });
  const remote = leecher(harness);
  remote.wire.room = 0;
  for (let i = 0; i < 5000; i++) remote.peer.onRequest(0, 0, BLOCK);
  assert.equal(remote.peer.uploads.requests.length, 2048);
});

Deno.test("Uploader sends a long block as soon as there is room for 128 KiB, whole", () => {
  const harness = new EngineHarness({ have: "all", pieceLength: 1024 * 1024 });
  const remote = leecher(harness);
  remote.wire.take();
  remote.wire.room = 128 * 1024 + 12;
  remote.peer.onRequest(0, 512 * 1024, 512 * 1024);
  harness.batch(remote);
  assert.deepEqual(remote.wire.take(), []);
  remote.wire.room++;
  remote.peer.onWritable(harness.now);
  assert.deepEqual(remote.wire.take(), [["piece", 0, 512 * 1024, 512 * 1024]]);
});

Deno.test("Uploader has long blocks read as far ahead as others: 1 to 2 MiB", () => {
  const harness = new EngineHarness({ have: "all", pieceLength: 1024 * 1024 });
  const remote = leecher(harness);
  const long = 512 * 1024;
  for (let i = 0; i < 8; i++) remote.peer.onRequest(i >> 1, i % 2 * long, long);
  remote.wire.room = 0;
  harness.batch(remote);
  remote.wire.room = long + 13;
  remote.peer.onWritable(harness.now);
  assert.deepEqual(harness.prepared, [[0, 0], [0, long], [1, 0], [1, long]]);
});

Deno.test("Uploader rejects long blocks that would leave in slices: what else is to be said would take them with it", () => {
  const harness = new EngineHarness({ have: "all", pieceLength: 1024 * 1024 });
  const remote = harness.join("none", { unchokes: false, fast: true });
  remote.peer.onInterested();
  harness.batch(remote);
  remote.wire.take();
  remote.wire.room = 0;
  const long = 512 * 1024;
  remote.peer.onRequest(0, 0, long);
  remote.peer.onRequest(0, long, 128 * 1024);
  remote.wire.longestWhole = BLOCK;
  remote.peer.onRequest(0, long, long);
  remote.wire.room = long;
  harness.batch(remote);
  assert.deepEqual(remote.wire.take(), [["reject", 0, long, long], ["reject", 0, 0, long], [
    "piece",
    0,
    long,
    128 * 1024,
  ]]);
  assert.equal(remote.peer.uploads.requests.length, 0);
});
