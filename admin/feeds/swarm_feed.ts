// One swarm: what it is, its counts, its peers, and what can be done with it.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { EntryAnswer, PeerRow, PeerSort, SwarmDetail, SwarmsAnswer } from "../../tracker/admin_api.ts";
import { ApiError } from "../client.ts";
import { formatSort, parseSort, type Sort } from "../sort.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { TableFeed } from "./table_feed.ts";

export const PEER_COLUMNS = [
  "address",
  "client",
  "progress",
  "downloadRate",
  "uploadRate",
  "protocol",
  "lastSeen",
] as const satisfies PeerSort[];
const DEFAULT_SORT: Sort<PeerSort> = { column: "progress", descending: true };

/** It is on the deny list; or it isn't on the allow list nor registered, and nothing else is served. */
export type SwarmRefusal = "denied" | "unlisted";

export class SwarmFeed implements Feed {
  readonly peers: TableFeed<PeerRow, PeerSort>;
  /** Undefined while it isn't known, null when the tracker has no such swarm. */
  readonly swarm: ReadonlySignal<SwarmDetail | null | undefined>;
  /** Why its announces are refused; of what has no swarm only whether it is on the deny list is known. */
  readonly refusal: ReadonlySignal<SwarmRefusal | null>;

  readonly #parts: FeedParts;
  readonly #swarm = signal<SwarmDetail | null | undefined>(undefined);
  readonly #refusal = signal<SwarmRefusal | null>(null);
  #infoHash = "";

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.swarm = this.#swarm;
    this.refusal = this.#refusal;
    this.peers = new TableFeed<PeerRow, PeerSort>(parts, {
      key: ({ address }) => address,
      sort: DEFAULT_SORT,
    });
  }

  /** The swarm whose page is shown from now on. */
  open(infoHash: string): void {
    if (infoHash === this.#infoHash) return;
    this.#infoHash = infoHash;
    this.#swarm.value = undefined;
    this.#refusal.value = null;
    this.peers.clear();
  }

  async load(signal: AbortSignal): Promise<boolean> {
    const path = `/api/swarms/${this.#infoHash}`;
    try {
      if (!this.#swarm.peek() && !await this.#isThere(signal)) return await this.#onMissing(signal);
      const swarm = await this.#parts.client.get<SwarmDetail>(path, signal);
      if (signal.aborted) return true;
      this.#parts.clock.hear(swarm);
      this.#swarm.value = swarm;
      this.#refusal.value = swarm.onDenyList ? "denied" : swarm.denied ? "unlisted" : null;
      // A registered torrent that nobody announces has no table of peers to ask for.
      if (swarm.seeders + swarm.leechers === 0) return this.peers.setEmpty();
      return await this.peers.load(`${path}/peers`, {}, signal);
    } catch (error) {
      // It may have gone between the two questions.
      if (!(error instanceof ApiError && error.isMissing)) throw error;
      return await this.#onMissing(signal);
    }
  }

  // Asking for what isn't there would stand as an error on the browser's console, with every poll.
  async #isThere(signal: AbortSignal): Promise<boolean> {
    const path = `/api/swarms?search=${this.#infoHash}&limit=1`;
    const answer = await this.#parts.client.get<SwarmsAnswer>(path, signal);
    if (!signal.aborted) this.#parts.clock.hear(answer);
    return answer.total > 0;
  }

  async #onMissing(signal: AbortSignal): Promise<boolean> {
    const { listed } = await this.#parts.client.get<EntryAnswer>(`/api/lists/deny/${this.#infoHash}`, signal);
    if (signal.aborted) return true;
    this.#swarm.value = null;
    this.#refusal.value = listed ? "denied" : null;
    this.peers.clear();
    return true;
  }

  watch(): void {
    this.peers.watch();
  }

  describe(): string {
    const sort = formatSort(this.peers.sort.value);
    return sort === formatSort(DEFAULT_SORT) ? "" : `?sort=${sort}`;
  }

  restore(search: string): void {
    const name = new URLSearchParams(search).get("sort") ?? "";
    const sort = parseSort<PeerSort>(name, PEER_COLUMNS) ?? DEFAULT_SORT;
    if (formatSort(sort) !== formatSort(this.peers.sort.peek())) this.peers.sort.value = sort;
  }
}
