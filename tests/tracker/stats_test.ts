import assert from "node:assert/strict";
import { TrackerStats } from "../../tracker/stats.ts";

Deno.test("TrackerStats.announcesPerSecond() is the rate of the last five seconds", () => {
  const stats = new TrackerStats(0);
  assert.equal(stats.announcesPerSecond(0), 0);
  for (let now = 1000; now <= 20_000; now += 1000) {
    stats.announces += 300;
    stats.tick(now);
  }
  assert.equal(stats.announcesPerSecond(20_000), 300);
  for (let now = 21_000; now <= 30_000; now += 1000) stats.tick(now);
  assert.equal(stats.announcesPerSecond(30_000), 0);
});
