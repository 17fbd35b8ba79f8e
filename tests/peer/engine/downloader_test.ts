import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import type { Call } from "../../support/fake_wire.ts";
import { EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;

function blocks(requests: Call[]): string[] {
  return requests.map(([, index, begin]) => `${index}/${(begin as number) / BLOCK}`).toSorted();
}

function everyBlock(pieces: number[]): string[] {
  return pieces.flatMap((index) => [0, 1, 2, 3].map((block) => `${index}/${block}`)).toSorted();
}

Deno.test("Downloader asks one peer for every block once, and fetches the torrent", async () => {
  const harness = new EngineHarness({ totalLength: 7 * 4 * BLOCK + BLOCK + 5 });
  const seeder = harness.join("all");
  const requests = seeder.wire.take("request");
  assert.deepEqual(blocks(requests), [...everyBlock([0, 1, 2, 3, 4, 5, 6]), "7/0", "7/1"]);
  assert.deepEqual(requests.find(([, index, begin]) => index === 7 && begin === BLOCK), [
    "request",
    7,
    BLOCK,
    5,
  ]);
  harness.answer(seeder, requests);
  await harness.settle();
  assert.equal(harness.events.filter((event) => event.startsWith("stored")).length, 8);
  assert.equal(harness.events.at(-1), "complete");
  assert.equal(harness.engine.isComplete, true);
  assert.equal(harness.engine.left, 0);
  assert.equal(harness.engine.verified, harness.layout.totalLength);
  assert.equal(harness.engine.downloaded, harness.layout.totalLength);
  assert.equal(harness.engine.wasted, 0);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("Downloader asks for nothing while choked, and for nothing the peer lacks", () => {
  const harness = new EngineHarness();
  const choking = harness.join("all", { unchokes: false });
  assert.deepEqual(choking.wire.take("request"), []);
  const poor = harness.join([2, 5]);
  assert.deepEqual(blocks(poor.wire.take("request")), everyBlock([2, 5]));
});

Deno.test("Downloader fetches only what is missing", () => {
  const harness = new EngineHarness({ have: [0, 1, 2, 4, 5, 6] });
  assert.deepEqual(blocks(harness.join("all").wire.take("request")), everyBlock([3, 7]));
});

Deno.test("Downloader asks two peers for different blocks", () => {
  const harness = new EngineHarness({ pieceCount: 40 });
  const first = blocks(harness.join("all").wire.take("request"));
  const second = blocks(harness.join("all").wire.take("request"));
  assert.equal(first.length, 64);
  assert.equal(second.length, 64);
  assert.equal(new Set([...first, ...second]).size, 128);
});

Deno.test("Downloader never asks for more than maxRequestQueue blocks at a time", () => {
  const harness = new EngineHarness({ maxRequestQueue: 5 });
  const seeder = harness.join("all");
  assert.equal(seeder.wire.calls.filter(([name]) => name === "request").length, 5);
  const requests = seeder.wire.take("request");
  harness.answer(seeder, requests.slice(0, 2));
  assert.equal(seeder.wire.take("request").length, 2);
});

Deno.test("Downloader.onBlock() counts a block that comes twice by way of two peers as waste", () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const a = harness.join("all");
  const b = harness.join("all");
  const asked = a.wire.take("request");
  assert.deepEqual(blocks(asked), everyBlock([0]));
  // b is asked only for what a does not bring; once a has stalled, endgame asks b as well.
  harness.now += 2500;
  harness.batch(b);
  const twice = b.wire.take("request");
  assert.ok(twice.length > 0);
  const [, index, begin] = twice[0] as Call;
  harness.sendBlock(a, index as number, begin as number);
  harness.batch(a);
  assert.deepEqual(b.wire.take("cancel"), [["cancel", index, begin, BLOCK]]);
  harness.sendBlock(b, index as number, begin as number); // was under way when the cancel came
  assert.equal(harness.engine.wasted, BLOCK);
  assert.equal(harness.engine.downloaded, 2 * BLOCK);
  assert.throws(() => harness.sendBlock(b, index as number, begin as number), ProtocolError);
});

Deno.test("Downloader frees the blocks of a peer that chokes us, and others get them at once", () => {
  const harness = new EngineHarness({ pieceCount: 2 });
  const a = harness.join("all");
  const b = harness.join("all");
  assert.equal(a.wire.take("request").length, 8);
  assert.equal(b.wire.take("request").length, 0);
  a.peer.onChoke();
  harness.batch(a);
  assert.deepEqual(a.wire.take("cancel"), [], "a choke has dropped the requests already (BEP 3)");
  assert.deepEqual(blocks(b.wire.take("request")), everyBlock([0, 1]));
  assert.ok(b.wire.flushes > 0);
  a.peer.onUnchoke();
  harness.batch(a);
  assert.equal(a.wire.take("request").length, 0, "all is asked of b");
});

Deno.test("Downloader welcomes a block that was under way when its sender choked us", async () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const a = harness.join("all");
  const asked = a.wire.take("request");
  harness.answer(a, asked.slice(0, 2));
  a.peer.onChoke();
  harness.batch(a);
  harness.answer(a, asked.slice(2));
  await harness.settle();
  assert.equal(harness.engine.isComplete, true);
  assert.equal(harness.engine.wasted, 0);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("Downloader keeps the blocks of a peer that leaves in the middle of a piece", async () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const a = harness.join("all");
  const b = harness.join("all");
  harness.answer(a, a.wire.take("request").slice(0, 3));
  harness.engine.remove(a.peer);
  harness.engine.remove(a.peer);
  const rest = b.wire.take("request");
  assert.equal(rest.length, 1);
  harness.answer(b, rest);
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 0", "complete"]);
});

Deno.test("Downloader gives the buffer of a piece back that nobody has sent a block of", () => {
  const harness = new EngineHarness();
  const a = harness.join("all");
  assert.equal(harness.buffers.lent, 8);
  harness.engine.remove(a.peer);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("Downloader begins no piece without a buffer, and goes on when one comes back", async () => {
  const harness = new EngineHarness({ buffers: 2, holdStore: true });
  const a = harness.join("all");
  const first = a.wire.take("request");
  assert.equal(first.length, 8);
  harness.answer(a, first);
  assert.equal(a.wire.take("request").length, 0, "both buffers are with the store");
  await harness.settle();
  assert.equal(a.wire.take("request").length, 8);
});

Deno.test("Downloader asks every waiting peer in turn when buffers come back one at a time", async () => {
  const harness = new EngineHarness({ pieceCount: 60, buffers: 1, maxRequestQueue: 4 });
  const remotes = [1, 2, 3].map(() => harness.join("all"));
  const served = new Map<Remote, number>();
  for (let round = 0; round < 30; round++) {
    for (const remote of remotes) {
      const requests = remote.wire.take("request");
      if (requests.length === 0) continue;
      served.set(remote, (served.get(remote) ?? 0) + requests.length);
      harness.answer(remote, requests);
    }
    await harness.settle();
  }
  for (const remote of remotes) assert.ok((served.get(remote) ?? 0) >= 20, `got ${[...served.values()]}`);
});

Deno.test("Downloader lets a fast peer take over from a slow one that holds the last buffer", () => {
  const harness = new EngineHarness({ pieceCount: 4, buffers: 1 });
  const slow = harness.join([0]);
  assert.equal(slow.wire.take("request").length, 4);
  const fast = harness.join("all");
  assert.equal(fast.wire.take("request").length, 0);
  harness.pass(3000, [slow, fast]);
  const requests = fast.wire.take("request");
  assert.ok(requests.length > 0);
  assert.ok(requests.every(([, index]) => index === 0));
});

Deno.test("Downloader drops a piece that nobody can finish when its buffer is needed", () => {
  const harness = new EngineHarness({ pieceCount: 4, buffers: 1 });
  const leaver = harness.join([0]);
  harness.answer(leaver, leaver.wire.take("request").slice(0, 2));
  const other = harness.join([1, 2, 3]);
  harness.engine.remove(leaver.peer);
  assert.equal(other.wire.take("request").length, 0);
  harness.pass(8000, [other]);
  assert.equal(other.wire.take("request").length, 4);
  assert.equal(harness.engine.wasted, 2 * BLOCK);
});

Deno.test("Downloader reports a failed disk, keeps what it has and begins the piece anew", async () => {
  const harness = new EngineHarness({ pieceCount: 1, holdStore: true });
  const a = harness.join("all");
  harness.answer(a);
  harness.storing.shift()?.settle(new Error("disk full"));
  await harness.settle();
  assert.deepEqual(harness.events, ["storage error disk full"]);
  assert.equal(harness.engine.have.count, 0);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("Downloader picks rarest first once it has a piece", async () => {
  const harness = new EngineHarness({ pieceCount: 30, have: [0], maxRequestQueue: 4 });
  harness.join([...Array(30).keys()].filter((index) => index !== 17 && index !== 23), { unchokes: false });
  const seeder = harness.join("all");
  const order: number[] = [];
  for (let i = 0; i < 2; i++) {
    const requests = seeder.wire.take("request");
    order.push(requests[0]?.[1] as number);
    harness.answer(seeder, requests);
    await harness.settle();
  }
  assert.deepEqual(order.toSorted((a, b) => a - b), [17, 23]);
});

Deno.test("Downloader begins with a random piece, not with the same in every client", () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const harness = new EngineHarness({ pieceCount: 100, seed, maxRequestQueue: 4 });
    firsts.add(harness.join("all").wire.take("request")[0]?.[1] as number);
  }
  assert.ok(firsts.size > 12, `got ${firsts.size} different pieces`);
});

Deno.test("Downloader finishes what is begun before it begins more", () => {
  const harness = new EngineHarness({ pieceCount: 20, maxRequestQueue: 3 });
  const a = harness.join("all");
  const b = harness.join("all");
  const pieces = [...a.wire.take("request"), ...b.wire.take("request")].map(([, index]) => index);
  assert.equal(new Set(pieces).size, 2, "four blocks of one piece, two of the next");
});

Deno.test("Downloader does nothing for a batch that changed nothing", () => {
  const harness = new EngineHarness({ pieceCount: 2 });
  const a = harness.join("all");
  const b = harness.join("all");
  a.wire.take();
  b.wire.take();
  for (let i = 0; i < 10; i++) harness.batch(b);
  assert.deepEqual(b.wire.take(), []);
});

Deno.test("Downloader does not begin with the rarest piece: the first one is to come soon", () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const harness = new EngineHarness({ pieceCount: 20, seed, maxRequestQueue: 4 });
    const allButOne = [...Array(19).keys()];
    for (let i = 0; i < 3; i++) harness.join(allButOne, { unchokes: false });
    firsts.add(harness.join("all").wire.take("request")[0]?.[1] as number);
  }
  assert.ok(firsts.size > 6, `got ${[...firsts]}`);
});

Deno.test("Downloader gives fast peers pieces of their own, and lets slow ones share", async () => {
  for (const [ms, isShared] of [[100, false], [40_000, true]] as const) {
    const harness = new EngineHarness({
      pieceCount: 400,
      have: [0],
      maxRequestQueue: 16,
      pieceLength: 32 * BLOCK,
    });
    const remotes = [harness.join("all"), harness.join("all")];
    let shared = 0;
    for (let i = 0; i < 20; i++) {
      harness.now += ms;
      const asked = remotes.map(({ wire }) => wire.take("request"));
      const [first, second] = asked.map((requests) => new Set(requests.map(([, index]) => index)));
      if (i >= 10 && first?.intersection(second as Set<number>).size) shared++;
      remotes.forEach((remote, i) => harness.answer(remote, asked[i]));
      await harness.settle();
    }
    assert.equal(shared > 0, isShared, `a batch every ${ms} ms: ${shared} of 10 shared`);
  }
});

Deno.test("Downloader begins no new piece while the store has 8 MiB to hash and write, and goes on after", async () => {
  const pieceLength = 1024 * 1024;
  const h = new EngineHarness({ pieceCount: 40, pieceLength, holdStore: true, maxRequestQueue: 64 });
  const remote = h.join("all");
  for (let rounds = 0; rounds < 100 && h.answer(remote) > 0;) rounds++;
  assert.equal(h.storing.length, 8);
  assert.ok(h.buffers.lent < h.buffers.size, "there are buffers left");
  await h.settle();
  assert.ok(remote.wire.take("request").length > 0);
});

Deno.test("Downloader lets the store have four pieces, however large they are", () => {
  const pieceLength = 16 * 1024 * 1024;
  const h = new EngineHarness({ pieceCount: 10, pieceLength, holdStore: true, maxRequestQueue: 64 });
  const remote = h.join("all");
  for (let rounds = 0; rounds < 100 && h.answer(remote) > 0;) rounds++;
  assert.equal(h.storing.length, 4);
});

Deno.test("Downloader counts anew when peers come back after all had left, and asks for nothing that is here", async () => {
  const harness = new EngineHarness({ pieceCount: 6 });
  const first = harness.join([0, 1, 2]);
  harness.answer(first, first.wire.take("request").slice(0, 6));
  await harness.settle();
  harness.engine.remove(first.peer);
  harness.pass(20_000);
  assert.equal(harness.engine.have.count, 1);
  const back = harness.join("all");
  const requests = back.wire.take("request");
  assert.equal(requests.length, 5 * 4 - 2, "the two blocks of the piece that was begun stay");
  harness.answer(back, requests);
  await harness.settle();
  assert.equal(harness.engine.isComplete, true);
  assert.equal(harness.engine.wasted, 0);
});
