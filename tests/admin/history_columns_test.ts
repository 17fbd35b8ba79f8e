import assert from "node:assert/strict";
import { joinHistory, withGaps } from "../../admin/feeds/history_columns.ts";
import { historyAnswer } from "./states.ts";

Deno.test("joinHistory() puts new points behind those that are here, in all columns", () => {
  const joined = joinHistory(historyAnswer([10, 20]), historyAnswer([30]));
  assert.deepEqual(joined.time, [10, 20, 30]);
  assert.deepEqual(joined.series.seeders, [100, 200, 300]);
  assert.deepEqual(joined.series.memory, [100, 200, 300]);
});

Deno.test("joinHistory() takes a point that comes again as it is now", () => {
  const again = historyAnswer([20, 30]);
  const joined = joinHistory(historyAnswer([10, 20]), again);
  assert.deepEqual(joined.time, [10, 20, 30]);
});

Deno.test("joinHistory() lets go what is beyond the range's edge", () => {
  assert.deepEqual(joinHistory(historyAnswer([10, 20, 3000]), historyAnswer([3615])).time, [20, 3000, 3615]);
  assert.deepEqual(joinHistory(historyAnswer([10, 20]), historyAnswer([90_000])).time, [90_000]);
});

Deno.test("joinHistory() keeps what is here when nothing is new, and nothing of another range", () => {
  const known = historyAnswer([10, 20]);
  assert.equal(joinHistory(known, historyAnswer([])), known);
  assert.deepEqual(joinHistory(known, historyAnswer([], { range: "day" })).time, []);
});

Deno.test("withGaps() breaks the line where the tracker did not run", () => {
  const { series, time } = withGaps(historyAnswer([10, 20, 100, 110]));
  assert.deepEqual(time, [10, 20, 30, 100, 110]);
  assert.deepEqual(series.udp, [100, 200, null, 1000, 1100]);
});

Deno.test("withGaps() lets a point that was late pass", () => {
  assert.deepEqual(withGaps(historyAnswer([10, 20, 42])).time, [10, 20, 42]);
});
