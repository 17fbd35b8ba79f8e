import assert from "node:assert/strict";
import { Padding } from "../../../peer/engine/padding.ts";
import { PartialPiece } from "../../../peer/engine/partial_piece.ts";
import { PieceLayout } from "../../../protocol/piece_layout.ts";

const BLOCK = 16384;

/** Which blocks of a piece of four are asked for. */
function asked(padding: Padding, index: number, length = 4 * BLOCK): number {
  const partial = new PartialPiece();
  partial.start(index, new Uint8Array(length).fill(7), 0);
  padding.fill(partial);
  assert.equal(partial.missing, partial.free);
  return Array.from({ length: partial.blockCount }, (_, block) => partial.isHere(block) ? 0 : 1 << block)
    .reduce((sum, bit) => sum + bit, 0);
}

Deno.test("Padding: blocks of zeros count as here, others and those with some data in them don't", () => {
  const layout = new PieceLayout(4 * BLOCK, 14 * BLOCK);
  const padding = new Padding(layout, [
    { offset: BLOCK + 5, length: 3 * BLOCK - 5 }, // from block 1 of piece 0 to its end
    { offset: 6 * BLOCK, length: BLOCK - 1 }, // not all of block 2 of piece 1
    { offset: 9 * BLOCK, length: BLOCK }, // block 1 of piece 2
  ]);
  assert.deepEqual([0, 1, 2, 3].map((index) => asked(padding, index, index === 3 ? 2 * BLOCK : 4 * BLOCK)), [
    0b0011,
    0b1111,
    0b1101,
    0b11,
  ]);
});

Deno.test("Padding: a short last block at the torrent's end counts, too, and zeros are in its place", () => {
  const layout = new PieceLayout(4 * BLOCK, 2 * BLOCK + 9);
  const padding = new Padding(layout, [{ offset: BLOCK, length: BLOCK + 9 }]);
  const partial = new PartialPiece();
  partial.start(0, new Uint8Array(2 * BLOCK + 9).fill(7), 0);
  assert.equal(partial.isBlank, true);
  padding.fill(partial);
  assert.deepEqual([partial.missing, partial.isBlank], [1, true]);
  assert.ok(partial.buffer.subarray(BLOCK).every((byte) => byte === 0));
  assert.ok(partial.buffer.subarray(0, BLOCK).every((byte) => byte === 7));
});

Deno.test("Padding never fills a whole piece: somebody must send something, or it would never be finished", () => {
  const padding = new Padding(new PieceLayout(4 * BLOCK, 8 * BLOCK), [{ offset: 0, length: 5 * BLOCK }]);
  assert.deepEqual([asked(padding, 0), asked(padding, 1)], [0b1111, 0b1110]);
});
