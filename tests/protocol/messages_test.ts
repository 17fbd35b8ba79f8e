import assert from "node:assert/strict";
import * as messages from "../../protocol/messages.ts";
import { fromSpacedHex, goldenMessages } from "./wire_messages.ts";

Deno.test("messages are written byte for byte as in BEP 3 and 6, at any offset", () => {
  for (const { name, hex, write } of goldenMessages) {
    if (write === undefined) continue;
    const expected = fromSpacedHex(hex);
    const memory = new Uint8Array(64).fill(0xee);
    // The view begins inside the memory and the message inside the view: offsets must not be mixed up.
    const next = write(new DataView(memory.buffer, 8, 48), 3);
    assert.equal(next, 3 + expected.length, name);
    assert.equal(memory.slice(11, 11 + expected.length).toHex(), expected.toHex(), name);
    assert.ok(memory.subarray(0, 11).every((byte) => byte === 0xee), `${name}: nothing before`);
    assert.ok(memory.subarray(11 + expected.length).every((byte) => byte === 0xee), `${name}: nothing after`);
  }
});

Deno.test("the length constants are the lengths of what is written", () => {
  const view = new DataView(new ArrayBuffer(64));
  assert.equal(messages.writeKeepAlive(view, 0), messages.KEEP_ALIVE_LENGTH);
  assert.equal(messages.writeChoke(view, 0), messages.STATE_LENGTH);
  assert.equal(messages.writeHave(view, 0, 1), messages.HAVE_LENGTH);
  assert.equal(messages.writeHaveAll(view, 0), messages.STATE_LENGTH);
  assert.equal(messages.writeSuggest(view, 0, 1), messages.HAVE_LENGTH);
  assert.equal(messages.writeReject(view, 0, 1, 2, 3), messages.REQUEST_LENGTH);
  assert.equal(messages.writeRequest(view, 0, 1, 2, 3), messages.REQUEST_LENGTH);
  assert.equal(messages.writeCancel(view, 0, 1, 2, 3), messages.REQUEST_LENGTH);
  assert.equal(messages.writePieceHeader(view, 0, 1, 2, 3), messages.PIECE_HEADER_LENGTH);
  const bits = new Uint8Array(7);
  assert.equal(messages.writeBitfield(view, 0, bits), messages.bitfieldLength(bits));
});

Deno.test("a message that doesn't fit is not written over the end", () => {
  const view = new DataView(new ArrayBuffer(16), 0, 8);
  assert.throws(() => messages.writeHave(view, 0, 1), RangeError);
  assert.throws(() => messages.writeBitfield(view, 0, new Uint8Array(4)), RangeError);
});
