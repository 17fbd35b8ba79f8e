// Which rows of a long table are on the screen. The rest is empty space of the right height, so that a table of a
// hundred thousand rows costs as many elements as fit into the window.

/// <reference lib="dom" />

import { useLayoutEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";

/** Rows from `from` to before `to`. */
export interface RowRange {
  from: number;
  to: number;
}

/** Rows beyond either edge that are there already: for the arrow keys, and for a quick turn of the wheel. */
const OVERSCAN = 12;
/** Ranges begin and end at multiples of this, so that a table is not made anew with every pixel. */
const STEP = 6;

/** `top`: how far above the window's upper edge the first row begins, in pixels. */
export function visibleRange(
  { top, height, rowHeight, count }: { top: number; height: number; rowHeight: number; count: number },
): RowRange {
  const first = Math.floor(top / rowHeight) - OVERSCAN;
  const last = Math.ceil((top + height) / rowHeight) + OVERSCAN;
  const to = Math.max(0, Math.min(count, Math.ceil(last / STEP) * STEP));
  // Where the table has become shorter than the place that is looked at, its end is shown.
  const from = Math.max(0, Math.min(Math.floor(first / STEP) * STEP, to - 2 * OVERSCAN));
  return { from, to };
}

/** Follows the window as it is scrolled. The height of a row is the body's custom property --row. */
export function useVisibleRows(
  body: RefObject<HTMLTableSectionElement>,
  count: number,
): RowRange & { rowHeight: number } {
  const [view, setView] = useState({ from: 0, to: Math.min(count, 4 * OVERSCAN), rowHeight: 44 });
  useLayoutEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      if (!body.current) return;
      const rowHeight = parseFloat(getComputedStyle(body.current).getPropertyValue("--row")) || 44;
      const top = -body.current.getBoundingClientRect().top;
      const next = visibleRange({ top, height: innerHeight, rowHeight, count });
      setView((before) =>
        before.from === next.from && before.to === next.to && before.rowHeight === rowHeight
          ? before
          : { ...next, rowHeight }
      );
    };
    const onMove = () => frame ||= requestAnimationFrame(measure);
    measure();
    addEventListener("scroll", onMove, { passive: true });
    addEventListener("resize", onMove);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", onMove);
      removeEventListener("resize", onMove);
    };
  }, [count]);
  return view;
}
