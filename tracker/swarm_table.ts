// The swarm table of the admin page: which swarms are in it, in which order, and the part of it that a page looks at. Rows
// are as they are at the moment; their places may be a little older (order_cache.ts).

import { toBinary, toHex } from "../protocol/mod.ts";
import { fromBinary } from "../protocol/bytes.ts";
import type { SortOrder, SwarmFilter, SwarmRow, SwarmsAnswer, SwarmSort } from "./admin_api.ts";
import type { OrderCache, OrderEntry } from "./order_cache.ts";
import { type Moment, PerMoment } from "./moment.ts";
import type { Clocks } from "./peer_rows.ts";
import { RowWindows, type WindowPart } from "./row_windows.ts";
import type { Slices } from "./sliced_order.ts";
import type { SwarmRows } from "./swarm_rows.ts";
import { NO_SWARM } from "./swarm_store.ts";

/** Denied info hashes without a swarm that are shown. */
const MAX_DENIED = 100_000;

/** What a page asks for. */
export interface SwarmsQuestion {
  sort: SwarmSort;
  order: SortOrder;
  offset: number;
  limit: number;
  /** Part of a name, or of an info hash; "" for all. */
  search: string;
  filter: SwarmFilter | undefined;
  since: string | undefined;
}

/** The table. */
export class SwarmTable {
  readonly #rows: SwarmRows;
  readonly #orders: OrderCache;
  readonly #windows: RowWindows;
  readonly #parts: PerMoment<Promise<WindowPart<SwarmRow>>>;

  constructor(rows: SwarmRows, orders: OrderCache, moment: Moment, epoch: string) {
    this.#rows = rows;
    this.#orders = orders;
    this.#windows = new RowWindows(epoch);
    this.#parts = new PerMoment(moment);
  }

  /** The answer to a page. */
  async answer(question: SwarmsQuestion, clocks: () => Clocks): Promise<SwarmsAnswer> {
    const { filter, limit, offset, order, search, since, sort } = question;
    const key = JSON.stringify(["swarms", sort, order, filter ?? null, search]);
    const query = `${key} ${offset} ${limit}`;
    const part = await this.#parts.get(query, () => this.#part(key, question, clocks));
    return this.#windows.answer({ query, since }, part);
  }

  /** The rows that a page looks at. */
  async #part(key: string, question: SwarmsQuestion, clocks: () => Clocks): Promise<WindowPart<SwarmRow>> {
    const { limit, order } = question;
    const hashes = await this.#orders.get(key, order, (slices) => this.#collect(question, slices));
    const offset = Math.max(0, Math.min(question.offset, hashes.length - 1));
    // A swarm that went and came back while the order was made may be in it twice.
    const shown = [...new Set(hashes.slice(offset, offset + limit))].filter((infoHash) =>
      this.#isThere(infoHash, question)
    );
    const now = clocks();
    const rows = shown.map((infoHash) => ({
      key: toHex(fromBinary(infoHash)),
      stamp: this.#rows.stamp(infoHash),
      write: () => this.#rows.rowOf(infoHash, now),
    }));
    return { rows, now: now.unix, offset, total: hashes.length };
  }

  /** The rows that filter and search let through. */
  async #collect(question: SwarmsQuestion, slices: Slices): Promise<OrderEntry[]> {
    const { swarms } = this.#rows.parts.tracker;
    const entries: OrderEntry[] = [];
    const admit = (infoHash: string, swarm: number) => {
      if (!this.#isWanted(infoHash, swarm, question)) return;
      entries.push({ id: infoHash, key: this.#sortKey(infoHash, swarm, question.sort) });
    };
    for (let place = 0; place < swarms.places; place++) {
      const swarm = swarms.at(place);
      if (swarm !== NO_SWARM) admit(toBinary(swarms.infoHash(swarm)), swarm);
      if (slices.isOver) await slices.pause();
    }
    // Swarms that came meanwhile are there by their places.
    for (const infoHash of this.#known(question)) {
      if (swarms.find(infoHash) === NO_SWARM) admit(infoHash, NO_SWARM);
      if (slices.isOver) await slices.pause();
    }
    return entries;
  }

  /** Torrents that are in the table without a swarm, too, one by one: there may be a hundred thousand of either kind. */
  *#known({ filter }: SwarmsQuestion): Generator<string> {
    const { registered, tracker } = this.#rows.parts;
    if (filter === "no-seeder") return;
    yield* registered.all.keys();
    if (filter !== "denied") return;
    for (const infoHash of tracker.admission.lists.denied(MAX_DENIED)) {
      if (!registered.has(infoHash)) yield infoHash;
    }
  }

  /** Whether a torrent that was in the table a moment ago is still there. */
  #isThere(infoHash: string, { filter }: SwarmsQuestion): boolean {
    const { registered, tracker } = this.#rows.parts;
    if (filter === "denied") return !tracker.admission.lists.allows(infoHash);
    return tracker.swarms.find(infoHash) !== NO_SWARM || registered.has(infoHash);
  }

  #isWanted(infoHash: string, swarm: number, { filter, search }: SwarmsQuestion): boolean {
    const { names, registered, tracker } = this.#rows.parts;
    switch (filter) {
      case "dead":
        if (tracker.complete(swarm) + tracker.incomplete(swarm) > 0) return false;
        break;
      case "no-seeder":
        if (tracker.complete(swarm) > 0 || tracker.incomplete(swarm) === 0) return false;
        break;
      case "registered":
        if (!registered.has(infoHash)) return false;
        break;
      case "denied":
        if (tracker.admission.lists.allows(infoHash)) return false;
    }
    if (search === "") return true;
    if (names.get(infoHash)?.name.toLowerCase().includes(search)) return true;
    return /^[0-9a-f]+$/.test(search) && toHex(fromBinary(infoHash)).includes(search);
  }

  #sortKey(infoHash: string, swarm: number, sort: SwarmSort): OrderEntry["key"] {
    const { names, tracker } = this.#rows.parts;
    const { swarms } = tracker;
    const isThere = swarm !== NO_SWARM;
    switch (sort) {
      case "name":
        return names.get(infoHash)?.name.toLowerCase() ?? null;
      case "seeders":
        return tracker.complete(swarm);
      case "leechers":
        return tracker.incomplete(swarm);
      case "peers":
        return tracker.complete(swarm) + tracker.incomplete(swarm);
      case "completed":
        return isThere ? tracker.completed(swarm) : 0;
      case "size":
        return names.get(infoHash)?.totalBytes ?? (isThere ? swarms.largestLeft(swarm) : 0);
      case "lastAnnounce":
        return isThere ? swarms.lastAnnounce(swarm) : 0;
    }
  }
}
