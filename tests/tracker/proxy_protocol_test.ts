import assert from "node:assert/strict";
import { MAX_PROXY_HEAD_BYTES, parseProxyHead, ProxyProtocolError } from "../../tracker/proxy_protocol.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const REQUEST = "GET / HTTP/1.1\r\n";

function text(line: string): Uint8Array {
  return new TextEncoder().encode(line);
}

/** A head of version 2: fields by hand, in hex. */
function binary(...fields: string[]): Uint8Array {
  return Uint8Array.fromHex(SIGNATURE + fields.join(""));
}

const heads = [
  {
    name: "TCP4 as text",
    bytes: text("PROXY TCP4 192.0.2.7 203.0.113.1 51000 6969\r\n"),
    client: { hostname: "192.0.2.7", port: 51000 },
  },
  {
    name: "TCP6 as text",
    bytes: text("PROXY TCP6 2001:DB8::7 2001:db8::1 51000 443\r\n"),
    client: { hostname: "2001:db8::7", port: 51000 },
  },
  {
    name: "IPv4 in IPv6 form",
    bytes: text("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:203.0.113.1 1 2\r\n"),
    client: { hostname: "192.0.2.7", port: 1 },
  },
  { name: "UNKNOWN", bytes: text("PROXY UNKNOWN\r\n"), client: undefined },
  {
    name: "UNKNOWN with what doesn't matter",
    bytes: text("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"),
    client: undefined,
  },
  {
    name: "TCP4 in binary",
    bytes: binary("21", "11", "000c", "c0000207", "cb007101", "c738", "1b39"),
    client: { hostname: "192.0.2.7", port: 51000 },
  },
  {
    name: "TCP6 in binary, with values behind it",
    bytes: binary(
      ...["21", "21", "0029", "20010db8000000000000000000000007", "20010db8000000000000000000000001"],
      ...["c738", "1b39", "0300020001"],
    ),
    client: { hostname: "2001:db8::7", port: 51000 },
  },
  { name: "LOCAL: the proxy itself", bytes: binary("20", "00", "0000"), client: undefined },
  {
    name: "a Unix socket's",
    bytes: binary("21", "31", "00d8", "00".repeat(216)),
    client: undefined,
  },
];

for (const { bytes, client, name } of heads) {
  Deno.test(`parseProxyHead() reads ${name}, and leaves what follows`, () => {
    const expected = { length: bytes.length, client };
    assert.deepEqual(parseProxyHead(bytes), expected);
    assert.deepEqual(parseProxyHead(Uint8Array.from([...bytes, ...text(REQUEST)])), expected);
    for (let n = 0; n < bytes.length; n++) assert.equal(parseProxyHead(bytes.subarray(0, n)), undefined);
  });
}

for (
  const { bytes, message } of [
    { bytes: text(REQUEST), message: /there is none/ },
    { bytes: text("G"), message: /there is none/ },
    { bytes: text("\r\nGET"), message: /there is none/ },
    { bytes: text("PROXY TCP4 192.0.2.7 203.0.113.1 51000\r\n"), message: /got "PROXY TCP4/ },
    { bytes: text("PROXY TCP4 192.0.2.7 203.0.113.1 51000 6969\n"), message: /got "PROXY/ },
    { bytes: text("PROXY TCP4 192.0.2.7 203.0.113.1 65536 6969\r\n"), message: /got "PROXY/ },
    { bytes: text("PROXY TCP4 192.0.2.256 203.0.113.1 1 6969\r\n"), message: /got "PROXY/ },
    { bytes: text("PROXY TCP4 2001:db8::7 203.0.113.1 1 6969\r\n"), message: /got "PROXY/ },
    { bytes: text("PROXY TCP6 192.0.2.7 203.0.113.1 1 6969\r\n"), message: /got "PROXY/ },
    { bytes: text("PROXY  TCP4 192.0.2.7 203.0.113.1 1 6969\r\n"), message: /got "PROXY/ },
    { bytes: text("PROXY UDP4 192.0.2.7 203.0.113.1 1 6969\r\n"), message: /got "PROXY/ },
    { bytes: text(`PROXY UNKNOWN ${"x".repeat(100)}`), message: /no line ends within 107 bytes/ },
    { bytes: binary("11", "11", "000c"), message: /version and command are 17/ },
    { bytes: binary("22", "11", "000c"), message: /version and command are 34/ },
    { bytes: binary("21", "11", "ffff"), message: /must not be longer than 4096 bytes: got 65551/ },
    { bytes: binary("21", "11", "0004", "c0000207"), message: /4 bytes hold no addresses/ },
  ]
) {
  Deno.test(`parseProxyHead() refuses ${JSON.stringify(new TextDecoder("latin1").decode(bytes))}`, () => {
    assert.throws(() => parseProxyHead(bytes), { name: "ProxyProtocolError", message });
  });
}

Deno.test("parseProxyHead() throws nothing but ProxyProtocolError, and takes no more than it may: 10,000 mutations", () => {
  const random = new SeededRandom(53);
  for (let i = 0; i < 10_000; i++) {
    const { bytes } = heads[random.below(heads.length)] as { bytes: Uint8Array };
    const spoilt = mutate(bytes, random);
    try {
      const head = parseProxyHead(spoilt);
      if (head === undefined) assert.ok(spoilt.length < MAX_PROXY_HEAD_BYTES);
      else assert.ok(head.length <= spoilt.length);
    } catch (error) {
      if (!(error instanceof ProxyProtocolError)) {
        throw new Error(`seed ${random.seed}, number ${i}`, { cause: error });
      }
    }
  }
});
