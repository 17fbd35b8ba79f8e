// The part of a long table that is here: the tracker sorts and counts all rows, and sends those around the place that the
// reader looks at. Changed rows take the place of what they were; the order comes as a list of keys.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Rows } from "../tracker/admin_api.ts";
import type { RowRange } from "./visible_rows.ts";

/** Rows that are asked for begin and end at multiples of this. */
const STEP = 50;
/** Rows asked for beyond either edge of what is looked at. */
const MARGIN = 25;

export class RowWindow<Row> {
  /** Null until the first answer. */
  readonly total: ReadonlySignal<number | null>;
  /** The rows that are here, from `offset` on. */
  readonly rows: ReadonlySignal<readonly Row[]>;
  /** What the reader looks at, as is asked for next. */
  readonly wanted: ReadonlySignal<Readonly<{ offset: number; limit: number }>>;
  /** Whether the rows are those of an earlier question: of another order, search or filter. */
  readonly isStale: Signal<boolean> = signal(false);

  readonly #key: (row: Row) => string;
  readonly #total = signal<number | null>(null);
  readonly #rows = signal<readonly Row[]>([]);
  readonly #wanted = signal({ offset: 0, limit: 2 * STEP });
  #byKey = new Map<string, Row>();
  #offset = 0;

  constructor(key: (row: Row) => string) {
    this.#key = key;
    this.total = this.#total;
    this.rows = this.#rows;
    this.wanted = this.#wanted;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The row at a place of the whole table; undefined where it isn't here. */
  at(index: number): Row | undefined {
    return this.rows.value[index - this.#offset];
  }

  /** The reader looks at these. */
  look({ from, to }: RowRange): void {
    const offset = Math.max(0, Math.floor((from - MARGIN) / STEP) * STEP);
    const limit = Math.max(2 * STEP, Math.ceil((to + MARGIN - offset) / STEP) * STEP);
    const { limit: limitBefore, offset: before } = this.#wanted.peek();
    if (offset !== before || limit !== limitBefore) this.#wanted.value = { offset, limit };
  }

  /** Takes an answer in. False if it names rows that aren't here: then all must be asked for. */
  apply({ full, keys, offset, rows, total }: Omit<Rows<Row>, "cursor" | "now">): boolean {
    const sent = new Map(rows.map((row) => [this.#key(row), row]));
    const byKey = new Map<string, Row>();
    for (const key of keys ?? (full ? sent.keys() : this.#byKey.keys())) {
      const row = sent.get(key) ?? (full ? undefined : this.#byKey.get(key));
      if (row === undefined) return false;
      byKey.set(key, row);
    }
    const isSame = !full && keys === null && rows.length === 0 && offset === this.#offset;
    this.#byKey = byKey;
    this.#offset = offset;
    this.#total.value = total;
    this.isStale.value = false;
    if (!isSame) this.#rows.value = [...byKey.values()];
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.#byKey = new Map();
    this.#offset = 0;
    this.#total.value = null;
    this.#rows.value = [];
    this.isStale.value = false;
    this.#wanted.value = { offset: 0, limit: 2 * STEP };
  }
}
