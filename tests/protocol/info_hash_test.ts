import assert from "node:assert/strict";
import { fromHex, fromUtf8 } from "../../protocol/bytes.ts";
import { InfoHash } from "../../protocol/info_hash.ts";

const hex = "a9993e364706816aba3e25717850c26c9cd0d89d"; // SHA-1 of "abc" (FIPS 180)

Deno.test("InfoHash.of() is the SHA-1 of the bytes", async () => {
  assert.equal((await InfoHash.of(fromUtf8("abc"))).hex, hex);
  const inside = fromUtf8("xxabcxx").subarray(2, 5);
  assert.equal((await InfoHash.of(inside)).hex, hex);
});

Deno.test("InfoHash is the same from each of its forms", () => {
  const hash = InfoHash.fromHex(hex.toUpperCase());
  assert.equal(hash.hex, hex);
  assert.equal(`${hash}`, hex);
  assert.equal(hash.binary.length, 20);
  assert.ok(hash.equals(InfoHash.fromBinary(hash.binary)));
  assert.ok(hash.equals(InfoHash.fromBytes(fromHex(hex))));
  assert.ok(!hash.equals(InfoHash.fromBytes(new Uint8Array(20))));
});

Deno.test("InfoHash.fromBytes() copies", () => {
  const bytes = fromHex(hex);
  const hash = InfoHash.fromBytes(bytes);
  bytes.fill(0);
  assert.deepEqual(hash.bytes, fromHex(hex));
});

Deno.test("InfoHash refuses what is not 20 bytes", () => {
  assert.throws(() => InfoHash.fromBytes(new Uint8Array(19)), RangeError);
  assert.throws(() => InfoHash.fromHex(hex + "00"), RangeError);
  assert.throws(() => InfoHash.fromHex(hex.replace("a", "x")), SyntaxError);
  assert.throws(() => InfoHash.fromBinary("x".repeat(21)), RangeError);
});
