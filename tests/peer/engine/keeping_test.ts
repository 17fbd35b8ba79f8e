// Blocks of unfinished pieces outlive their buffers and the run. The keeper is memory, so that a test may spoil it.

import assert from "node:assert/strict";
import type { BlockKeeper } from "../../../peer/engine/ports.ts";
import { BLOCK_LENGTH } from "../../../protocol/piece_layout.ts";
import { bitfield, contentOf, EngineHarness, type HarnessOptions } from "../../support/engine_harness.ts";

/** Bytes by piece and place. */
class MemoryKeeper implements BlockKeeper {
  readonly blocks = new Map<string, Uint8Array>();
  /** What it was told to write, as piece:begin+length. */
  readonly writes: string[] = [];
  isFailing = false;

  keep(index: number, begin: number, bytes: Uint8Array): Promise<void> {
    if (this.isFailing) return Promise.reject(new Error("the disk is full"));
    this.writes.push(`${index}:${begin / BLOCK_LENGTH}+${bytes.length / BLOCK_LENGTH}`);
    for (let at = 0; at < bytes.length; at += BLOCK_LENGTH) {
      this.blocks.set(`${index}:${(begin + at) / BLOCK_LENGTH}`, bytes.slice(at, at + BLOCK_LENGTH));
    }
    return Promise.resolve();
  }

  recall(index: number, begin: number, length: number): Promise<Uint8Array> {
    if (this.isFailing) return Promise.reject(new Error("the file is gone"));
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += BLOCK_LENGTH) {
      const block = this.blocks.get(`${index}:${(begin + at) / BLOCK_LENGTH}`);
      if (block !== undefined) bytes.set(block, at);
    }
    return Promise.resolve(bytes);
  }
}

/** Piece 0, of which blocks 0, 1 and 3 of four are kept. */
function withKept(options: HarnessOptions = {}): { keeper: MemoryKeeper; harness: EngineHarness } {
  const keeper = new MemoryKeeper();
  for (const block of [0, 1, 3]) {
    keeper.blocks.set(`0:${block}`, new Uint8Array(BLOCK_LENGTH).fill(contentOf(0, block * BLOCK_LENGTH)));
  }
  const kept = [{ index: 0, blocks: bitfield(4, [0, 1, 3]) }];
  return { keeper, harness: new EngineHarness({ pieceCount: 2, keeper, kept, ...options }) };
}

function listOf(harness: EngineHarness): [number, number[]][] {
  return harness.engine.keeping.pieces.map(({ index, blocks }) => [
    index,
    Array.from({ length: blocks.length }, (_, i) => i).filter((i) => blocks.has(i)),
  ]);
}

Deno.test("Keeping writes what has come of a piece that takes long, once, and lists it when it is written", async () => {
  const keeper = new MemoryKeeper();
  const harness = new EngineHarness({ pieceCount: 1, keeper });
  const remote = harness.join("all");
  harness.sendBlock(remote, 0, 0);
  harness.sendBlock(remote, 0, 3 * BLOCK_LENGTH);
  assert.equal(await harness.engine.keeping.keepAll(harness.now + 3_999), false, "it is young");
  const keeping = harness.engine.keeping.keepAll(harness.now + 4_000);
  assert.deepEqual(listOf(harness), []);
  assert.equal(await keeping, true);
  assert.deepEqual(listOf(harness), [[0, [0, 3]]]);
  assert.deepEqual(keeper.writes, ["0:0+1", "0:3+1"]);
  assert.equal(await harness.engine.keeping.keepAll(harness.now + 6_000), false);
  harness.sendBlock(remote, 0, BLOCK_LENGTH);
  assert.equal(await harness.engine.keeping.keepAll(harness.now, true), true, "the last time of all");
  assert.deepEqual(keeper.writes, ["0:0+1", "0:3+1", "0:1+1"]);
  assert.deepEqual(harness.events, ["kept 0", "kept 0", "kept 0"]);
  harness.sendBlock(remote, 0, 2 * BLOCK_LENGTH);
  await harness.settle();
  assert.deepEqual(listOf(harness), [], "the piece is stored");
});

Deno.test("Keeping.begin(): after a restart only the missing blocks are asked for", async () => {
  const { harness } = withKept();
  const remote = harness.join("all");
  const asked = remote.wire.take("request").map(([, index, begin]) => [index, Number(begin) / BLOCK_LENGTH]);
  assert.deepEqual(asked, [[0, 2], [1, 0], [1, 1], [1, 2], [1, 3]], "and what was begun comes first");
  await harness.settle();
  harness.sendBlock(remote, 0, 2 * BLOCK_LENGTH);
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 0"]);
  assert.equal(harness.engine.downloaded, BLOCK_LENGTH);
  assert.deepEqual(listOf(harness), []);
});

Deno.test("Keeping.begin(): the blocks may be read after the missing ones have come", async () => {
  const { harness } = withKept();
  const remote = harness.join("all");
  harness.sendBlock(remote, 0, 2 * BLOCK_LENGTH);
  assert.deepEqual(harness.events, []);
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 0"]);
});

Deno.test("a kept block that is wrong costs its piece, and no peer its place; the next time all of it is fetched", async () => {
  const { keeper, harness } = withKept();
  keeper.blocks.set("0:1", new Uint8Array(BLOCK_LENGTH).fill(99));
  const remote = harness.join([0]);
  await harness.settle();
  remote.wire.take("request");
  harness.sendBlock(remote, 0, 2 * BLOCK_LENGTH);
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0"]);
  assert.deepEqual(listOf(harness), []);
  assert.equal(harness.answer(remote), 4);
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0", "stored 0"]);
  assert.equal(remote.wire.closeReason, undefined);
});

Deno.test("a peer that sends a bad block into a piece with kept ones is found out all the same", async () => {
  const { harness } = withKept();
  const liar = harness.join([0]);
  await harness.settle();
  liar.wire.take("request");
  harness.sendBlock(liar, 0, 2 * BLOCK_LENGTH, { isBad: true });
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0"], "it might have been the disk");
  harness.answer(liar);
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0", "ban 1", "stored 0"]);
});

Deno.test("kept blocks that can't be read are fetched, and forgotten", async () => {
  const { keeper, harness } = withKept({ pieceCount: 1 });
  keeper.isFailing = true;
  const remote = harness.join("all");
  assert.equal(remote.wire.take("request").length, 1);
  await harness.settle();
  assert.deepEqual(remote.wire.take("request").map(([, , begin]) => Number(begin) / BLOCK_LENGTH), [0, 1, 3]);
  assert.deepEqual(listOf(harness), []);
});

Deno.test("a piece that is dropped while its kept blocks are read takes none of them into its next life", async () => {
  const { harness } = withKept();
  const remote = harness.join([0]);
  harness.engine.setPriorities(Uint8Array.from([0, 2]), harness.now); // nobody wants it any more
  await harness.settle();
  assert.equal(harness.buffers.lent, 0);
  harness.engine.setPriorities(undefined, harness.now);
  assert.deepEqual(listOf(harness), [[0, [0, 1, 3]]]);
  harness.batch(remote);
  await harness.settle();
  harness.sendBlock(remote, 0, 2 * BLOCK_LENGTH);
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 0"]);
});

Deno.test("a piece whose buffer is needed for others keeps what has come, and goes on with it", async () => {
  const keeper = new MemoryKeeper();
  const harness = new EngineHarness({ pieceCount: 2, buffers: 1, keeper });
  const first = harness.join([0]);
  harness.sendBlock(first, 0, 0);
  harness.sendBlock(first, 0, BLOCK_LENGTH);
  const second = harness.join([1]);
  first.peer.onChoke();
  harness.batch(first);
  harness.pass(6_000, [first, second]);
  await harness.settle();
  assert.deepEqual(listOf(harness), [[0, [0, 1]]]);
  assert.equal(harness.engine.wasted, 0);
  assert.equal(harness.answer(second), 4);
  await harness.settle();
  first.peer.onUnchoke();
  first.wire.take("request");
  harness.batch(first);
  assert.equal(harness.answer(first), 2);
  await harness.settle();
  assert.deepEqual(harness.events, ["kept 0", "stored 1", "stored 0", "complete"]);
});

Deno.test("what an earlier run has kept of a piece that is here, or of another shape, is nothing", () => {
  const keeper = new MemoryKeeper();
  const kept = [{ index: 0, blocks: bitfield(4, [0]) }, { index: 1, blocks: bitfield(5, [0]) }];
  assert.deepEqual(listOf(new EngineHarness({ pieceCount: 2, have: [0], keeper, kept })), []);
  assert.deepEqual(listOf(new EngineHarness({ pieceCount: 2, kept })), [], "nobody keeps anything");
});

Deno.test("a disk that fails to keep a block ends the torrent like any other write", async () => {
  const keeper = new MemoryKeeper();
  keeper.isFailing = true;
  const harness = new EngineHarness({ pieceCount: 1, keeper });
  harness.sendBlock(harness.join("all"), 0, 0);
  await harness.engine.keeping.keepAll(harness.now, true);
  assert.deepEqual(harness.events, ["storage error the disk is full"]);
  assert.deepEqual(listOf(harness), []);
});
