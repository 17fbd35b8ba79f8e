import assert from "node:assert/strict";
import { PlotScales } from "../../admin/plot_scales.ts";

const FRAME = { width: 1000, height: 200, left: 40, right: 20, top: 10, bottom: 30 };
const hour = (time: number[], most = 100) => new PlotScales(FRAME, { time, most, span: 3600 });

Deno.test("PlotScales spans the frame from the first reading to the last, and from 0 up", () => {
  const scales = hour([1000, 2000, 3000]);
  assert.equal(scales.x(1000), 40);
  assert.equal(scales.x(3000), 980);
  assert.equal(scales.y(0), 170);
  assert.ok(scales.y(100) > 10 && scales.y(100) < 40);
});

Deno.test("PlotScales shows no more than the span, and no less than a sixtieth of it", () => {
  assert.equal(hour([0, 9000, 10_000]).x(6400), 40);
  assert.equal(hour([9_995, 10_000]).x(9940), 40);
});

Deno.test("PlotScales names round values and times, with room between them", () => {
  const { step, times, values } = hour([1.7e9, 1.7e9 + 3600], 137_000);
  assert.deepEqual(values.map(({ value }) => value), [0, 50_000, 100_000, 150_000]);
  assert.equal(step, 300);
  assert.ok(times.every(({ at }) => at >= 40 && at <= 980));
  assert.ok(times.length > 5 && times.length < 14, `${times.length} times`);
});

Deno.test("PlotScales has a scale where all values are 0", () => {
  assert.ok(hour([1, 2], 0).values.length > 1);
});

Deno.test("PlotScales.indexAt() is the reading nearest to a place", () => {
  const scales = hour([1000, 2000, 3000]);
  assert.deepEqual([0, 40, 400, 520, 800, 2000].map((x) => scales.indexAt(x)), [0, 0, 1, 1, 2, 2]);
});
