import assert from "node:assert/strict";
import { blockParts, messagesLength, spanLength, writeHeaders } from "../../../peer/storage/span_messages.ts";
import { pieceMessages } from "../../support/piece_messages.ts";
import { pseudoRandomBytes, SeededRandom } from "../../support/random.ts";

const BLOCK = 16384;
const LONG = 32 * BLOCK;
const LENGTHS = [1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, 64 * BLOCK - 1, 64 * BLOCK];

Deno.test("writeHeaders() and blockParts() make a span what a peer sends of it", () => {
  for (const blockLength of [BLOCK, LONG]) {
    for (const length of LENGTHS) {
      const span = pseudoRandomBytes(length, 5);
      const messages = new Uint8Array(messagesLength(length, blockLength));
      writeHeaders(messages, 7, 3 * BLOCK, blockLength);
      for (const part of blockParts(0, length, blockLength)) {
        messages.set(span.subarray(part.at, part.at + part.length), part.place);
      }
      assert.deepEqual(messages, pieceMessages(7, 3 * BLOCK, span, blockLength), `${length} bytes`);
    }
  }
});

Deno.test("spanLength() is what messagesLength() was of", () => {
  for (const length of [0, ...LENGTHS]) {
    assert.equal(spanLength(messagesLength(length, BLOCK), BLOCK), length);
    assert.equal(spanLength(messagesLength(length, LONG), LONG), length);
  }
});

Deno.test("blockParts() finds any bytes of a span among its messages (seed 4)", () => {
  const random = new SeededRandom(4);
  const span = pseudoRandomBytes(9 * BLOCK + 77, 6);
  for (let round = 0; round < 200; round++) {
    const blockLength = round % 2 === 0 ? BLOCK : 5 * BLOCK;
    const messages = pieceMessages(0, 0, span, blockLength);
    const from = random.below(span.length);
    const length = random.below(span.length - from + 1);
    let at = from;
    for (const part of blockParts(from, length, blockLength)) {
      assert.equal(part.at, at, "in order, without a gap");
      const bytes = messages.subarray(part.place, part.place + part.length);
      assert.deepEqual(bytes, span.subarray(at, at + part.length));
      at += part.length;
    }
    assert.equal(at, from + length);
  }
});
