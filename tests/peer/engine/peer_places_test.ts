import assert from "node:assert/strict";
import { type Placed, Places, whoGivesWay } from "../../../peer/engine/peer_places.ts";

function placed(ip: string, priority: number, port = 6881): Placed {
  return { address: { ip, port }, priority };
}

const low = placed("198.51.100.1", 10);
const middle = placed("198.51.100.2", 20);
const high = placed("198.51.100.3", 30);

Deno.test("whoGivesWay() names the lowest priority, if the caller's is higher", () => {
  assert.equal(whoGivesWay(placed("198.51.100.9", 25), [high, low, middle]), low);
  assert.equal(whoGivesWay(placed("198.51.100.9", 10), [high, low, middle]), undefined);
  assert.equal(whoGivesWay(placed("198.51.100.9", 5), [high, low, middle]), undefined);
  assert.equal(whoGivesWay(placed("198.51.100.9", 5), []), undefined);
});

Deno.test("whoGivesWay() lets no address that has a place already drive others out", () => {
  assert.equal(whoGivesWay(placed("198.51.100.2", 99, 7000), [high, low, middle]), undefined);
});

Deno.test("Places are full when as many are taken as there are", () => {
  const places = new Places(2);
  places.taken = 1;
  assert.equal(places.isFull, false);
  places.taken = 2;
  assert.equal(places.isFull, true);
});

Deno.test("Places are full for callers while a tenth is left for those whom we call; few places are all for anybody", () => {
  const places = new Places(50);
  places.taken = 44;
  assert.equal(places.isFullForCallers, false);
  places.taken = 45;
  assert.deepEqual([places.isFullForCallers, places.isFull], [true, false]);
  const few = new Places(9);
  few.taken = 8;
  assert.equal(few.isFullForCallers, false);
});
