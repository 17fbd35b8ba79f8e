import assert from "node:assert/strict";
import { encode } from "../../protocol/bencode.ts";
import { fromBinary, toBinary } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import {
  decodeDontHave,
  decodeExtendedHandshake,
  encodeDontHave,
  encodeExtendedHandshake,
  type ExtendedHandshake,
} from "../../protocol/extension.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const full: ExtendedHandshake = {
  ids: new Map([["ut_pex", 1], ["ut_metadata", 2]]),
  client: "Seedling 0.1.0",
  port: 6881,
  yourIp: "192.0.2.7",
  maxRequests: 2048,
  maxRequestLength: 524288,
  metadataSize: 31235,
  isUploadOnly: true,
};
const nothing: ExtendedHandshake = {
  ids: new Map(),
  client: undefined,
  port: undefined,
  yourIp: undefined,
  maxRequests: undefined,
  maxRequestLength: undefined,
  metadataSize: undefined,
  isUploadOnly: undefined,
};
const golden =
  "d1:md11:ut_metadatai2e6:ut_pexi1ee18:max_request_lengthi524288e13:metadata_sizei31235e1:pi6881e4:reqqi2048e" +
  "11:upload_onlyi1e1:v14:Seedling 0.1.06:yourip4:\xc0\x00\x02\x07e";

Deno.test("an extended handshake is written as BEP 10 has it, and read back", () => {
  assert.equal(toBinary(encodeExtendedHandshake(full)), golden);
  assert.deepEqual(decodeExtendedHandshake(fromBinary(golden)), full);
});

Deno.test("an extended handshake needs nothing, not even m", () => {
  assert.deepEqual(decodeExtendedHandshake(fromBinary("de")), nothing);
  assert.equal(toBinary(encodeExtendedHandshake({ ids: new Map() })), "d1:mdee");
});

Deno.test("decodeExtendedHandshake() passes over what it doesn't know and what makes no sense", () => {
  const odd = encode({
    m: { ut_pex: 1, ut_holepunch: 256, "": -1, text: "7", huge: 2n ** 70n, zero: 0 },
    p: 70000,
    reqq: 0,
    max_request_length: 0,
    metadata_size: -1,
    yourip: "abc",
    v: 7,
    upload_only: "yes",
    complete_ago: 12,
    nested: [[{ deep: 1 }]],
  });
  assert.deepEqual(decodeExtendedHandshake(odd), { ...nothing, ids: new Map([["ut_pex", 1], ["zero", 0]]) });
});

Deno.test("decodeExtendedHandshake() reads an IPv6 yourip, cuts a long v, and takes keys out of order", () => {
  const ip = "\x20\x01\x0d\xb8" + "\0".repeat(11) + "\x01";
  const read = decodeExtendedHandshake(fromBinary(`d6:yourip16:${ip}1:v100:${"x".repeat(100)}1:pi1ee`));
  assert.equal(read.yourIp, "2001:db8::1");
  assert.equal(read.client, "x".repeat(64));
  assert.equal(read.port, 1);
});

Deno.test("decodeExtendedHandshake() refuses what is no dictionary or beyond its limits", () => {
  const rows: [bytes: string, why: RegExp][] = [
    ["", /handshake: .* at byte 0/],
    ["le", /must be a dictionary/],
    ["d1:m", /at byte 4/],
    [`d1:v40000:${"x".repeat(40_000)}e`, /at most 32768 bytes/],
    [`d1:xl${"i1e".repeat(2000)}ee`, /at byte/],
  ];
  for (const [bytes, message] of rows) {
    assert.throws(() => decodeExtendedHandshake(fromBinary(bytes)), { name: "ProtocolError", message });
  }
});

Deno.test("an extended handshake with 10,000 mutations is read or refused with ProtocolError", () => {
  const random = new SeededRandom(10);
  const bytes = fromBinary(golden);
  for (let round = 0; round < 10_000; round++) {
    try {
      const { port = 1, maxRequests = 1, metadataSize = 1, ids } = decodeExtendedHandshake(
        mutate(bytes, random),
      );
      assert.ok(port > 0 && port < 65536 && maxRequests > 0 && metadataSize > 0, `round ${round}`);
      for (const id of ids.values()) assert.ok(id >= 0 && id < 256, `round ${round}`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
});

Deno.test("lt_donthave is an index of 32 bits, unsigned", () => {
  assert.deepEqual(encodeDontHave(0xfffffffe), Uint8Array.of(0xff, 0xff, 0xff, 0xfe));
  assert.equal(decodeDontHave(Uint8Array.of(0xff, 0xff, 0xff, 0xfe)), 0xfffffffe);
  for (const length of [0, 3, 5]) assert.throws(() => decodeDontHave(new Uint8Array(length)), ProtocolError);
});
