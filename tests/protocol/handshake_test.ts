import assert from "node:assert/strict";
import { ProtocolError } from "../../protocol/errors.ts";
import {
  decodeHandshake,
  encodeHandshake,
  encodeReserved,
  HANDSHAKE_LENGTH,
  isHandshakeStart,
  supportsDht,
  supportsExtensions,
  supportsFast,
} from "../../protocol/handshake.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const infoHash = Uint8Array.fromHex("000102030405060708090a0b0c0d0e0f10111213");
const peerId = new TextEncoder().encode("-SE0100-abcdefghijkl");

// One field per line, as in BEP 3.
const golden = Uint8Array.fromHex(
  "13" +
    "426974546f7272656e742070726f746f636f6c" + // "BitTorrent protocol"
    "0000000000100005" +
    "000102030405060708090a0b0c0d0e0f10111213" +
    "2d5345303130302d6162636465666768696a6b6c",
);

Deno.test("encodeHandshake() lays out the 68 bytes of BEP 3", () => {
  const reserved = Uint8Array.fromHex("0000000000100005");
  assert.equal(encodeHandshake({ infoHash, peerId, reserved }).toHex(), golden.toHex());
  assert.equal(encodeHandshake({ infoHash, peerId }).subarray(20, 28).toHex(), "0000000000000000");
});

Deno.test("encodeHandshake() refuses fields of another length", () => {
  assert.throws(() => encodeHandshake({ infoHash: infoHash.subarray(1), peerId }), RangeError);
  assert.throws(() => encodeHandshake({ infoHash, peerId: new Uint8Array(21) }), RangeError);
  assert.throws(() => encodeHandshake({ infoHash, peerId, reserved: new Uint8Array(7) }), RangeError);
});

Deno.test("decodeHandshake() reads what was sent, into memory of its own", () => {
  const bytes = golden.slice();
  const handshake = decodeHandshake(bytes);
  bytes.fill(0);
  assert.equal(handshake.reserved.toHex(), "0000000000100005");
  assert.equal(handshake.infoHash.toHex(), infoHash.toHex());
  assert.equal(handshake.peerId.toHex(), peerId.toHex());
});

Deno.test("decodeHandshake() refuses other lengths and other protocols", () => {
  assert.throws(() => decodeHandshake(golden.subarray(0, 67)), {
    name: "ProtocolError",
    message: "Cannot read a handshake: must be 68 bytes: got 67",
  });
  assert.throws(() => decodeHandshake(new Uint8Array(0)), ProtocolError);
  const http = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost:6881\r\n".padEnd(68));
  assert.throws(() => decodeHandshake(http), {
    name: "ProtocolError",
    message: 'Cannot read a handshake: must begin with "BitTorrent protocol": got other bytes',
  });
});

Deno.test("isHandshakeStart() tells at the first wrong byte", () => {
  for (let n = 0; n <= HANDSHAKE_LENGTH; n++) assert.equal(isHandshakeStart(golden.subarray(0, n)), true);
  for (let i = 0; i < 20; i++) {
    const wrong = golden.slice(0, i + 1);
    wrong[i] = (wrong[i] as number) ^ 1;
    assert.equal(isHandshakeStart(wrong), false, `byte ${i}`);
  }
});

Deno.test("reserved bits name the extensions", () => {
  const rows: { hex: string; fast: boolean; extensions: boolean; dht: boolean }[] = [
    { hex: "0000000000000000", fast: false, extensions: false, dht: false },
    { hex: "0000000000000004", fast: true, extensions: false, dht: false },
    { hex: "0000000000100000", fast: false, extensions: true, dht: false },
    { hex: "0000000000000001", fast: false, extensions: false, dht: true },
    { hex: "ffffffffffefffFA", fast: false, extensions: false, dht: false },
    { hex: "0000000000100005", fast: true, extensions: true, dht: true },
  ];
  for (const { hex, fast, extensions, dht } of rows) {
    const reserved = Uint8Array.fromHex(hex);
    assert.equal(supportsFast(reserved), fast, hex);
    assert.equal(supportsExtensions(reserved), extensions, hex);
    assert.equal(supportsDht(reserved), dht, hex);
  }
});

Deno.test("encodeReserved() names what it is told and nothing else", () => {
  assert.equal(encodeReserved({}).toHex(), "0000000000000000");
  assert.equal(encodeReserved({ fast: true }).toHex(), "0000000000000004");
  assert.equal(encodeReserved({ fast: true, extended: true }).toHex(), "0000000000100004");
});

Deno.test("decodeHandshake() meets 10,000 spoilt handshakes with nothing but ProtocolError", () => {
  const random = new SeededRandom(68);
  let read = 0;
  for (let round = 0; round < 10_000; round++) {
    const spoilt = mutate(golden, random);
    try {
      const handshake = decodeHandshake(spoilt);
      assert.equal(encodeHandshake(handshake).toHex(), spoilt.toHex());
      read++;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw new Error(`for ${spoilt.toHex()}`, { cause: error });
    }
  }
  assert.ok(read > 500, `${read} read`);
});
