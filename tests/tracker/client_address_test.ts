import assert from "node:assert/strict";
import { formatIp } from "../../protocol/mod.ts";
import { isLocalAddress, parseClientAddress } from "../../tracker/client_address.ts";

for (
  const { hostname, ip, isLocal } of [
    { hostname: "192.0.2.1", ip: "192.0.2.1", isLocal: false },
    { hostname: "255.255.255.255", ip: "255.255.255.255", isLocal: false },
    { hostname: "::ffff:203.0.113.9", ip: "203.0.113.9", isLocal: false },
    { hostname: "::ffff:127.0.0.1", ip: "127.0.0.1", isLocal: true },
    { hostname: "::ffff:c000:201", ip: "192.0.2.1", isLocal: false },
    { hostname: "10.255.0.1", ip: "10.255.0.1", isLocal: true },
    { hostname: "172.15.0.1", ip: "172.15.0.1", isLocal: false },
    { hostname: "172.16.0.1", ip: "172.16.0.1", isLocal: true },
    { hostname: "172.32.0.1", ip: "172.32.0.1", isLocal: false },
    { hostname: "192.168.0.1", ip: "192.168.0.1", isLocal: true },
    { hostname: "169.254.1.1", ip: "169.254.1.1", isLocal: true },
    { hostname: "2001:db8::1", ip: "2001:db8::1", isLocal: false },
    { hostname: "::1", ip: "::1", isLocal: true },
    { hostname: "::", ip: "::", isLocal: false },
    { hostname: "fd12::1", ip: "fd12::1", isLocal: true },
    { hostname: "fe80::1%eth0", ip: "fe80::1", isLocal: true },
    { hostname: "fec0::1", ip: "fec0::1", isLocal: false },
  ]
) {
  Deno.test(`parseClientAddress() reads ${hostname} as ${isLocal ? "local" : "distant"} ${ip}`, () => {
    const address = parseClientAddress(hostname);
    assert.ok(address);
    assert.equal(formatIp(address), ip);
    assert.equal(isLocalAddress(address), isLocal);
  });
}

for (
  const hostname of [
    "",
    "unix",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.x",
    "/run/tracker.sock",
    "::ffff:",
    ":::",
  ]
) {
  Deno.test(`parseClientAddress() doesn't take ${JSON.stringify(hostname)} for an address`, () => {
    assert.equal(parseClientAddress(hostname), undefined);
  });
}
