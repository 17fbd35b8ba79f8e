import assert from "node:assert/strict";
import { RowWindow } from "../../admin/row_window.ts";

interface Row {
  id: string;
  size: number;
}

const row = (id: string, size = 0): Row => ({ id, size });
const ids = (rows: RowWindow<Row>) => rows.rows.value.map(({ id, size }) => `${id}${size}`).join(" ");

const part = { full: false, keys: null, offset: 100, total: 1000, rows: [] };

function filled(): RowWindow<Row> {
  const rows = new RowWindow<Row>(({ id }) => id);
  const all = { ...part, full: true, keys: ["a", "b", "c"], rows: [row("c"), row("a"), row("b")] };
  assert.ok(rows.apply(all));
  return rows;
}

Deno.test("RowWindow knows the rows at their places, and which are not here", () => {
  const rows = filled();
  assert.equal(rows.total.value, 1000);
  assert.equal(rows.at(101)?.id, "b");
  assert.equal(rows.at(99), undefined);
  assert.equal(rows.at(103), undefined);
});

Deno.test("RowWindow.apply() takes changed rows in at their places", () => {
  const rows = filled();
  assert.ok(rows.apply({ ...part, rows: [row("b", 7)] }));
  assert.equal(ids(rows), "a0 b7 c0");
});

Deno.test("RowWindow.apply() takes a new order in, with rows that are new", () => {
  const rows = filled();
  assert.ok(rows.apply({ ...part, keys: ["b", "a", "d"], rows: [row("a", 5), row("d", 1)] }));
  assert.equal(ids(rows), "b0 a5 d1");
});

Deno.test("RowWindow.apply() forgets the rows before when it gets all of them", () => {
  const rows = filled();
  assert.ok(rows.apply({ ...part, full: true, offset: 0, keys: ["x"], rows: [row("x")] }));
  assert.equal(ids(rows), "x0");
  assert.equal(rows.at(0)?.id, "x");
});

Deno.test("RowWindow.apply() refuses an order of rows that it never got", () => {
  const rows = filled();
  assert.equal(rows.apply({ ...part, keys: ["a", "x"] }), false);
  assert.equal(rows.apply({ ...part, full: true, keys: ["a"] }), false);
  assert.equal(ids(rows), "a0 b0 c0");
});

Deno.test("RowWindow.apply() leaves the rows as they are when nothing has changed", () => {
  const rows = filled();
  const before = rows.rows.value;
  rows.apply({ ...part, total: 1001 });
  assert.equal(rows.rows.value, before);
  assert.equal(rows.total.value, 1001);
});

Deno.test("RowWindow.look() asks for a round part around what is looked at, and for another one only beyond it", () => {
  const rows = filled();
  rows.look({ from: 480, to: 520 });
  const { limit, offset } = rows.wanted.value;
  assert.ok(offset <= 455 && offset + limit >= 545, `${offset} and ${limit} more`);
  assert.equal(offset % 50, 0);
  const before = rows.wanted.value;
  rows.look({ from: 481, to: 521 });
  assert.equal(rows.wanted.value, before);
  rows.look({ from: 600, to: 640 });
  assert.notEqual(rows.wanted.value, before);
});

Deno.test("RowWindow.clear() forgets the rows and where the reader was", () => {
  const rows = filled();
  rows.look({ from: 480, to: 520 });
  rows.clear();
  assert.equal(rows.total.value, null);
  assert.equal(rows.wanted.value.offset, 0);
});
