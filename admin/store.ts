// What the page knows of the tracker, as signals. `apply()` takes a poll's answer in; the components only read.

import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  HistoryPoint,
  PeerSnapshot,
  StateSnapshot,
  SwarmSnapshot,
  TotalsSnapshot,
} from "../tracker/admin_api.ts";
import { LiveTable } from "./live_table.ts";

export type SwarmColumn = "name" | "seeders" | "leechers" | "completed" | "size" | "lastAnnounce";
export type PeerColumn = "address" | "client" | "progress" | "download" | "upload" | "lastSeen";

/** Where the page stands: what the next poll names, so that only changes are sent. */
export interface Cursor {
  epoch: string;
  revision: number;
}

const START: Cursor = { epoch: "", revision: 0 };
const HISTORY_SECONDS = 3600;

const alphabet = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export class Store {
  /** Null until the first answer. */
  readonly totals: Signal<TotalsSnapshot | null> = signal(null);
  readonly history: Signal<readonly HistoryPoint[]> = signal([]);
  readonly swarms: LiveTable<SwarmSnapshot, SwarmColumn> = new LiveTable<SwarmSnapshot, SwarmColumn>({
    key: (swarm) => swarm.infoHash,
    matches: (swarm, query) => swarm.infoHash.includes(query) || !!swarm.name?.toLowerCase().includes(query),
    compare: {
      name: compareNames,
      seeders: (a, b) => a.seeders - b.seeders,
      leechers: (a, b) => a.leechers - b.leechers,
      completed: (a, b) => a.completed - b.completed,
      size: (a, b) => a.totalBytes - b.totalBytes,
      lastAnnounce: (a, b) => a.lastAnnounce - b.lastAnnounce,
    },
    sort: { column: "seeders", descending: true },
  });

  /** Info hash of the swarm whose page is open. */
  readonly openHash: ReadonlySignal<string | null>;
  /** That swarm: undefined while it isn't known yet, null when the tracker has no such swarm. */
  readonly swarm: ReadonlySignal<SwarmSnapshot | null | undefined>;
  readonly peers: LiveTable<PeerSnapshot, PeerColumn> = new LiveTable<PeerSnapshot, PeerColumn>({
    key: (peer) => peer.address,
    compare: {
      address: (a, b) => alphabet.compare(a.address, b.address),
      client: (a, b) => alphabet.compare(a.client, b.client),
      progress: (a, b) => (a.progress ?? -1) - (b.progress ?? -1),
      download: (a, b) => a.downloadRate - b.downloadRate || a.downloaded - b.downloaded,
      upload: (a, b) => a.uploadRate - b.uploadRate || a.uploaded - b.uploaded,
      lastSeen: (a, b) => a.lastSeen - b.lastSeen,
    },
    sort: { column: "progress", descending: true },
  });
  /** Whether `peers` holds the open swarm's peers already. */
  readonly hasPeers: ReadonlySignal<boolean>;
  /** The tracker's clock, Unix milliseconds; moves on between polls with `tick()`. */
  readonly clock: Signal<number> = signal(0);

  /** The page's own monotonic clock at the last tick or answer. */
  readonly monotonic: Signal<number> = signal(0);
  /** The tracker's clock at its last answer, Unix milliseconds; null before the first. */
  readonly answeredAt: Signal<number | null> = signal(null);

  readonly #openHash = signal<string | null>(null);
  readonly #answered = signal<SwarmSnapshot | null | undefined>(undefined);
  readonly #hasPeers = signal(false);
  #cursor = START;
  #clockOffset = 0;

  constructor() {
    this.openHash = this.#openHash;
    this.hasPeers = this.#hasPeers;
    this.swarm = computed(() => {
      const hash = this.#openHash.value;
      // Until its own answer is here, the row of the overview is as good for the heading.
      return hash !== null && this.#answered.value === undefined
        ? this.swarms.get(hash)
        : this.#answered.value;
    });
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  /** The swarm whose page is shown from now on; null for none. */
  open(infoHash: string | null): void {
    if (infoHash === this.#openHash.peek()) return;
    batch(() => {
      this.#openHash.value = infoHash;
      this.#answered.value = undefined;
      this.#hasPeers.value = false;
      this.peers.clear();
    });
  }

  /**
   * Takes an answer in; `now` is the page's monotonic clock in milliseconds. False when it only says what changed since a
   * state that this page does not have: then the next poll must ask for everything.
   */
  apply(state: StateSnapshot, now: number): boolean {
    const isContinued = state.epoch === this.#cursor.epoch;
    const peersMissing = state.swarm && !state.swarm.peers.full && !this.#hasPeers.peek();
    if (peersMissing || (!isContinued && !state.swarms.full)) {
      this.#cursor = START;
      return false;
    }
    batch(() => {
      this.totals.value = state.totals;
      this.swarms.apply(state.swarms);
      this.history.value = mergeHistory(this.history.peek(), state);
      if (this.#openHash.peek() !== null) this.#applySwarm(state);
      this.#clockOffset = state.now - now;
      this.clock.value = state.now;
      this.answeredAt.value = state.now;
      this.monotonic.value = now;
    });
    this.#cursor = { epoch: state.epoch, revision: state.revision };
    return true;
  }

  /** Lets the ages grow between polls. */
  tick(now: number): void {
    this.monotonic.value = now;
    if (this.totals.peek()) this.clock.value = now + this.#clockOffset;
  }

  #applySwarm(state: StateSnapshot): void {
    if (state.swarm) {
      const { peers, ...swarm } = state.swarm;
      this.#answered.value = swarm;
      this.peers.apply(peers);
      this.#hasPeers.value = true;
    } else {
      this.#answered.value = null;
      this.peers.clear();
      this.#hasPeers.value = false;
    }
  }
}

// Swarms without a name come after those that have one.
function compareNames(a: SwarmSnapshot, b: SwarmSnapshot): number {
  if (a.name === null || b.name === null) return Number(a.name === null) - Number(b.name === null);
  return alphabet.compare(a.name, b.name);
}

function mergeHistory(known: readonly HistoryPoint[], { history }: StateSnapshot): readonly HistoryPoint[] {
  if (!history.full && history.changed.length === 0) return known;
  const points = new Map<number, HistoryPoint>();
  if (!history.full) { for (const point of known) points.set(point.time, point); }
  for (const point of history.changed) points.set(point.time, point);
  const merged = [...points.values()].sort((a, b) => a.time - b.time);
  const last = merged.at(-1);
  return last ? merged.filter((point) => point.time > last.time - HISTORY_SECONDS) : merged;
}
