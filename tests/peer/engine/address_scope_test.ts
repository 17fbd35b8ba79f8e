import assert from "node:assert/strict";
import { mayName, scopeOf } from "../../../peer/engine/address_scope.ts";

Deno.test("scopeOf() tells this machine, its network and the world apart", () => {
  const rows: [ip: string, scope: string | undefined][] = [
    ["127.0.0.1", "loopback"],
    ["127.9.9.9", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["10.0.0.1", "local"],
    ["172.16.0.1", "local"],
    ["172.31.255.255", "local"],
    ["172.32.0.1", "global"],
    ["192.168.1.1", "local"],
    ["169.254.1.1", "local"],
    ["100.64.0.1", "local"],
    ["100.128.0.1", "global"],
    ["fd00::1", "local"],
    ["fe80::1", "local"],
    ["8.8.8.8", "global"],
    ["2001:db8::1", "global"],
    ["0.0.0.0", undefined],
    ["::", undefined],
    ["224.0.0.1", undefined],
    ["255.255.255.255", undefined],
    ["ff02::1", undefined],
    ["example.org", undefined],
  ];
  for (const [ip, scope] of rows) assert.equal(scopeOf(ip), scope, ip);
});

Deno.test("mayName(): nobody names addresses that reach less far than his own", () => {
  const rows: [source: string, ip: string, may: boolean][] = [
    ["8.8.8.8", "9.9.9.9", true],
    ["8.8.8.8", "192.168.0.1", false],
    ["8.8.8.8", "127.0.0.1", false],
    ["192.168.0.2", "192.168.0.1", true],
    ["192.168.0.2", "127.0.0.1", false],
    ["127.0.0.1", "127.0.0.2", true],
    ["127.0.0.1", "0.0.0.0", false],
  ];
  for (const [source, ip, may] of rows) assert.equal(mayName(source, ip), may, `${source} names ${ip}`);
});
