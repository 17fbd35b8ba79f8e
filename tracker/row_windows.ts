// What pages were told of their parts of tables, so that the next answer is only what changed. A page names the cursor of
// the answer that it has; whoever names one that isn't known any more gets everything. All who look at the same part get
// the same cursor, whatever they had before: from then on they ask for the same.

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

/** The part of a table that somebody looks at. */
export interface WindowPart<Row> {
  rows: readonly WindowRow<Row>[];
  /** Unix milliseconds. */
  now: number;
  /** The place of the first row, and how many there are in all. */
  offset: number;
  total: number;
}

/** Who asks for one. */
export interface WindowQuestion {
  /** Everything that the part depends on, as one text. */
  query: string;
  /** The cursor of the answer that the asker has. */
  since: string | undefined;
}

interface Window {
  cursor: string;
  query: string;
  /** By key, in their order. */
  stamps: ReadonlyMap<string, number>;
}

/** The windows of one table, or of many. */
export class RowWindows {
  readonly #epoch: string;
  /** By cursor, the one that was asked for last at the end. */
  readonly #windows = new Map<string, Window>();
  /** What was told last of each part. */
  readonly #latest = new Map<string, Window>();
  #last = 0;

  /** `epoch` must differ from that of every other run. */
  constructor(epoch: string) {
    this.#epoch = epoch.slice(0, 8);
  }

  /** What to answer where the part now is this. */
  answer<Row>(
    { query, since }: WindowQuestion,
    { now, offset, rows, total }: WindowPart<Row>,
  ): Rows<Row> {
    const known = since === undefined ? undefined : this.#windows.get(since);
    const before = known?.query === query ? known : undefined;
    const window = this.#windowOf(query, rows);
    this.#remember(window);
    const isSameOrder = before !== undefined && (before === window || hasOrder(before, rows));
    const changed = before === window
      ? []
      : rows.filter(({ key, stamp }) => before?.stamps.get(key) !== stamp);
    return {
      cursor: window.cursor,
      ...{ now, total, offset },
      full: before === undefined,
      keys: isSameOrder ? null : rows.map(({ key }) => key),
      rows: changed.map(({ write }) => write()),
    };
  }

  /** The last one of this part where it holds the same rows: no memory is taken for another. */
  #windowOf(query: string, rows: readonly WindowRow<unknown>[]): Window {
    const latest = this.#latest.get(query);
    const isSame = latest !== undefined && hasOrder(latest, rows) &&
      rows.every(({ key, stamp }) => latest.stamps.get(key) === stamp);
    if (isSame) return latest;
    const stamps = new Map(rows.map(({ key, stamp }) => [key, stamp]));
    return { cursor: `${this.#epoch}-${++this.#last}`, query, stamps };
  }

  #remember(window: Window): void {
    this.#windows.delete(window.cursor);
    this.#windows.set(window.cursor, window);
    this.#latest.set(window.query, window);
    if (this.#windows.size <= MAX_WINDOWS) return;
    for (const oldest of this.#windows.values()) {
      this.#windows.delete(oldest.cursor);
      if (this.#latest.get(oldest.query) === oldest) this.#latest.delete(oldest.query);
      return;
    }
  }
}

function hasOrder({ stamps }: Window, rows: readonly { key: string }[]): boolean {
  if (stamps.size !== rows.length) return false;
  let i = 0;
  for (const key of stamps.keys()) if (key !== rows[i++]?.key) return false;
  return true;
}
