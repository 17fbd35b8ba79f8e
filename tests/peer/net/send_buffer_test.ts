import assert from "node:assert/strict";
import { SendBuffer } from "../../../peer/net/send_buffer.ts";

function put(buffer: SendBuffer, ...bytes: number[]): void {
  const at = buffer.reserve(bytes.length);
  buffer.bytes.set(bytes, at);
}

Deno.test("SendBuffer.swap() hands out what was filled, in order", () => {
  const buffer = new SendBuffer();
  put(buffer, 1, 2);
  put(buffer, 3);
  assert.equal(buffer.used, 3);
  assert.deepEqual([...buffer.swap()], [1, 2, 3]);
  assert.equal(buffer.used, 0);
});

Deno.test("SendBuffer fills one buffer while the other is being written", () => {
  const buffer = new SendBuffer();
  put(buffer, 1, 2, 3);
  const first = buffer.swap();
  put(buffer, 9, 9, 9);
  assert.deepEqual([...first], [1, 2, 3]);
  const second = buffer.swap();
  assert.notEqual(first.buffer, second.buffer);
  put(buffer, 7);
  assert.deepEqual([...second], [9, 9, 9]);
  assert.equal(buffer.swap().buffer, first.buffer);
});

Deno.test("SendBuffer.reserve() keeps what was there when it grows", () => {
  const buffer = new SendBuffer();
  put(buffer, 1, 2, 3);
  const at = buffer.reserve(300_000);
  assert.equal(at, 3);
  buffer.view.setUint8(at + 299_999, 8);
  const filled = buffer.swap();
  assert.equal(filled.length, 300_003);
  assert.deepEqual([...filled.subarray(0, 4)], [1, 2, 3, 0]);
  assert.equal(filled[300_002], 8);
});

Deno.test("SendBuffer.shrink() gives the memory of both buffers back", () => {
  const buffer = new SendBuffer();
  for (let i = 0; i < 2; i++) {
    buffer.reserve(500_000);
    buffer.swap();
  }
  assert.ok(buffer.bytes.length >= 500_000);
  buffer.shrink();
  assert.ok(buffer.bytes.length < 10_000);
  buffer.swap();
  assert.ok(buffer.bytes.length < 10_000);
});
