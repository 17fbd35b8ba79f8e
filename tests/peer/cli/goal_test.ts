import assert from "node:assert/strict";
import { Goal, type GoalOptions } from "../../../peer/cli/goal.ts";
import type { ProgressEvent, TorrentEvent } from "../../../peer/events.ts";
import { makeTorrent } from "../../support/make_torrent.ts";

const complete: TorrentEvent = { type: "complete", totalLength: 1000, downloaded: 0, wasted: 0, seconds: 0 };
const tick = { type: "progress", state: "seeding" } as ProgressEvent;

async function makeGoal(options: GoalOptions, totals = { downloaded: 0, uploaded: 0 }) {
  const { metainfo } = await makeTorrent({ files: 1000 });
  return { goal: new Goal({ metainfo, totals }, options), totals };
}

Deno.test("Goal: with no goal a torrent goes on for ever", async () => {
  const { goal, totals } = await makeGoal({});
  assert.equal(goal.isReached(complete, 0), false);
  totals.uploaded = 1e9;
  assert.equal(goal.isReached(tick, 1e12), false);
});

Deno.test("Goal: complete is enough for --exit, and nothing is before it", async () => {
  const { goal } = await makeGoal({ exit: true, seedTime: 0, seedRatio: 0 });
  assert.equal(goal.isReached(tick, 5000), false);
  assert.equal(goal.isReached(complete, 6000), true);
});

Deno.test("Goal: --seed-time counts from completion", async () => {
  const { goal } = await makeGoal({ seedTime: 10 });
  goal.isReached(tick, 0);
  assert.equal(goal.isReached(complete, 50_000), false);
  assert.equal(goal.isReached(tick, 59_999), false);
  assert.equal(goal.isReached(tick, 60_000), true);
});

Deno.test("Goal: --seed-idle counts from completion, and anew from whatever is given", async () => {
  const { goal, totals } = await makeGoal({ seedIdle: 10 });
  goal.isReached(tick, 0);
  assert.equal(goal.isReached(complete, 50_000), false);
  assert.equal(goal.isReached(tick, 59_999), false);
  totals.uploaded = 1;
  assert.equal(goal.isReached(tick, 60_000), false);
  assert.equal(goal.isReached(tick, 69_999), false);
  assert.equal(goal.isReached(tick, 70_000), true);
});

Deno.test("Goal: --seed-ratio counts all runs, and against the size where nothing was downloaded", async () => {
  const { goal, totals } = await makeGoal({ seedRatio: 1.5 }, { downloaded: 2000, uploaded: 2999 });
  assert.equal(goal.isReached(complete, 0), false);
  totals.uploaded = 3000;
  assert.equal(goal.isReached(tick, 0), true);
  const { goal: seeder, totals: given } = await makeGoal({ seedRatio: 2 });
  assert.equal(seeder.isReached(complete, 0), false);
  given.uploaded = 2000;
  assert.equal(seeder.isReached(tick, 0), true);
});

Deno.test("Goal: who wants more after completion counts anew when that is here", async () => {
  const { goal } = await makeGoal({ seedTime: 10 });
  goal.isReached(complete, 0);
  goal.isReached({ ...tick, state: "downloading" } as ProgressEvent, 5_000);
  assert.equal(goal.isReached({ ...tick, state: "downloading" } as ProgressEvent, 60_000), false);
  assert.equal(goal.isReached(complete, 70_000), false);
  assert.equal(goal.isReached(tick, 79_999), false);
  assert.equal(goal.isReached(tick, 80_000), true);
});
