import assert from "node:assert/strict";
import { parseIp } from "../../protocol/mod.ts";
import { parseSubnet, type Subnet, Subnets } from "../../tracker/subnets.ts";
import { seededRandom } from "../support/random.ts";

for (
  const { text, shown } of [
    { text: "192.0.2.1", shown: "192.0.2.1" },
    { text: "192.0.2.1/32", shown: "192.0.2.1" },
    { text: "192.0.2.77/24", shown: "192.0.2.0/24" },
    { text: "192.0.2.255/25", shown: "192.0.2.128/25" },
    { text: "0.0.0.0/0", shown: "0.0.0.0/0" },
    { text: "2001:DB8::1", shown: "2001:db8::1" },
    { text: "2001:db8:ffff::1/33", shown: "2001:db8:8000::/33" },
    { text: "::/0", shown: "::/0" },
    { text: "::ffff:192.0.2.9/120", shown: "192.0.2.0/24" },
    { text: "::ffff:192.0.2.9", shown: "192.0.2.9" },
    { text: "::ffff:192.0.2.9/90", shown: undefined },
    { text: "192.0.2.0/33", shown: undefined },
    { text: "2001:db8::/129", shown: undefined },
    { text: "192.0.2.0/", shown: undefined },
    { text: "192.0.2.0/x", shown: undefined },
    { text: "192.0.2.0/-1", shown: undefined },
    { text: "192.0.2", shown: undefined },
    { text: "example.org", shown: undefined },
    { text: "", shown: undefined },
    { text: "/8", shown: undefined },
  ]
) {
  Deno.test(`parseSubnet("${text}") is ${shown}`, () => {
    assert.equal(parseSubnet(text)?.text, shown);
  });
}

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

function has(subnets: Subnets, ip: string): boolean {
  return subnets.has(parseIp(ip) ?? new Uint8Array());
}

Deno.test("Subnets.has() tells what is in a range, each family for itself", () => {
  const subnets = new Subnets();
  assert.equal(has(subnets, "192.0.2.1"), false);
  for (const text of ["192.0.2.0/25", "10.0.0.0/9", "2001:db8::/33", "198.51.100.7"]) {
    subnets.add(subnet(text));
  }
  for (const ip of ["192.0.2.0", "192.0.2.127", "10.127.9.9", "2001:db8:7fff::1", "198.51.100.7"]) {
    assert.ok(has(subnets, ip), ip);
  }
  for (
    const ip of ["192.0.2.128", "10.128.0.0", "2001:db8:8000::", "198.51.100.6", "::", "::ffff:11.0.0.1"]
  ) {
    assert.equal(has(subnets, ip), false, ip);
  }
  subnets.add(subnet("0.0.0.0/0"));
  assert.ok(has(subnets, "203.0.113.1"));
  assert.equal(has(subnets, "2001:db8:8000::"), false);
});

Deno.test("Subnets agrees with a look at every bit, through 2,000 changes", () => {
  const random = seededRandom(5);
  const below = (n: number) => Math.floor(random() * n);
  const ip = () => `10.${below(2)}.${below(2) * 128}.${below(256)}`;
  const subnets = new Subnets();
  const naive = new Map<string, Subnet>();
  for (let i = 0; i < 2000; i++) {
    const one = subnet(`${ip()}/${8 + below(25)}`);
    if (below(2) === 0) {
      subnets.add(one);
      naive.set(one.text, one);
    } else assert.equal(subnets.remove(one), naive.delete(one.text));
    const address = parseIp(ip()) ?? new Uint8Array();
    const number = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    const isIn = [...naive.values()].some(({ address: net, bits }) =>
      Math.floor(number(net) / 2 ** (32 - bits)) === Math.floor(number(address) / 2 ** (32 - bits))
    );
    assert.equal(subnets.has(address), isIn);
  }
  assert.deepEqual([...subnets.texts()].sort(), [...naive.keys()].sort());
});
