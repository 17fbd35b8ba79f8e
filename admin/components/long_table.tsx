/// <reference lib="dom" />
// A table of any length: what is on the screen are rows, what is above and below is empty space.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useKeptFocus } from "../kept_focus.ts";
import { walkRows } from "../keyboard.ts";
import type { RowWindow } from "../row_window.ts";
import { useVisibleRows } from "../visible_rows.ts";

export interface LongTableProps<Row> {
  class: string;
  caption: string;
  rows: RowWindow<Row>;
  columns: number;
  /** The row of headings. */
  head: ComponentChildren;
  /** One row's cells. */
  cells: (row: Row) => ComponentChildren;
  keyOf: (row: Row) => string;
  /** Where the arrow keys go from the first row upwards. */
  above?: HTMLElement | null;
}

export function LongTable<Row>(
  { above = null, caption, cells, class: className, columns, head, keyOf, rows }: LongTableProps<Row>,
) {
  const body = useRef<HTMLTableSectionElement>(null);
  useKeptFocus(body);
  const total = rows.total.value ?? 0;
  const { from, rowHeight, to } = useVisibleRows(body, total);
  useEffect(() => rows.look({ from, to }), [from, to]);
  const shown = [];
  for (let index = from; index < Math.min(to, total); index++) {
    const row = rows.at(index);
    shown.push(
      row === undefined
        ? (
          <tr key={`place ${index}`} aria-rowindex={index + 2}>
            <td colSpan={columns}>
              <span class="waiting" />
            </td>
          </tr>
        )
        : <tr key={keyOf(row)} aria-rowindex={index + 2}>{cells(row)}</tr>,
    );
  }
  return (
    <table
      class={`${className} ${rows.isStale.value ? "old" : ""}`}
      aria-rowcount={total + 1}
      aria-busy={rows.isStale.value}
      onKeyDown={(event) => walkRows(event, above)}
    >
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr aria-rowindex={1}>{head}</tr>
      </thead>
      <tbody ref={body}>
        <Space rows={from} rowHeight={rowHeight} />
        {shown}
        <Space rows={total - Math.min(to, total)} rowHeight={rowHeight} />
      </tbody>
    </table>
  );
}

// Its height goes through the style object, which the page's CSP allows.
function Space({ rows, rowHeight }: { rows: number; rowHeight: number }) {
  return rows > 0
    ? <tr class="space" aria-hidden="true" style={{ height: `${rows * rowHeight}px` }} />
    : null;
}
