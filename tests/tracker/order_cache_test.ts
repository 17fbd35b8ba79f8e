import assert from "node:assert/strict";
import { OrderCache, type OrderEntry } from "../../tracker/order_cache.ts";
import { Slices, sortSliced } from "../../tracker/sliced_order.ts";
import { SeededRandom } from "../support/random.ts";

/** A clock by which every look takes 10 µs, and how often there was a pause. */
function newSlicing() {
  const clock = { ms: 0, pauses: 0 };
  return {
    clock,
    slicing: {
      now: () => clock.ms += 0.01,
      pause: () => {
        clock.pauses++;
        return Promise.resolve();
      },
    },
  };
}

for (const length of [0, 1, 2, 1023, 1024, 1025, 5000, 100_000]) {
  Deno.test(`sortSliced() puts ${length} rows in order, as sort() does`, async () => {
    const random = new SeededRandom(length);
    const rows = Array.from({ length }, () => random.below(length));
    const expected = rows.toSorted((a, b) => a - b);
    assert.deepEqual(await sortSliced(rows, (a, b) => a - b, new Slices(newSlicing().slicing)), expected);
  });
}

Deno.test("sortSliced() never works for longer than a slice without a pause", async () => {
  let [ms, worst, since] = [0, 0, 0];
  const slicing = {
    now: () => ms,
    pause: () => {
      worst = Math.max(worst, ms - since);
      since = ms;
      return Promise.resolve();
    },
  };
  const random = new SeededRandom(3);
  const rows = Array.from({ length: 50_000 }, () => random.below(1e9));
  // A comparison takes 50 ns here, and so what is timed is how many there are between pauses.
  await sortSliced(rows, (a, b) => {
    ms += 0.00005;
    return a - b;
  }, new Slices(slicing));
  assert.ok(worst > 0.5 && worst < 3, `${worst} ms`);
});

/** Counts how often rows are collected. */
function newCache(costMs = 0) {
  const time = { ms: 0 };
  const slicing = { now: () => time.ms, pause: () => Promise.resolve() };
  let made = 0;
  const collect = (keys: readonly (string | number | null)[]) => () => {
    made++;
    time.ms += costMs;
    return Promise.resolve(keys.map((key, i): OrderEntry => ({ id: `${i}`, key })));
  };
  return { cache: new OrderCache(slicing), collect, time, made: () => made };
}

Deno.test("OrderCache sorts by key, then by id, with what has none at the end either way", async () => {
  const { cache, collect } = newCache();
  const keys = [3, null, 1, 3, 2];
  assert.deepEqual(await cache.get("a", "asc", collect(keys)), ["2", "4", "0", "3", "1"]);
  assert.deepEqual(await cache.get("b", "desc", collect(keys)), ["0", "3", "4", "2", "1"]);
});

Deno.test("OrderCache makes an order once for all who ask within a second, also while it is being made", async () => {
  const { cache, collect, made, time } = newCache();
  await Promise.all([1, 2, 3].map(() => cache.get("a", "asc", collect([1]))));
  assert.equal(made(), 1);
  time.ms = 999;
  await cache.get("a", "asc", collect([1]));
  assert.equal(made(), 1);
  time.ms = 1000;
  await cache.get("a", "asc", collect([1]));
  assert.equal(made(), 2);
});

Deno.test("OrderCache makes dear orders so seldom that they take a twentieth of the time, all together", async () => {
  const { cache, collect, made, time } = newCache(40);
  for (let now = 0; now < 100_000; now += 100) {
    time.ms = Math.max(time.ms, now);
    for (const key of ["a", "b", "c"]) await cache.get(key, "asc", collect([1]));
  }
  const share = made() * 40 / 100_000;
  assert.ok(share > 0.03 && share < 0.055, `${share}`);
});

Deno.test("OrderCache forgets orders that nobody asks for, and makes new ones after a change by hand", async () => {
  const { cache, collect, made, time } = newCache();
  await cache.get("a", "asc", collect([1]));
  cache.clear();
  await cache.get("a", "asc", collect([1]));
  assert.equal(made(), 2);
  time.ms = 500;
  cache.tick(70_000);
  await cache.get("a", "asc", collect([1]));
  assert.equal(made(), 3);
});

Deno.test("OrderCache keeps sixteen orders, those that were asked for last", async () => {
  const { cache, collect, made, time } = newCache();
  for (let n = 0; n < 17; n++) {
    time.ms = n;
    await cache.get(`${n}`, "asc", collect([1]));
  }
  await cache.get("16", "asc", collect([1]));
  assert.equal(made(), 17);
  await cache.get("0", "asc", collect([1]));
  assert.equal(made(), 18);
});
