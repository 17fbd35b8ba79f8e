import assert from "node:assert/strict";
import { formatIp, parseIp } from "../../protocol/mod.ts";
import { askerBehind } from "../../tracker/forwarded.ts";
import { parseSubnet, type Subnet, Subnets } from "../../tracker/subnets.ts";
import { SeededRandom } from "../support/random.ts";
import { LEAST, TestApp } from "./http.ts";

const trusted = new Subnets();
for (const text of ["203.0.113.0/24", "2001:db8:ffff::/48"]) trusted.add(parseSubnet(text) as Subnet);
const PROXY = parseIp("203.0.113.1") ?? new Uint8Array();

function asker(headers: { x?: string; f?: string }): string | undefined {
  const address = askerBehind(PROXY, { xForwardedFor: headers.x, forwarded: headers.f }, trusted);
  return address === undefined ? undefined : formatIp(address);
}

for (
  const { headers, from } of [
    { headers: {}, from: "203.0.113.1" },
    { headers: { x: "192.0.2.1" }, from: "192.0.2.1" },
    { headers: { x: "6.6.6.6, 192.0.2.1" }, from: "192.0.2.1" },
    { headers: { x: "6.6.6.6, 192.0.2.1, 203.0.113.9,203.0.113.8" }, from: "192.0.2.1" },
    { headers: { x: "203.0.113.9, 203.0.113.8" }, from: "203.0.113.9" },
    { headers: { x: "192.0.2.1:4711" }, from: "192.0.2.1" },
    { headers: { x: "[2001:db8::1]:4711" }, from: "2001:db8::1" },
    { headers: { x: "2001:db8::1, 2001:db8:ffff::2" }, from: "2001:db8::1" },
    { headers: { x: "garbage, 192.0.2.1" }, from: "192.0.2.1" },
    { headers: { x: "192.0.2.1, garbage" }, from: undefined },
    { headers: { x: "" }, from: undefined },
    { headers: { x: "," }, from: undefined },
    { headers: { f: "for=192.0.2.1" }, from: "192.0.2.1" },
    {
      headers: { f: 'for=6.6.6.6, for="[2001:db8::1]:4711";proto=https;by=203.0.113.9' },
      from: "2001:db8::1",
    },
    { headers: { f: "proto=https; For=192.0.2.1" }, from: "192.0.2.1" },
    { headers: { f: "for=unknown" }, from: undefined },
    { headers: { f: "for=_hidden" }, from: undefined },
    { headers: { f: "by=203.0.113.9" }, from: undefined },
    { headers: { x: "192.0.2.1", f: "for=6.6.6.6" }, from: "192.0.2.1" },
  ]
) {
  Deno.test(`askerBehind() a trusted proxy with ${JSON.stringify(headers)} is ${from}`, () => {
    assert.equal(asker(headers), from);
  });
}

Deno.test("askerBehind() throws at nothing: 10,000 random headers", () => {
  const random = new SeededRandom(12);
  const pieces = [
    "for=",
    '"',
    "[",
    "]",
    ":",
    ",",
    ";",
    "192.0.2.1",
    "::1",
    "203.0.113.5",
    " ",
    "=",
    "x",
    "4711",
  ];
  for (let i = 0; i < 10_000; i++) {
    const text = Array.from({ length: random.below(12) }, () => pieces[random.below(pieces.length)]).join("");
    asker(i % 2 === 0 ? { x: text } : { f: text });
  }
});

Deno.test("GET /announce takes the address of a trusted proxy's word, and nobody else's", async () => {
  const app = await TestApp.create();
  const external = async (from: string) => {
    const response = await app.get(`/announce?${LEAST}`, {
      from,
      headers: { "x-forwarded-for": "192.0.2.77" },
    });
    return /external ip4:(.{4})/s.exec(new TextDecoder("latin1").decode(await response.bytes()))?.[1];
  };
  assert.equal(await external("203.0.113.5"), String.fromCharCode(192, 0, 2, 77));
  assert.equal(await external("198.51.100.1"), "\xc63d\x01");
});
