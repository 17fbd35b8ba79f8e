import assert from "node:assert/strict";
import {
  concat,
  copyFromShared,
  copyShared,
  equals,
  fromBinary,
  fromHex,
  fromUtf8,
  randomBytes,
  toBinary,
  toHex,
  toUtf8,
} from "../../protocol/bytes.ts";
import { SeededRandom } from "../support/random.ts";

Deno.test("toHex() and fromHex() are each other's inverse, and hex is read in either case", () => {
  const rows: [bytes: number[], hex: string][] = [[[], ""], [[0], "00"], [
    [0x0f, 0xf0, 0xab, 0xff],
    "0ff0abff",
  ]];
  for (const [bytes, hex] of rows) {
    assert.equal(toHex(Uint8Array.from(bytes)), hex);
    assert.deepEqual(fromHex(hex), Uint8Array.from(bytes));
    assert.deepEqual(fromHex(hex.toUpperCase()), Uint8Array.from(bytes));
  }
});

Deno.test("fromHex() refuses odd lengths and what is no digit", () => {
  for (const hex of ["a", "abc", "0g", "0x", " 0", "é0", "00\n"]) {
    assert.throws(() => fromHex(hex), { name: "SyntaxError", message: /^Cannot read hex: .*got / });
  }
});

Deno.test("toBinary() gives one char a byte, for long inputs too", () => {
  const bytes = new SeededRandom(1).bytes(20_001);
  const binary = toBinary(bytes);
  assert.equal(binary.length, bytes.length);
  assert.equal(binary.charCodeAt(20_000), bytes[20_000]);
  assert.deepEqual(fromBinary(binary), bytes);
  assert.equal(toBinary(Uint8Array.of(0, 0x41, 0xff)), "\0A\xff");
});

Deno.test("fromBinary() refuses chars that are no bytes", () => {
  assert.throws(() => fromBinary("ab\u0100"), { name: "RangeError", message: /got U\+100 at 2$/ });
});

Deno.test("toUtf8() never throws and keeps a byte order mark", () => {
  assert.equal(toUtf8(Uint8Array.of(0x61, 0xff, 0x62)), "a\ufffdb");
  assert.equal(toUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
  assert.equal(toUtf8(fromUtf8("ü 🌱")), "ü 🌱");
});

Deno.test("equals() compares every byte and the length", () => {
  assert.ok(equals(new Uint8Array(), new Uint8Array()));
  assert.ok(equals(Uint8Array.of(1, 2), Uint8Array.of(9, 1, 2).subarray(1)));
  assert.ok(!equals(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert.ok(!equals(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)));
});

Deno.test("copyShared() copies any length from anywhere to anywhere, and nothing beside it", () => {
  const wire = Uint8Array.from({ length: 50_000 }, (_, i) => i * 7 + (i >> 8));
  for (const length of [0, 1, 16_383, 16_384, 16_385, 40_000]) {
    for (const [from, at] of [[0, 0], [13, 8], [5, 16]] as const) {
      const shared = new Uint8Array(new SharedArrayBuffer(50_000));
      copyShared(wire.subarray(from, from + length), shared, at);
      const expected = new Uint8Array(50_000);
      expected.set(wire.subarray(from, from + length), at);
      assert.deepEqual(new Uint8Array(shared), expected, `${length} bytes into shared memory`);
      const out = new Uint8Array(50_000);
      copyShared(shared.subarray(at, at + length), out, from);
      assert.deepEqual(out.subarray(from, from + length), wire.subarray(from, from + length));
      assert.equal(out.subarray(from + length).some((byte) => byte !== 0), false);
    }
  }
});

Deno.test("copyFromShared() copies any length from any address, and nothing beside it", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(50_000));
  for (let i = 0; i < shared.length; i++) shared[i] = i * 7 + (i >> 8);
  for (const length of [0, 1, 7, 8, 16_376, 16_377, 16_384, 16_385, 40_000]) {
    for (const from of [0, 1, 5, 8, 13, 9_999]) {
      // Also where the view begins at no whole word itself.
      const source = shared.subarray(3).subarray(from, from + length);
      const out = new Uint8Array(45_000);
      copyFromShared(source, out, 11);
      const expected = new Uint8Array(45_000);
      expected.set(shared.slice(3 + from, 3 + from + length), 11);
      assert.deepEqual(out, expected, `${length} bytes from ${from}`);
    }
  }
});

Deno.test("concat() joins in order into bytes of its own", () => {
  const part = Uint8Array.of(1, 2);
  const whole = concat([part, new Uint8Array(), Uint8Array.of(3)]);
  part[0] = 9;
  assert.deepEqual(whole, Uint8Array.of(1, 2, 3));
  assert.deepEqual(concat([]), new Uint8Array());
});

Deno.test("randomBytes() fills more than the platform gives at once", () => {
  const bytes = randomBytes(200_000);
  assert.equal(bytes.length, 200_000);
  // 1000 zeros in a row do not happen by chance.
  assert.ok(bytes.subarray(-1000).some((byte) => byte !== 0));
  assert.notDeepEqual(randomBytes(20), randomBytes(20));
});
