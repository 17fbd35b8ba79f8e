// A long table as it is asked for: what stands in the question besides the place, and what changed since the last answer.

import { type Signal, signal } from "@preact/signals";
import type { Rows } from "../../tracker/admin_api.ts";
import { RowWindow } from "../row_window.ts";
import type { Sort } from "../sort.ts";
import type { FeedParts } from "./feed.ts";

export interface TableOptions<Row, Column extends string> {
  key: (row: Row) => string;
  sort: Sort<Column>;
}

export class TableFeed<Row, Column extends string> {
  readonly rows: RowWindow<Row>;
  readonly sort: Signal<Sort<Column>>;

  readonly #parts: FeedParts;
  /** The question that the rows are the answer to, and where it left off. */
  #answered: { table: string; question: string; cursor: string } | null = null;

  constructor(parts: FeedParts, { key, sort }: TableOptions<Row, Column>) {
    this.#parts = parts;
    this.rows = new RowWindow(key);
    this.sort = signal(sort);
  }

  /** Reads what stands in the question. */
  watch(): void {
    this.sort.value;
    this.rows.wanted.value;
  }

  /** Asks for the part that is looked at. `more`: what else stands in the question. False asks for everything at once. */
  async load(path: string, more: Record<string, string>, signal: AbortSignal): Promise<boolean> {
    const { client, clock } = this.#parts;
    const { column, descending } = this.sort.peek();
    const order = descending ? "desc" : "asc";
    const table = `${path}?${new URLSearchParams({ sort: column, order, ...more })}`;
    const { limit, offset } = this.rows.wanted.peek();
    const question = `${table}&offset=${offset}&limit=${limit}`;
    const before = this.#answered;
    // Until the answer is here the rows of another order or search stand there, and say so.
    if (before !== null && before.table !== table) this.rows.isStale.value = true;
    const since = before?.question === question ? `&since=${encodeURIComponent(before.cursor)}` : "";
    const answer = await client.get<Rows<Row>>(question + since, signal);
    if (signal.aborted) return true;
    clock.hear(answer);
    const isWhole = this.rows.apply(answer);
    this.#answered = isWhole ? { table, question, cursor: answer.cursor } : null;
    return isWhole;
  }

  /** There are no rows, as is known without asking. */
  setEmpty(): boolean {
    this.#answered = null;
    return this.rows.apply({ full: true, keys: [], rows: [], offset: 0, total: 0 });
  }

  clear(): void {
    this.#answered = null;
    this.rows.clear();
  }
}
