import assert from "node:assert/strict";
import { effect } from "@preact/signals";
import { LiveTable, PAGE_ROWS } from "../../admin/live_table.ts";

interface Row {
  id: string;
  size: number;
}

function table(): LiveTable<Row, "id" | "size"> {
  return new LiveTable<Row, "id" | "size">({
    key: (row) => row.id,
    compare: { id: (a, b) => a.id < b.id ? -1 : 1, size: (a, b) => a.size - b.size },
    matches: (row, query) => row.id.includes(query),
    sort: { column: "size", descending: true },
  });
}

function ids(rows: readonly Row[]): string {
  return rows.map(({ id }) => id).join(" ");
}

const full = (changed: Row[]) => ({ full: true, changed, removed: [] });
const delta = (changed: Row[], removed: string[] = []) => ({ full: false, changed, removed });

Deno.test("LiveTable.apply() replaces, adds and removes the rows that a delta names", () => {
  const rows = table();
  rows.apply(full([{ id: "a", size: 1 }, { id: "b", size: 2 }]));
  rows.apply(delta([{ id: "a", size: 3 }, { id: "c", size: 0 }], ["b"]));
  assert.equal(ids(rows.visible.value), "a c");
  assert.equal(rows.get("a")?.size, 3);
  assert.equal(rows.size.value, 2);
});

Deno.test("LiveTable.apply() forgets everything else when it gets everything", () => {
  const rows = table();
  rows.apply(full([{ id: "a", size: 1 }]));
  rows.apply(full([{ id: "b", size: 1 }]));
  assert.equal(ids(rows.visible.value), "b");
});

Deno.test("LiveTable.apply() wakes nobody for an empty delta", () => {
  const rows = table();
  let runs = 0;
  const stop = effect(() => {
    rows.visible.value;
    runs++;
  });
  rows.apply(delta([]));
  assert.equal(runs, 1);
  rows.apply(delta([{ id: "a", size: 1 }]));
  assert.equal(runs, 2);
  stop();
});

Deno.test("LiveTable keeps equal rows in the same order in both directions", () => {
  const rows = table();
  rows.apply(full([{ id: "c", size: 1 }, { id: "a", size: 1 }, { id: "b", size: 1 }, { id: "d", size: 2 }]));
  assert.equal(ids(rows.visible.value), "d a b c");
  rows.sort.value = { column: "size", descending: false };
  assert.equal(ids(rows.visible.value), "a b c d");
});

Deno.test("LiveTable.search() takes blanks and capitals away and leaves what matches", () => {
  const rows = table();
  rows.apply(full([{ id: "apple", size: 1 }, { id: "grape", size: 2 }, { id: "melon", size: 3 }]));
  rows.search("  AP ");
  assert.equal(ids(rows.matching.value), "grape apple");
  assert.equal(rows.size.value, 3);
  rows.search("");
  assert.equal(rows.matching.value.length, 3);
});

Deno.test("LiveTable shows a page of rows, one more on demand, and the first again after a search", () => {
  const rows = table();
  rows.apply(full(Array.from({ length: 250 }, (_, i) => ({ id: `row${i}`, size: i }))));
  assert.equal(rows.visible.value.length, PAGE_ROWS);
  rows.showMore();
  assert.equal(rows.visible.value.length, 2 * PAGE_ROWS);
  rows.search("row");
  assert.equal(rows.visible.value.length, PAGE_ROWS);
});

Deno.test("LiveTable.clear() leaves nothing", () => {
  const rows = table();
  rows.apply(full([{ id: "a", size: 1 }]));
  rows.clear();
  assert.equal(rows.size.value, 0);
  assert.equal(rows.get("a"), undefined);
});
