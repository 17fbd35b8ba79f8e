import assert from "node:assert/strict";
import { parseSort, toggleSort } from "../../admin/sort.ts";
import { DEFAULT_SORT, formatView, parseView, type View } from "../../admin/view.ts";

const ROWS: { search: string; view: View }[] = [
  { search: "", view: { query: "", sort: DEFAULT_SORT, filter: null } },
  { search: "?q=debian+12", view: { query: "debian 12", sort: DEFAULT_SORT, filter: null } },
  { search: "?sort=name", view: { query: "", sort: { column: "name", descending: false }, filter: null } },
  {
    search: "?q=%3Cb%3E&sort=-size&show=no-seeder",
    view: { query: "<b>", sort: { column: "size", descending: true }, filter: "no-seeder" },
  },
];

Deno.test("parseView() and formatView() are each other's inverse", () => {
  for (const { search, view } of ROWS) {
    assert.deepEqual(parseView(search), view);
    assert.equal(formatView(view), search);
  }
});

Deno.test("parseView() passes over an order that doesn't exist", () => {
  for (const search of ["?sort=colour", "?sort=-", "?sort=--name", "?sort=toString"]) {
    assert.deepEqual(parseView(search).sort, DEFAULT_SORT, search);
  }
});

Deno.test("parseView() passes over a filter that doesn't exist", () => {
  assert.equal(parseView("?show=everything").filter, null);
});

Deno.test("toggleSort() turns a column round, and takes another one its natural way", () => {
  const byName = toggleSort<"name" | "size">({ column: "size", descending: true }, "name", false);
  assert.deepEqual(byName, { column: "name", descending: false });
  assert.deepEqual(toggleSort(byName, "name", false), { column: "name", descending: true });
});

Deno.test("parseSort() reads a minus as descending", () => {
  assert.deepEqual(parseSort("-a", ["a", "b"]), { column: "a", descending: true });
  assert.equal(parseSort("c", ["a", "b"]), undefined);
});
