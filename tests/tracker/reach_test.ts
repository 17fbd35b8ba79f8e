import assert from "node:assert/strict";
import { parseIp } from "../../protocol/mod.ts";
import { Reach, reachOf } from "../../tracker/reach.ts";
import { addressOf, announce, newTracker, request } from "./announcing.ts";

for (
  const [reach, addresses] of [
    [Reach.everywhere, [
      "192.0.2.1",
      "172.15.0.1",
      "172.32.0.1",
      "192.167.1.1",
      "::2",
      "2001:db8::1",
      "::1:0:0:1",
    ]],
    [Reach.network, [
      "10.0.0.1",
      "172.16.0.1",
      "172.31.9.9",
      "192.168.1.1",
      "169.254.1.1",
      "fc00::1",
      "fe80::1",
    ]],
    [Reach.machine, ["127.0.0.1", "127.9.9.9", "::1"]],
  ] as const
) {
  for (const address of addresses) {
    Deno.test(`reachOf(${address}) is ${reach}`, () => {
      const bytes = parseIp(address) ?? new Uint8Array();
      // Not at the beginning of the buffer: that is how peers lie in an answer.
      const among = new Uint8Array(bytes.length + 6);
      among.set(bytes, 6);
      assert.equal(reachOf(among, 6, bytes.length), reach);
    });
  }
}

const EVERYBODY = ["10.0.0.1:1", "127.0.0.1:1", "192.0.2.1:1", "[2001:db8::1]:1", "[fd00::1]:1"];

for (
  const { asker, told } of [
    { asker: "198.51.100.1:9", told: ["192.0.2.1:1", "[2001:db8::1]:1"] },
    { asker: "[2001:db8::9]:9", told: ["192.0.2.1:1", "[2001:db8::1]:1"] },
    { asker: "192.168.7.7:9", told: ["10.0.0.1:1", "192.0.2.1:1", "[2001:db8::1]:1", "[fd00::1]:1"] },
    { asker: "127.0.0.1:9", told: EVERYBODY },
  ]
) {
  Deno.test(`an asker at ${asker} is told of peers that it can reach, in both forms`, () => {
    const tracker = newTracker();
    for (const at of EVERYBODY) announce(tracker, { at });
    assert.deepEqual(announce(tracker, { at: asker }).peers, told);
    const { peers } = tracker.announceDictionary(request({ at: asker }), addressOf(asker), 0);
    const shown = peers.map(({ ip, port }) => ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`);
    assert.deepEqual(shown.sort(), told);
  });
}
