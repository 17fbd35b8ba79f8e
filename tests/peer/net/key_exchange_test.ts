import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import { KEY_LENGTH, KeyExchange } from "../../../peer/net/key_exchange.ts";

const PRIME = BigInt(
  "0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563",
);

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.fromHex(value.toString(16).padStart(KEY_LENGTH * 2, "0"));
}

Deno.test("KeyExchange gives both sides the same secret, and each pair another", () => {
  const [a, b, c] = [new KeyExchange(), new KeyExchange(), new KeyExchange()];
  assert.deepEqual(a.secretWith(b.publicKey), b.secretWith(a.publicKey));
  assert.notDeepEqual(a.secretWith(b.publicKey), a.secretWith(c.publicKey));
});

Deno.test("KeyExchange has keys and secrets of full length, also when they begin with zeros", () => {
  const other = new KeyExchange();
  let withZero = 0;
  // One key in 256 begins with a zero: that none of 20,000 does has a chance of 10^-34.
  for (let i = 0; i < 20_000 && withZero === 0; i++) {
    const exchange = new KeyExchange();
    assert.equal(exchange.publicKey.length, KEY_LENGTH);
    if (exchange.publicKey[0] !== 0) continue;
    withZero++;
    assert.deepEqual(exchange.secretWith(other.publicKey), other.secretWith(exchange.publicKey));
  }
  assert.equal(withZero, 1);
});

Deno.test("KeyExchange counts as everybody does: a key of 2 makes our own public key the secret", () => {
  const exchange = new KeyExchange();
  assert.deepEqual(exchange.secretWith(bytesOf(2n)), exchange.publicKey);
  const square = BigInt(`0x${exchange.publicKey.toHex()}`) ** 2n % PRIME;
  assert.deepEqual(exchange.secretWith(bytesOf(4n)), bytesOf(square));
});

Deno.test("KeyExchange.secretWith() refuses keys that make the secret known to all", () => {
  const exchange = new KeyExchange();
  for (const value of [0n, 1n, PRIME - 1n, PRIME, PRIME + 1n, 2n ** 768n - 1n]) {
    assert.throws(() => exchange.secretWith(bytesOf(value)), ProtocolError);
  }
});
