import assert from "node:assert/strict";
import { type Announcement, Population } from "./population.ts";

function announcements(count: number): Announcement[] {
  const population = new Population({ peers: 100, swarms: 10, seed: 7 });
  return Array.from({ length: count }, () => population.next());
}

Deno.test("Population.next() is the same for the same seed", () => {
  assert.deepEqual(announcements(1000), announcements(1000));
});

Deno.test("Population.next() lets peers start once, complete once at most, and say nothing after they stopped", () => {
  const started = new Set<number>();
  const completed = new Set<number>();
  const stopped = new Set<number>();
  for (const { event, peer } of announcements(20_000)) {
    assert.ok(!stopped.has(peer), `peer ${peer} is gone`);
    if (event === "started") {
      assert.ok(!started.has(peer));
      started.add(peer);
    } else assert.ok(started.has(peer));
    if (event === "completed") {
      assert.ok(!completed.has(peer));
      completed.add(peer);
    }
    if (event === "stopped") stopped.add(peer);
  }
  // A tenth of all announces are somebody's last; a third of those leave without a word.
  assert.ok(Math.abs(started.size / 2000 - 1) < 0.1, `${started.size} peers`);
  assert.ok(Math.abs(stopped.size / started.size - 2 / 3) < 0.1, `${stopped.size} stopped`);
  assert.ok(completed.size > 0);
});

Deno.test("Population.next() gives up some torrents for new ones", () => {
  const swarms = announcements(20_000).map(({ swarm }) => swarm);
  const last = swarms.slice(-1000).filter((swarm) => swarm >= 10);
  assert.ok(last.length > 50 && last.every((swarm) => !swarms.slice(0, 1000).includes(swarm)));
});
