import assert from "node:assert/strict";
import { fromBinary, toBinary } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { decodePex, encodePex, PexFlag, type PexMessage, type PexPeer } from "../../protocol/ut_pex.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const message: PexMessage = {
  added: [
    { ip: "192.0.2.1", port: 6881, flags: PexFlag.isReachable | PexFlag.isUploadOnly },
    { ip: "192.0.2.2", port: 1, flags: 0 },
    { ip: "2001:db8::1", port: 6882, flags: PexFlag.isReachable },
  ],
  dropped: [{ ip: "192.0.2.3", port: 6883 }, { ip: "2001:db8::2", port: 6884 }],
};
const golden = "d5:added12:\xc0\x00\x02\x01\x1a\xe1\xc0\x00\x02\x02\x00\x017:added.f2:\x12\x00" +
  "6:added618:\x20\x01\x0d\xb8" + "\0".repeat(11) + "\x01\x1a\xe28:added6.f1:\x10" +
  "7:dropped6:\xc0\x00\x02\x03\x1a\xe3" +
  "8:dropped618:\x20\x01\x0d\xb8" + "\0".repeat(11) + "\x02\x1a\xe4e";

Deno.test("ut_pex is written as BEP 11 has it, and read back", () => {
  assert.equal(toBinary(encodePex(message)), golden);
  assert.deepEqual(decodePex(fromBinary(golden)), message);
});

Deno.test("flags stay with their peers when some can't be told: a host name, an IPv4 address in the form of IPv6", () => {
  const [first, second, third] = message.added as [PexPeer, PexPeer, PexPeer];
  const named = { ip: "peer.example", port: 6881, flags: PexFlag.isUploadOnly };
  const mapped = { ip: "::ffff:192.0.2.2", port: 1, flags: second.flags };
  const added = [named, first, third, mapped];
  assert.deepEqual(decodePex(encodePex({ added, dropped: [named] })), {
    added: [first, second, third],
    dropped: [],
  });
});

Deno.test("decodePex() takes missing lists for empty, missing flags for 0, and leaves half an address out", () => {
  assert.deepEqual(decodePex(fromBinary("de")), { added: [], dropped: [] });
  assert.deepEqual(decodePex(fromBinary("d5:added7:\x01\x02\x03\x04\x00\x05\x06e")), {
    added: [{ ip: "1.2.3.4", port: 5, flags: 0 }],
    dropped: [],
  });
});

Deno.test("decodePex() refuses what is no dictionary, and what is too large", () => {
  for (const bytes of ["", "i1e", "d5:added", `d5:added70000:${"x".repeat(70_000)}e`]) {
    assert.throws(() => decodePex(fromBinary(bytes)), ProtocolError);
  }
});

Deno.test("ut_pex with 10,000 mutations is read or refused with ProtocolError", () => {
  const random = new SeededRandom(11);
  const bytes = fromBinary(golden);
  for (let round = 0; round < 10_000; round++) {
    try {
      for (const { ip, port } of decodePex(mutate(bytes, random)).added) {
        assert.ok(ip.length > 0 && port >= 0 && port < 65536, `round ${round}`);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
});
