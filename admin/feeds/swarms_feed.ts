// The table of swarms: searched, filtered and sorted by the tracker. What is shown stands in the address.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { SwarmFilter, SwarmRow, SwarmSort } from "../../tracker/admin_api.ts";
import { DEFAULT_SORT, formatView, parseView } from "../view.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { TableFeed } from "./table_feed.ts";

export class SwarmsFeed implements Feed {
  readonly table: TableFeed<SwarmRow, SwarmSort>;
  readonly filter: Signal<SwarmFilter | null> = signal(null);
  /** What the reader typed. */
  readonly query: ReadonlySignal<string>;
  readonly #query = signal("");

  constructor(parts: FeedParts) {
    this.table = new TableFeed<SwarmRow, SwarmSort>(parts, {
      key: ({ infoHash }) => infoHash,
      sort: DEFAULT_SORT,
    });
    this.query = this.#query;
  }

  load(signal: AbortSignal): Promise<boolean> {
    const search = this.#query.peek().trim();
    const filter = this.filter.peek();
    const more = { ...(search !== "" && { search }), ...(filter !== null && { filter }) };
    return this.table.load("/api/swarms", more, signal);
  }

  watch(): void {
    this.query.value;
    this.filter.value;
    this.table.watch();
  }

  search(query: string): void {
    this.#query.value = query;
  }

  /** All swarms again. */
  showAll(): void {
    this.search("");
    this.filter.value = null;
  }

  describe(): string {
    return formatView({ query: this.#query.value, sort: this.table.sort.value, filter: this.filter.value });
  }

  restore(search: string): void {
    const { filter, query, sort } = parseView(search);
    // Setting an equal sort would count as another one.
    if (formatView(parseView(this.describe())) === formatView({ filter, query, sort })) return;
    this.#query.value = query;
    this.table.sort.value = sort;
    this.filter.value = filter;
  }
}
