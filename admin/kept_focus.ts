/// <reference lib="dom" />
// Rows come, go and change places by themselves while the keyboard's focus is in one of them: it stays where it was.

import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

interface Place {
  element: HTMLElement;
  /** Of its row, among all rows of the table, or of the list. */
  number: number;
}

/** For the component that draws the rows as children of `rows`. */
export function useKeptFocus(rows: RefObject<HTMLElement>): void {
  // Asked for while the rows are still those of before: afterwards nobody knows.
  const place = rows.current && placeIn(rows.current);
  useLayoutEffect(() => {
    if (place && rows.current && document.activeElement !== place.element) restore(place, rows.current);
  });
}

function placeIn(rows: HTMLElement): Place | null {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement)) return null;
  const at = [...rows.children].findIndex((row) => row.contains(element));
  return at < 0 ? null : { element, number: numberOf(rows.children[at], at) };
}

/** Of a long table only some rows are there. */
function numberOf(row: Element | undefined, at: number): number {
  return Number(row?.getAttribute("aria-rowindex") ?? at);
}

function restore({ element, number }: Place, rows: HTMLElement): void {
  // One that was moved is the same, and the browser has taken the focus from it all the same.
  if (element.isConnected) return element.focus({ preventScroll: true });
  const find = (wanted: number) => [...rows.children].find((row, at) => numberOf(row, at) === wanted);
  const row = find(number) ?? find(number - 1);
  if (!(row instanceof HTMLElement)) return;
  // Not the button that stands in the place of the one that was pressed: a key held down would remove all rows.
  const link = row.querySelector<HTMLElement>("[data-row]");
  if (link === null) row.tabIndex = -1;
  (link ?? row).focus({ preventScroll: true });
}
