// Rows that change under the reader's eyes: deltas go in, the sorted, filtered and cut list comes out.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Changes } from "../tracker/admin_api.ts";
import type { Sort } from "./sort.ts";

/** Rows put on the page at once; "show more" adds as many again. */
export const PAGE_ROWS = 100;

/** What a table must be told about its rows. */
export interface LiveTableOptions<Row, Column extends string> {
  /** The name of a row in `removed`. */
  key: (row: Row) => string;
  /** Ascending order of two rows by each column. */
  compare: Readonly<Record<Column, (a: Row, b: Row) => number>>;
  /** Whether a row answers a search, given in lower case. Without it every row does. */
  matches?: (row: Row, query: string) => boolean;
  sort: Sort<Column>;
}

/** A map of rows with its view: search, order and how many rows are shown. */
export class LiveTable<Row, Column extends string> {
  /** What the reader typed. Set it through `search()`. */
  readonly query: ReadonlySignal<string>;
  readonly sort: Signal<Sort<Column>>;
  /** Rows that answer the search, in order. */
  readonly matching: ReadonlySignal<readonly Row[]>;
  /** As many of them as are shown. */
  readonly visible: ReadonlySignal<readonly Row[]>;
  /** All rows, whatever is searched for. */
  readonly size: ReadonlySignal<number>;

  readonly #options: LiveTableOptions<Row, Column>;
  readonly #rows = new Map<string, Row>();
  readonly #query = signal("");
  readonly #limit = signal(PAGE_ROWS);
  // The map is changed in place, for thousands of rows; this number tells the signals that it was.
  readonly #version = signal(0);

  constructor(options: LiveTableOptions<Row, Column>) {
    this.#options = options;
    this.query = this.#query;
    this.sort = signal(options.sort);
    this.matching = computed(() => this.#arrange());
    this.visible = computed(() => this.matching.value.slice(0, this.#limit.value));
    this.size = computed(() => {
      this.#version.value;
      return this.#rows.size;
    });
  }

  get(key: string): Row | undefined {
    this.#version.value;
    return this.#rows.get(key);
  }

  apply(changes: Changes<Row>): void {
    if (!changes.full && changes.changed.length === 0 && changes.removed.length === 0) return;
    if (changes.full) this.#rows.clear();
    for (const key of changes.removed) this.#rows.delete(key);
    for (const row of changes.changed) this.#rows.set(this.#options.key(row), row);
    this.#version.value++;
  }

  clear(): void {
    this.apply({ full: true, changed: [], removed: [] });
    this.#limit.value = PAGE_ROWS;
  }

  search(query: string): void {
    this.#query.value = query;
    this.#limit.value = PAGE_ROWS;
  }

  showMore(): void {
    this.#limit.value += PAGE_ROWS;
  }

  #arrange(): Row[] {
    this.#version.value;
    const { key, compare, matches } = this.#options;
    const query = this.#query.value.trim().toLowerCase();
    const rows: Row[] = [];
    for (const row of this.#rows.values()) {
      if (query === "" || !matches || matches(row, query)) rows.push(row);
    }
    const { column, descending } = this.sort.value;
    const byColumn = compare[column];
    const sign = descending ? -1 : 1;
    // Equal rows are told apart by key, always in the same direction, so that they don't swap places at each poll.
    return rows.sort((a, b) => sign * byColumn(a, b) || (key(a) < key(b) ? -1 : 1));
  }
}
