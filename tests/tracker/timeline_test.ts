import assert from "node:assert/strict";
import { AdminRecords } from "../../tracker/admin_records.ts";
import { Database } from "../../tracker/database.ts";
import { DatabaseSync } from "node:sqlite";
import { type PointStore, Timeline, type TimelineSample } from "../../tracker/timeline.ts";

const START = 1_800_000_000;

/** Where the tracker stands after so many seconds: ten announces and one swarm more with each. */
function sample(second: number): TimelineSample {
  return {
    ...{ swarms: second, seeders: 4, leechers: 2, memory: 1000 },
    ...{ http: 10 * second, udp: 0, websocket: 0, rejected: second, completed: 0, bytesIn: 0, bytesOut: 0 },
  };
}

function run(timeline: Timeline, from: number, to: number): void {
  for (let second = from; second <= to; second++) timeline.tick((START + second) * 1000, sample(second));
}

/** Forgets what it is told. */
const nowhere: PointStore = { savePoints() {}, points: () => [] };

Deno.test("Timeline has a point for each ten seconds that have passed, with means and rates", () => {
  const timeline = new Timeline(nowhere, START * 1000);
  run(timeline, 0, 30);
  const { series, step, time } = timeline.answer("hour");
  assert.equal(step, 10);
  assert.deepEqual(time, [START + 10, START + 20, START + 30]);
  assert.deepEqual(series.http, [10, 10, 10]);
  assert.deepEqual(series.rejected, [1, 1, 1]);
  assert.deepEqual(series.swarms, [5, 15, 25]);
  assert.deepEqual(series.seeders, [4, 4, 4]);
});

Deno.test("Timeline tells the points after a time only", () => {
  const timeline = new Timeline(nowhere, START * 1000);
  run(timeline, 0, 30);
  assert.deepEqual(timeline.answer("hour", START + 10).time, [START + 20, START + 30]);
  assert.deepEqual(timeline.answer("hour", START + 30).time, []);
});

Deno.test("Timeline is coarser the longer it goes back, and never longer than its range", () => {
  const timeline = new Timeline(nowhere, START * 1000);
  run(timeline, 0, 8000);
  assert.equal(timeline.answer("hour").time.length, 360);
  assert.deepEqual(timeline.answer("day").time.length, 26);
  assert.equal(timeline.answer("month").time.length, 1);
  assert.equal(timeline.answer("month").series.http[0], 10);
});

Deno.test("Timeline leaves a gap for a sleep, and goes on from an earlier time when the clock is set back", () => {
  const timeline = new Timeline(nowhere, START * 1000);
  run(timeline, 0, 10);
  run(timeline, 1000, 1010);
  run(timeline, 500, 510);
  assert.deepEqual(timeline.answer("hour").time, [START + 10, START + 510]);
  assert.deepEqual(timeline.answer("hour").series.swarms, [5, 505]);
});

Deno.test("Timeline brings back no points of a time that hasn't come yet, and forgets none of them: the clock may be wrong", () => {
  const db = new DatabaseSync(":memory:");
  const records = new AdminRecords(new Database(db));
  const timeline = new Timeline(records, START * 1000);
  run(timeline, 0, 30);
  run(timeline, 5, 20);
  const again = new Timeline(records, (START + 20) * 1000);
  assert.deepEqual(again.answer("hour").time, [START + 10, START + 20]);
  assert.deepEqual(again.answer("hour"), timeline.answer("hour"));
  const later = new Timeline(records, (START + 30) * 1000);
  assert.deepEqual(later.answer("hour").time, [START + 10, START + 20, START + 30]);
  db.close();
});

Deno.test("Timeline brings back what was kept, and what was kept is bounded", () => {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
  const records = new AdminRecords(new Database(db));
  const first = new Timeline(records, START * 1000);
  run(first, 0, 4000);
  const second = new Timeline(records, (START + 4000) * 1000);
  assert.deepEqual(second.answer("hour"), first.answer("hour"));
  assert.deepEqual(second.answer("day"), first.answer("day"));
  const { n } = db.prepare("SELECT count(*) AS n FROM timeline WHERE step = 10").get() as { n: number };
  assert.equal(n, 360);
  // Much later only what is in range.
  assert.deepEqual(new Timeline(records, (START + 8000) * 1000).answer("hour").time, []);
  db.close();
});
