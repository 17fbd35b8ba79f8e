import assert from "node:assert/strict";
import { Bitfield } from "../../protocol/bitfield.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { SeededRandom } from "../support/random.ts";

Deno.test("Bitfield keeps the first piece in the high bit", () => {
  const field = new Bitfield(10);
  assert.ok(field.set(0));
  assert.ok(field.set(9));
  assert.deepEqual(field.toBytes(), Uint8Array.of(0b1000_0000, 0b0100_0000));
  assert.ok(field.has(0) && field.has(9) && !field.has(1));
});

Deno.test("Bitfield.set() and clear() say whether something changed, and count it", () => {
  const field = new Bitfield(3);
  assert.ok(field.isEmpty);
  assert.equal(field.set(1), true);
  assert.equal(field.set(1), false);
  assert.equal(field.count, 1);
  assert.equal(field.clear(1), true);
  assert.equal(field.clear(1), false);
  assert.equal(field.count, 0);
});

Deno.test("Bitfield.has() is false outside, set() and clear() throw", () => {
  const field = new Bitfield(10);
  field.setAll();
  for (const index of [-1, 10, 15, 16, 0xffffffff, NaN]) {
    assert.equal(field.has(index), false, `${index}`);
    assert.throws(() => field.set(index), RangeError);
    assert.throws(() => field.clear(index), RangeError);
  }
  assert.throws(() => field.set(1.5), RangeError);
});

Deno.test("Bitfield.setAll() leaves the spare bits 0", () => {
  for (const length of [0, 1, 7, 8, 9, 16, 17]) {
    const field = new Bitfield(length);
    field.setAll();
    assert.ok(field.isComplete);
    assert.equal(field.count, length);
    assert.equal(Bitfield.fromBytes(field.toBytes(), length).count, length);
  }
});

Deno.test("Bitfield.fromBytes() refuses spare bits", () => {
  assert.equal(Bitfield.fromBytes(Uint8Array.of(0b1110_0000), 3).count, 3);
  for (const byte of [0b0001_0000, 0b0000_0001, 0xff]) {
    assert.throws(() => Bitfield.fromBytes(Uint8Array.of(byte), 3), ProtocolError);
  }
});

Deno.test("Bitfield.fromBytes() refuses any other size", () => {
  for (const [size, length] of [[0, 1], [2, 8], [1, 9], [1, 0]] as const) {
    assert.throws(() => Bitfield.fromBytes(new Uint8Array(size), length), {
      name: "ProtocolError",
      message: new RegExp(`got ${size}$`),
    });
  }
});

Deno.test("Bitfield.fromBytes() copies, as do toBytes() and clone()", () => {
  const bytes = Uint8Array.of(0xf0);
  const field = Bitfield.fromBytes(bytes, 8);
  bytes[0] = 0;
  field.toBytes().fill(0);
  const clone = field.clone();
  clone.clear(0);
  assert.equal(field.count, 4);
  assert.ok(field.has(0));
  assert.equal(clone.count, 3);
});

Deno.test("Bitfield.missing() tells what is not set, rising", () => {
  const field = new Bitfield(20);
  for (let i = 0; i < 20; i++) if (i !== 3 && i !== 17 && i !== 19) field.set(i);
  assert.deepEqual([...field.missing()], [3, 17, 19]);
  field.setAll();
  assert.deepEqual([...field.missing()], []);
  assert.deepEqual([...new Bitfield(0).missing()], []);
});

Deno.test("Bitfield agrees with a set of numbers", () => {
  const random = new SeededRandom(3);
  const field = new Bitfield(77);
  const set = new Set<number>();
  for (let step = 0; step < 5000; step++) {
    const index = random.below(77);
    if (random.below(2) === 0) {
      assert.equal(field.set(index), !set.has(index));
      set.add(index);
    } else {
      assert.equal(field.clear(index), set.delete(index));
    }
    assert.equal(field.count, set.size);
  }
  const read = Bitfield.fromBytes(field.toBytes(), 77);
  assert.equal(read.count, set.size);
  assert.deepEqual([...read.missing()], Array.from({ length: 77 }, (_, i) => i).filter((i) => !set.has(i)));
});

Deno.test("Bitfield refuses a length that is none", () => {
  for (const length of [-1, 1.5, NaN, 2 ** 32]) assert.throws(() => new Bitfield(length), RangeError);
});
