import assert from "node:assert/strict";
import { visibleRange } from "../../admin/visible_rows.ts";

const range = (top: number, count: number) => visibleRange({ top, height: 800, rowHeight: 40, count });

Deno.test("visibleRange() holds what is on the screen and some rows around it", () => {
  const { from, to } = range(40_000, 100_000);
  assert.ok(from <= 1000 - 10 && from > 1000 - 30, `from ${from}`);
  assert.ok(to >= 1020 + 10 && to < 1020 + 30, `to ${to}`);
});

Deno.test("visibleRange() stays the same while a few pixels go by", () => {
  assert.deepEqual(range(40_010, 100_000), range(40_035, 100_000));
});

Deno.test("visibleRange() never leaves the table", () => {
  assert.deepEqual(range(-500, 3), { from: 0, to: 3 });
  assert.deepEqual(range(0, 0), { from: 0, to: 0 });
  assert.equal(range(4_000_000, 100_000).to, 100_000);
});

Deno.test("visibleRange() shows the end of a table that has become shorter than the place looked at", () => {
  const { from, to } = range(40_000, 50);
  assert.equal(to, 50);
  assert.ok(from > 0 && from < 50);
});
