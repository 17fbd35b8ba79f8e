import assert from "node:assert/strict";
import { BLOCK_LENGTH, MAX_PIECE_LENGTH, PieceLayout } from "../../protocol/piece_layout.ts";

const KiB = 1024;

Deno.test("PieceLayout counts pieces and blocks, the last ones shorter", () => {
  const rows = [
    {
      name: "even",
      pieceLength: 32 * KiB,
      total: 64 * KiB,
      pieces: 2,
      last: 32 * KiB,
      lastBlocks: 2,
      lastBlock: 16 * KiB,
    },
    {
      name: "one byte over",
      pieceLength: 32 * KiB,
      total: 64 * KiB + 1,
      pieces: 3,
      last: 1,
      lastBlocks: 1,
      lastBlock: 1,
    },
    {
      name: "one byte short",
      pieceLength: 32 * KiB,
      total: 64 * KiB - 1,
      pieces: 2,
      last: 32 * KiB - 1,
      lastBlocks: 2,
      lastBlock: 16 * KiB - 1,
    },
    { name: "one byte", pieceLength: 32 * KiB, total: 1, pieces: 1, last: 1, lastBlocks: 1, lastBlock: 1 },
    {
      name: "no power of two",
      pieceLength: 50_000,
      total: 120_000,
      pieces: 3,
      last: 20_000,
      lastBlocks: 2,
      lastBlock: 20_000 - 16 * KiB,
    },
    {
      name: "pieces below a block",
      pieceLength: 1000,
      total: 2500,
      pieces: 3,
      last: 500,
      lastBlocks: 1,
      lastBlock: 500,
    },
    {
      name: "beyond 2^32",
      pieceLength: 2 ** 24,
      total: 2 ** 43 + 5,
      pieces: 2 ** 19 + 1,
      last: 5,
      lastBlocks: 1,
      lastBlock: 5,
    },
  ];
  for (const { name, pieceLength, total, pieces, last, lastBlocks, lastBlock } of rows) {
    const layout = new PieceLayout(pieceLength, total);
    const index = pieces - 1;
    assert.equal(layout.pieceCount, pieces, name);
    assert.equal(layout.pieceLengthAt(index), last, name);
    assert.equal(layout.pieceOffset(index), index * pieceLength, name);
    assert.equal(layout.blockCount(index), lastBlocks, name);
    assert.equal(layout.blockLength(index, (lastBlocks - 1) * BLOCK_LENGTH), lastBlock, name);
    if (pieces > 1) assert.equal(layout.pieceLengthAt(0), pieceLength, name);
  }
});

Deno.test("PieceLayout: blocks of every piece add up to the torrent", () => {
  const layout = new PieceLayout(40_000, 130_001);
  let sum = 0;
  for (let index = 0; index < layout.pieceCount; index++) {
    for (let block = 0; block < layout.blockCount(index); block++) {
      const length = layout.blockLength(index, block * BLOCK_LENGTH);
      assert.ok(layout.isBlock(index, block * BLOCK_LENGTH, length));
      sum += length;
    }
  }
  assert.equal(sum, 130_001);
});

Deno.test("PieceLayout of an empty torrent has no pieces", () => {
  const layout = new PieceLayout(16 * KiB, 0);
  assert.equal(layout.pieceCount, 0);
  assert.ok(!layout.contains(0, 0, 1));
  assert.throws(() => layout.pieceLengthAt(0), RangeError);
});

Deno.test("PieceLayout.contains() takes ranges inside a piece and nothing else", () => {
  const layout = new PieceLayout(32 * KiB, 40 * KiB);
  const rows: [index: number, begin: number, length: number, inside: boolean][] = [
    [0, 0, 1, true],
    [0, 0, 32 * KiB, true],
    [0, 5, 7, true],
    [1, 0, 8 * KiB, true],
    [0, 0, 32 * KiB + 1, false],
    [0, 32 * KiB, 1, false],
    [1, 0, 8 * KiB + 1, false],
    [1, 8 * KiB - 1, 2, false],
    [0, 0, 0, false],
    [0, 0, -1, false],
    [0, -1, 2, false],
    [2, 0, 1, false],
    [-1, 0, 1, false],
    [0xffffffff, 0, 1, false],
    [0, 0xffffffff, 0xffffffff, false],
    [0.5, 0, 1, false],
    [0, 0.5, 1, false],
    [0, 0, NaN, false],
  ];
  for (const [index, begin, length, inside] of rows) {
    assert.equal(layout.contains(index, begin, length), inside, `${index}, ${begin}, ${length}`);
  }
});

Deno.test("PieceLayout.isBlock() takes only whole blocks on their borders", () => {
  const layout = new PieceLayout(32 * KiB, 40 * KiB + 3);
  assert.ok(layout.isBlock(0, 0, BLOCK_LENGTH));
  assert.ok(layout.isBlock(0, BLOCK_LENGTH, BLOCK_LENGTH));
  assert.ok(layout.isBlock(1, 0, 8 * KiB + 3));
  assert.ok(!layout.isBlock(0, 1, BLOCK_LENGTH));
  assert.ok(!layout.isBlock(0, 0, BLOCK_LENGTH - 1));
  assert.ok(!layout.isBlock(0, 0, 2 * BLOCK_LENGTH));
  assert.ok(!layout.isBlock(1, 0, BLOCK_LENGTH));
  assert.ok(!layout.isBlock(2, 0, 1));
});

Deno.test("PieceLayout refuses lengths that make no torrent", () => {
  const rows: [pieceLength: number, total: number][] = [
    [0, 1],
    [-1, 1],
    [1.5, 1],
    [NaN, 1],
    [MAX_PIECE_LENGTH + 1, 1],
    [Infinity, 1],
    [1, -1],
    [1, 0.5],
    [1, 2 ** 53],
    [1, 2 ** 33],
  ];
  for (const [pieceLength, total] of rows) {
    assert.throws(() => new PieceLayout(pieceLength, total), {
      name: "RangeError",
      message: /^Cannot lay out pieces: .*: got /,
    });
  }
  assert.equal(new PieceLayout(MAX_PIECE_LENGTH, 1).pieceCount, 1);
});

Deno.test("PieceLayout's questions about a piece that is not there throw", () => {
  const layout = new PieceLayout(32 * KiB, 40 * KiB);
  for (const index of [-1, 2, 0.5, NaN]) {
    assert.throws(() => layout.pieceLengthAt(index), RangeError);
    assert.throws(() => layout.pieceOffset(index), RangeError);
    assert.throws(() => layout.blockCount(index), RangeError);
  }
  for (const begin of [-BLOCK_LENGTH, 1, 32 * KiB, NaN]) {
    assert.throws(() => layout.blockLength(0, begin), RangeError);
  }
});
