import assert from "node:assert/strict";
import { Activity } from "../../tracker/activity.ts";

Deno.test("swarms that are announced to in turn are equally busy, however many announces are left out", () => {
  for (const perSecond of [2_000, 8_000, 60_000]) {
    for (const swarms of [8, 40, 64]) {
      const activity = new Activity(0);
      activity.tick(1000, perSecond);
      assert.ok(activity.mask > 0);
      const rounds = 100_000;
      for (let n = 0; n < rounds * swarms; n++) if (activity.isDue(n)) activity.note(1 + n % swarms);
      const busiest = activity.busiest(swarms, 1000).map(({ perSecond }) => perSecond);
      assert.equal(busiest.length, swarms);
      for (const each of busiest) assert.ok(Math.abs(each / rounds - 1) < 0.1, `${swarms}: ${busiest}`);
    }
  }
});

Deno.test("Activity looks at one announce in so many where there are many, and counts them for all", () => {
  const activity = new Activity(0);
  activity.tick(1000, 999);
  assert.equal(activity.mask, 0);
  activity.tick(2000, 10_000);
  assert.equal(activity.mask, 15);
  activity.note(16);
  assert.deepEqual(activity.busiest(10, 4000), [{ swarm: 16, perSecond: 4 }]);
  activity.forget(16);
  assert.deepEqual(activity.busiest(10, 4000), []);
});

Deno.test("Activity forgets swarms after a minute without announces, and counts twenty thousand at most", () => {
  const activity = new Activity(0);
  for (let swarm = 16; swarm <= 16 * 20_000; swarm += 16) activity.note(swarm);
  for (let n = 0; n < 10; n++) activity.note(16 * 20_001);
  assert.deepEqual(activity.busiest(1, 1000), [{ swarm: 16, perSecond: 1 }]);
  activity.tick(30_000, 0);
  assert.equal(activity.busiest(5, 30_000).length, 5);
  activity.tick(60_000, 0);
  assert.deepEqual(activity.busiest(5, 60_000), []);
});
