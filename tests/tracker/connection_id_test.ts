import assert from "node:assert/strict";
import { ConnectionIds, WINDOW_MS } from "../../tracker/connection_id.ts";
import { addressOf } from "./announcing.ts";

const KEY = Uint32Array.from([1, 2, 3, 4]);
const ADDRESS = addressOf("192.0.2.1:1");
const ADDRESS6 = addressOf("[2001:db8::1]:1");

function make(ids: ConnectionIds, address: Uint8Array, now: number): [number, number] {
  ids.make(address, now);
  return [ids.id[0] as number, ids.id[1] as number];
}

for (const address of [ADDRESS, ADDRESS6]) {
  const family = address.length === 4 ? "IPv4" : "IPv6";
  Deno.test(`ConnectionIds: an id of ${family} is good for five minutes at least, for ten at most`, () => {
    const ids = new ConnectionIds(KEY);
    for (const madeAt of [0, 1, WINDOW_MS - 1, WINDOW_MS, 7.5 * WINDOW_MS, 2 ** 31 * WINDOW_MS]) {
      const [high, low] = make(ids, address, madeAt);
      for (const age of [0, 60_000, WINDOW_MS]) {
        assert.ok(ids.isValid(high, low, address, madeAt + age), `made at ${madeAt}, shown after ${age}`);
      }
      for (const age of [2 * WINDOW_MS, 3 * WINDOW_MS, 4 * WINDOW_MS]) {
        assert.equal(ids.isValid(high, low, address, madeAt + age), false, `made at ${madeAt}, after ${age}`);
      }
    }
  });
}

Deno.test("ConnectionIds: an id is of one address, one key and every one of its bits", () => {
  const ids = new ConnectionIds(KEY);
  const [high, low] = make(ids, ADDRESS, 0);
  assert.equal(ids.isValid(high, low, addressOf("192.0.2.2:1"), 0), false);
  assert.equal(ids.isValid(high, low, ADDRESS6, 0), false);
  assert.equal(new ConnectionIds(Uint32Array.from([1, 2, 3, 5])).isValid(high, low, ADDRESS, 0), false);
  for (let bit = 0; bit < 32; bit++) {
    assert.equal(ids.isValid((high ^ (1 << bit)) >>> 0, low, ADDRESS, 0), false);
    assert.equal(ids.isValid(high, (low ^ (1 << bit)) >>> 0, ADDRESS, 0), false);
  }
  assert.ok(ids.isValid(high, low, ADDRESS, 0));
});
