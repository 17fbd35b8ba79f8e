// A column's heading: a button that sorts by it, and says how the table is sorted.

import type { Signal } from "@preact/signals";
import { type Sort, toggleSort } from "../sort.ts";
import { SortIcon } from "./icons.tsx";

export interface SortHeaderProps<Column extends string> {
  column: Column;
  label: string;
  sort: Signal<Sort<Column>>;
  /** Numbers: set to the right, and the largest first. */
  isNumber?: boolean;
  class?: string;
}

export function SortHeader<Column extends string>(
  { column, label, sort, isNumber = false, class: className = "" }: SortHeaderProps<Column>,
) {
  const { descending } = sort.value;
  const isSorted = sort.value.column === column;
  return (
    <th
      scope="col"
      class={isNumber ? `number ${className}` : className}
      aria-sort={isSorted ? (descending ? "descending" : "ascending") : "none"}
    >
      <button type="button" onClick={() => sort.value = toggleSort(sort.value, column, isNumber)}>
        {label}
        <SortIcon />
      </button>
    </th>
  );
}
