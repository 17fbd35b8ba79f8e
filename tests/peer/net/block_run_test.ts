import assert from "node:assert/strict";
import { BLOCK_LENGTH, PieceLayout } from "../../../protocol/piece_layout.ts";
import { BlockRun } from "../../../peer/net/block_run.ts";
import { randomParts } from "../../support/mutations.ts";
import { pseudoRandomBytes, SeededRandom } from "../../support/random.ts";

/** Pieces of 40,000 bytes: three blocks, the last one short; the last piece has 10,001 bytes. */
const layout = new PieceLayout(40_000, 130_001);
const content = pseudoRandomBytes(130_001, 5);

function collect(index: number, begin: number, count: number) {
  const came: string[] = [];
  const run = new BlockRun(layout, index, begin, count, (index, begin, block) => {
    const offset = layout.pieceOffset(index) + begin;
    assert.deepEqual(block, content.subarray(offset, offset + layout.blockLength(index, begin)));
    came.push(`${index} ${begin}`);
  });
  return { run, came, bytes: content.subarray(run.offset, run.offset + run.length) };
}

const SEVEN = ["0 16384", "0 32768", "1 0", "1 16384", "1 32768", "2 0", "2 16384"];

Deno.test("BlockRun knows where it lies, over the borders of pieces", () => {
  const { run } = collect(0, 16384, 7);
  assert.deepEqual([run.offset, run.length, run.wanted], [16384, 80_000 - 16384 + 2 * 16384, 7]);
  assert.equal(collect(2, 32768, 2).run.length, 40_000 - 32768 + 10_001);
});

Deno.test("BlockRun gives the same blocks however the bytes are cut", () => {
  for (const most of [1, 100, BLOCK_LENGTH, 3 * BLOCK_LENGTH, 1_000_000]) {
    const { run, came, bytes } = collect(0, 16384, 7);
    for (const part of randomParts(bytes, most, new SeededRandom(most))) run.put(part);
    assert.deepEqual(came, SEVEN);
    assert.equal(run.wanted, 0);
  }
});

Deno.test("BlockRun ignores what is beyond its end", () => {
  const { run, came } = collect(0, 0, 1);
  run.put(content);
  run.put(content);
  assert.deepEqual(came, ["0 0"]);
});

Deno.test("BlockRun holds back blocks that were forgotten, and knows those that are not its own", () => {
  const { run, came, bytes } = collect(0, 16384, 7);
  assert.equal(run.forget(1, 0), true);
  assert.equal(run.forget(1, 0), false, "twice");
  for (const [index, begin] of [[0, 0], [2, 32768], [3, 0]] as const) {
    assert.equal(run.forget(index, begin), false);
  }
  assert.equal(run.wanted, 6);
  run.put(bytes.subarray(0, 40_000));
  assert.equal(run.forget(0, 16384), false, "it has come");
  run.put(bytes.subarray(40_000));
  assert.deepEqual(came, SEVEN.filter((block) => block !== "1 0"));
});
