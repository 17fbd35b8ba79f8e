import assert from "node:assert/strict";
import { peerPriority } from "../../protocol/peer_priority.ts";

function priority(a: string, b: string, ports: [number, number] = [0x4d2, 0x12c]): number {
  const forth = peerPriority({ ip: a, port: ports[0] }, { ip: b, port: ports[1] });
  const back = peerPriority({ ip: b, port: ports[1] }, { ip: a, port: ports[0] });
  assert.equal(forth, back); // both ends agree
  return forth;
}

Deno.test("peerPriority() gives the vectors of BEP 40", () => {
  assert.equal(priority("123.213.32.10", "98.76.54.32"), 0xec2d7224);
  assert.equal(priority("123.213.32.10", "123.213.32.234"), 0x99568189);
});

Deno.test("peerPriority() masks the less, the more the addresses have in common", () => {
  // The CRC-32C, made elsewhere, of the bytes that are named.
  const ones = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  const rows: [a: string, b: string, bytes: string, priority: number][] = [
    ["230.120.23.1", "230.12.123.3", "e60c5101e6781501", 0xfa9a860e],
    ["230.12.23.1", "230.12.123.3", "e60c1701e60c7b01", 0x21fd5f80],
    ["230.12.123.1", "230.12.123.3", "e60c7b01e60c7b03", 0x99c54d79],
    ["230.12.123.3", "230.12.123.3", "012c04d2", 0xae8b7034],
    [ones, "ffff:0fff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff0fffffff5555… ffffffffffff5555…", 0x59d71f38],
    [ones, "ffff:ffff:0fff:ffff:ffff:ffff:ffff:ffff", "ffffffff0fff5555… ffffffffffff5555…", 0x081d5282],
    [ones, "ffff:ffff:ff0f:ffff:ffff:ffff:ffff:ffff", "ffffffffff0fff55… ffffffffffffff55…", 0xc5f972be],
    [ones, "ffff:ffff:ffff:0fff:ffff:ffff:ffff:ffff", "ffffffffffff0fff… ffffffffffffffff…", 0x9ff50bd0],
    [ones, ones, "012c04d2", 0xae8b7034],
  ];
  for (const [a, b, bytes, expected] of rows) assert.equal(priority(a, b), expected, bytes);
});

Deno.test("peerPriority() tells ports apart where the addresses are the same, and only there", () => {
  const [ip, other] = ["230.12.123.3", "230.12.123.4"];
  assert.notEqual(priority(ip, ip, [1, 2]), priority(ip, ip, [1, 3]));
  assert.equal(priority(ip, other, [1, 2]), priority(ip, other, [1, 3]));
  assert.notEqual(priority("::1", "::1", [1, 2]), priority("::1", "::1", [1, 3]));
});

Deno.test("peerPriority() is 0 for what can't be connected, or isn't known yet", () => {
  assert.equal(priority("230.12.123.3", "::1"), 0);
  assert.equal(priority("230.12.123.3", "example.org"), 0);
});
