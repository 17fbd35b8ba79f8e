import assert from "node:assert/strict";
import type { Lease } from "../../../peer/engine/ports.ts";
import { type Part, SendBuffer } from "../../../peer/net/send_buffer.ts";

function put(buffer: SendBuffer, ...bytes: number[]): void {
  const at = buffer.reserve(bytes.length);
  buffer.bytes.set(bytes, at);
}

/** The bytes of one write after another. */
function bytesOf(parts: readonly Part[]): number[][] {
  return parts.map(({ bytes }) => [...bytes]);
}

/** What leaves when nothing was lent. */
function onlyPart(buffer: SendBuffer): Uint8Array {
  const parts = buffer.swap();
  assert.equal(parts.length, 1);
  assert.equal(parts[0]?.lease, undefined);
  return parts[0]?.bytes as Uint8Array;
}

/** Memory of 0, 1, 2 …, and how many leases of it have ended. */
class CountingLease implements Lease {
  readonly messages = Uint8Array.from({ length: 100 }, (_, i) => i);
  ended = 0;
  end(): void {
    this.ended++;
  }
}

Deno.test("SendBuffer.swap() hands out what was filled, in order", () => {
  const buffer = new SendBuffer();
  put(buffer, 1, 2);
  put(buffer, 3);
  assert.equal(buffer.waiting, 3);
  assert.deepEqual(bytesOf(buffer.swap()), [[1, 2, 3]]);
  assert.equal(buffer.waiting, 0);
  assert.deepEqual(buffer.swap(), []);
});

Deno.test("SendBuffer fills one buffer while the other is being written", () => {
  const buffer = new SendBuffer();
  put(buffer, 1, 2, 3);
  const first = onlyPart(buffer);
  put(buffer, 9, 9, 9);
  assert.deepEqual([...first], [1, 2, 3]);
  const second = onlyPart(buffer);
  assert.notEqual(first.buffer, second.buffer);
  put(buffer, 7);
  assert.deepEqual([...second], [9, 9, 9]);
  assert.equal(onlyPart(buffer).buffer, first.buffer);
});

Deno.test("SendBuffer.reserve() keeps what was there when it grows", () => {
  const buffer = new SendBuffer();
  put(buffer, 1, 2, 3);
  const at = buffer.reserve(300_000);
  assert.equal(at, 3);
  buffer.view.setUint8(at + 299_999, 8);
  const filled = onlyPart(buffer);
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

Deno.test("SendBuffer hands out what is lent in its turn, from where it lies", () => {
  const buffer = new SendBuffer();
  const lease = new CountingLease();
  put(buffer, 91, 92);
  buffer.lend({ lease, from: 5, to: 8 });
  put(buffer, 93);
  buffer.lend({ lease, from: 0, to: 2 });
  assert.equal(buffer.waiting, 8);
  const parts = buffer.swap();
  assert.deepEqual(bytesOf(parts), [[91, 92], [5, 6, 7], [93], [0, 1]]);
  assert.deepEqual(parts.map((part) => part.lease), [undefined, lease, undefined, lease]);
  assert.equal(parts[1]?.bytes.buffer, lease.messages.buffer);
  assert.equal(lease.ended, 0, "who takes the parts ends them");
  assert.equal(buffer.waiting, 0);
  put(buffer, 94);
  assert.deepEqual(bytesOf(buffer.swap()), [[94]]);
});

Deno.test("SendBuffer lets lent messages that lie side by side leave in one part, with one lease", () => {
  const buffer = new SendBuffer();
  const [lease, other] = [new CountingLease(), new CountingLease()];
  buffer.lend({ lease, from: 10, to: 12 });
  buffer.lend({ lease, from: 12, to: 13 });
  buffer.lend({ lease: other, from: 13, to: 14 });
  buffer.lend({ lease, from: 14, to: 15 });
  buffer.lend({ lease, from: 17, to: 18 });
  put(buffer, 99);
  buffer.lend({ lease, from: 18, to: 19 });
  const parts = buffer.swap();
  assert.deepEqual(bytesOf(parts), [[10, 11, 12], [13], [14], [17], [99], [18]]);
  const held = parts.filter((part) => part.lease === lease).length;
  assert.equal(lease.ended + held, 5, "each message's lease ends once");
});

Deno.test("SendBuffer.clear() ends every lease and forgets what waits", () => {
  const buffer = new SendBuffer();
  const lease = new CountingLease();
  put(buffer, 1);
  for (const from of [1, 2, 5]) buffer.lend({ lease, from, to: from + 1 });
  buffer.clear();
  assert.equal(lease.ended, 3);
  assert.equal(buffer.waiting, 0);
  assert.deepEqual(buffer.swap(), []);
});
