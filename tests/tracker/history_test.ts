import assert from "node:assert/strict";
import { History } from "../../tracker/history.ts";

const point = (time: number) => ({ time, seeders: 1, leechers: 2, swarms: 3, announcesPerSecond: 4 });

Deno.test("History takes a point every five seconds, the first at once", () => {
  const history = new History();
  const times: number[] = [];
  // Ticks that come a little late, as they do.
  for (let now = 0; now <= 30_000; now += 1003) {
    if (!history.isDue(now)) continue;
    history.add(point(now), { now, revision: 1 });
    times.push(Math.round(now / 1000));
  }
  assert.deepEqual(times, [0, 5, 10, 15, 20, 25]);
});

Deno.test("History goes on from now after a long sleep, instead of catching up", () => {
  const history = new History();
  history.add(point(0), { now: 0, revision: 1 });
  history.add(point(1), { now: 3_600_000, revision: 1 });
  assert.ok(!history.isDue(3_604_000));
  assert.ok(history.isDue(3_605_000));
});

Deno.test("History.since() gives the points after a revision, an hour of them at most", () => {
  const history = new History();
  for (let i = 1; i <= 1000; i++) history.add(point(i * 5), { now: i * 5000, revision: i });
  assert.equal(history.since(0).length, 720);
  assert.deepEqual(history.since(998).map(({ time }) => time), [4995, 5000]);
  assert.deepEqual(history.since(1000), []);
});
