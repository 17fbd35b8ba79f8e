import assert from "node:assert/strict";
import {
  decodeCompact4,
  decodeCompact6,
  encodeCompact4,
  encodeCompact6,
  formatIp,
  formatPeerAddress,
  parseIp,
  type PeerAddress,
} from "../../protocol/compact.ts";
import { SeededRandom } from "../support/random.ts";

Deno.test("parseIp() reads and formatIp() writes addresses", () => {
  const rows: { text: string; hex: string; canonical?: string }[] = [
    { text: "1.2.3.4", hex: "01020304" },
    { text: "0.0.0.0", hex: "00000000" },
    { text: "255.255.255.255", hex: "ffffffff" },
    { text: "127.0.0.1", hex: "7f000001" },
    { text: "::", hex: "00000000000000000000000000000000" },
    { text: "::1", hex: "00000000000000000000000000000001" },
    { text: "1::", hex: "00010000000000000000000000000000" },
    { text: "2001:db8::1", hex: "20010db8000000000000000000000001" },
    { text: "fe80::1:2", hex: "fe800000000000000000000000010002" },
    { text: "1:2:3:4:5:6:7:8", hex: "00010002000300040005000600070008" },
    {
      text: "2001:DB8:0:0:8:800:200C:417A",
      hex: "20010db80000000000080800200c417a",
      canonical: "2001:db8::8:800:200c:417a",
    },
    {
      text: "0001:0002:0003:0004:0005:0006:0007:0008",
      hex: "00010002000300040005000600070008",
      canonical: "1:2:3:4:5:6:7:8",
    },
    // RFC 5952, 4.2.2: "::" must not stand for one group only …
    { text: "1::3:4:5:6:7:8", hex: "00010000000300040005000600070008", canonical: "1:0:3:4:5:6:7:8" },
    { text: "1:2:3:4:5:6:7::", hex: "00010002000300040005000600070000", canonical: "1:2:3:4:5:6:7:0" },
    // … 4.2.3: it stands for the longest run, the first of two as long.
    { text: "2001:0:0:1:0:0:0:1", hex: "20010000000000010000000000000001", canonical: "2001:0:0:1::1" },
    { text: "2001:db8:0:0:1:0:0:1", hex: "20010db8000000000001000000000001", canonical: "2001:db8::1:0:0:1" },
    { text: "0:0:1:0:0:0:0:0", hex: "00000000000100000000000000000000", canonical: "0:0:1::" },
    { text: "64:ff9b::192.0.2.33", hex: "0064ff9b0000000000000000c0000221", canonical: "64:ff9b::c000:221" },
    {
      text: "1:2:3:4:5:6:7.8.9.10",
      hex: "0001000200030004000500060708090a",
      canonical: "1:2:3:4:5:6:708:90a",
    },
    { text: "::1.2.3.4", hex: "00000000000000000000000001020304", canonical: "::102:304" },
    // IPv4-mapped: the same peer as over IPv4.
    { text: "::ffff:1.2.3.4", hex: "01020304", canonical: "1.2.3.4" },
    { text: "::FFFF:7f00:1", hex: "7f000001", canonical: "127.0.0.1" },
    { text: "0:0:0:0:0:ffff:127.0.0.1", hex: "7f000001", canonical: "127.0.0.1" },
  ];
  for (const { text, hex, canonical } of rows) {
    const bytes = parseIp(text);
    assert.equal(bytes?.toHex(), hex, text);
    assert.equal(formatIp(bytes), canonical ?? text);
  }
});

Deno.test("parseIp() refuses what is not an address", () => {
  const refused = [
    ..."|1|1.2.3|1.2.3.4.5|1.2.3.|.1.2.3|1..2.3|1.2.3.4.|256.1.1.1|1.2.3.999|01.2.3.4|1.2.3.00|1.2.3.4 | 1.2.3.4"
      .split("|"),
    ..."-1.2.3.4|+1.2.3.4|0x1.2.3.4|1.2.3.a|1e1.2.3.4|localhost|1,2,3,4|１.2.3.4|1.2.3.4:80".split("|"),
    ...":|:::|1|1:|:1|1:2|1:2:3:4:5:6:7|1:2:3:4:5:6:7:|:1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7:8:|::1::"
      .split("|"),
    ..."1::2::3|:::1|1:::2|12345::|::12345|::g|::1%eth0|fe80::1%1|[::1]|::1/128|1:2:3:4:5:6:7:8::|::1:2:3:4:5:6:7:8"
      .split("|"),
    ..."::1.2.3|::1.2.3.4.5|::1.2.3.256|1.2.3.4::|::1.2.3.4:5|1:2:3:4:5:6:7:1.2.3.4|::ffff:01.2.3.4|1:2:3:4:5:1.2.3.4"
      .split("|"),
    "1:".repeat(40),
    "1.2.3.4" + "0".repeat(60),
  ];
  for (const text of refused) assert.equal(parseIp(text), undefined, JSON.stringify(text));
});

Deno.test("formatIp() unmaps IPv4 and refuses other lengths", () => {
  assert.equal(formatIp(Uint8Array.fromHex("00000000000000000000ffff0a000001")), "10.0.0.1");
  for (const length of [0, 3, 5, 15, 17]) assert.throws(() => formatIp(new Uint8Array(length)), RangeError);
});

Deno.test("formatIp() and parseIp() agree on every address, and with the URL parser of the platform", () => {
  const random = new SeededRandom(5952);
  for (let round = 0; round < 10_000; round++) {
    // Mostly zeros, so that runs of all lengths come up.
    const bytes = new Uint8Array(16).map(() => (random.below(4) === 0 ? random.below(256) : 0));
    const text = formatIp(bytes);
    assert.equal(parseIp(text)?.toHex(), bytes.toHex());
    assert.equal(new URL(`http://[${text}]/`).hostname, `[${text}]`);
  }
});

Deno.test("parseIp() reads text that the platform reads, and no more, after 10,000 mutations", () => {
  const random = new SeededRandom(4291);
  const seeds = ["2001:db8::8:800:200c:417a", "64:ff9b::192.0.2.33", "1:2:3:4:5:6:7:8", "::", "fe80::1"];
  const alphabet = ":::..0123456789abcdefABCDEFg%[";
  let read = 0;
  for (let round = 0; round < 10_000; round++) {
    const chars = [...seeds[round % seeds.length] as string];
    for (let faults = 1 + random.below(3); faults > 0; faults--) {
      const put = random.below(2) === 0 ? [alphabet[random.below(alphabet.length)] as string] : [];
      chars.splice(random.below(chars.length + 1), random.below(3), ...put);
    }
    const text = chars.join("");
    if (!text.includes(":")) continue;
    assert.equal(parseIp(text) !== undefined, URL.canParse(`http://[${text}]/`), JSON.stringify(text));
    if (parseIp(text) !== undefined) read++;
  }
  assert.ok(read > 1000, `${read} read`);
});

const peers4: PeerAddress[] = [{ ip: "1.2.3.4", port: 6881 }, { ip: "255.0.0.1", port: 65535 }, {
  ip: "9.9.9.9",
  port: 0,
}];
const peers6: PeerAddress[] = [{ ip: "2001:db8::1", port: 6881 }, { ip: "::1", port: 80 }];
const compact4 = "010203041ae1" + "ff000001ffff" + "090909090000";
const compact6 = "20010db80000000000000000000000011ae1" + "000000000000000000000000000000010050";

Deno.test("compact peers are 4 or 16 bytes of address and 2 of port", () => {
  assert.equal(encodeCompact4(peers4).toHex(), compact4);
  assert.equal(encodeCompact6(peers6).toHex(), compact6);
  assert.deepEqual(decodeCompact4(Uint8Array.fromHex(compact4)), peers4);
  assert.deepEqual(decodeCompact6(Uint8Array.fromHex(compact6)), peers6);
  assert.deepEqual(decodeCompact4(new Uint8Array(0)), []);
});

Deno.test("encodeCompact4() and encodeCompact6() share a mixed list out and leave names out", () => {
  const mixed = [...peers6, { ip: "tracker.example", port: 1 }, ...peers4, {
    ip: "::ffff:8.8.8.8",
    port: 53,
  }];
  assert.equal(encodeCompact4(mixed).toHex(), compact4 + "080808080035");
  assert.equal(encodeCompact6(mixed).toHex(), compact6);
});

Deno.test("decodeCompact6() unmaps IPv4", () => {
  const bytes = Uint8Array.fromHex("00000000000000000000ffff0a0000011ae1");
  assert.deepEqual(decodeCompact6(bytes), [{ ip: "10.0.0.1", port: 6881 }]);
});

Deno.test("decodeCompact4() and decodeCompact6() ignore an incomplete peer at the end", () => {
  for (let cut = 1; cut < 6; cut++) {
    assert.equal(decodeCompact4(Uint8Array.fromHex(compact4).subarray(0, 18 - cut)).length, 2, `cut ${cut}`);
  }
  for (let cut = 1; cut < 18; cut++) {
    assert.equal(decodeCompact6(Uint8Array.fromHex(compact6).subarray(0, 36 - cut)).length, 1, `cut ${cut}`);
  }
});

Deno.test("formatPeerAddress() puts IPv6 in brackets", () => {
  assert.equal(formatPeerAddress({ ip: "192.0.2.1", port: 6881 }), "192.0.2.1:6881");
  assert.equal(formatPeerAddress({ ip: "2001:db8::1", port: 6881 }), "[2001:db8::1]:6881");
});
