// What pages were told of their parts of tables, so that the next answer is only what changed. A page names the cursor of
// the answer that it has; whoever names one that isn't known any more gets everything.

import type { Rows } from "./admin_api.ts";

/** Answers that are remembered: with 200 rows each a few MB. */
const MAX_WINDOWS = 256;

/** A row of a window before it is written out. */
export interface WindowRow<Row> {
  key: string;
  /** Differs when the row does. */
  stamp: number;
  write: () => Row;
}

/** The part of a table that somebody asks for. */
export interface WindowQuestion {
  /** Everything that the part depends on, as one text. */
  query: string;
  /** The cursor of the answer that the asker has. */
  since: string | undefined;
}

interface Window {
  query: string;
  /** By key, in their order. */
  stamps: ReadonlyMap<string, number>;
}

/** The windows of one table, or of many. */
export class RowWindows {
  readonly #epoch: string;
  /** By cursor, the one that was asked for last at the end. */
  readonly #windows = new Map<string, Window>();
  #last = 0;

  /** `epoch` must differ from that of every other run. */
  constructor(epoch: string) {
    this.#epoch = epoch.slice(0, 8);
  }

  /** What to answer where the window now holds these rows. */
  answer<Row>(
    { query, since }: WindowQuestion,
    rows: readonly WindowRow<Row>[],
    { now, offset, total }: { now: number; offset: number; total: number },
  ): Rows<Row> {
    const known = since === undefined ? undefined : this.#windows.get(since);
    const before = known?.query === query ? known.stamps : undefined;
    const changed = rows.filter(({ key, stamp }) => before?.get(key) !== stamp);
    const isSameOrder = before !== undefined && isSame([...before.keys()], rows);
    // Who asks for what hasn't changed keeps the cursor, and no memory is taken for another.
    const isSameWindow = isSameOrder && changed.length === 0;
    const cursor = isSameWindow ? since as string : `${this.#epoch}-${++this.#last}`;
    const stamps = isSameWindow ? before : new Map(rows.map(({ key, stamp }) => [key, stamp]));
    this.#remember(cursor, { query, stamps });
    return {
      cursor,
      ...{ now, total, offset },
      full: before === undefined,
      keys: isSameOrder ? null : rows.map(({ key }) => key),
      rows: changed.map(({ write }) => write()),
    };
  }

  #remember(cursor: string, window: Window): void {
    this.#windows.delete(cursor);
    this.#windows.set(cursor, window);
    if (this.#windows.size <= MAX_WINDOWS) return;
    const oldest = this.#windows.keys().next();
    if (!oldest.done) this.#windows.delete(oldest.value);
  }
}

function isSame(keys: readonly string[], rows: readonly { key: string }[]): boolean {
  return keys.length === rows.length && rows.every(({ key }, i) => key === keys[i]);
}
