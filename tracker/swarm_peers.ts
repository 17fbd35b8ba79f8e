// The peers of one swarm as a table of the admin page, sorted here, a part of it at a time; how their progress is spread; and
// dropping one of them.

import { fromBinary } from "../protocol/bytes.ts";
import { recogniseClient, toBinary, toHex } from "../protocol/mod.ts";
import type { PeerRow, PeersAnswer, PeerSort, SortOrder } from "./admin_api.ts";
import type { PeersElsewhere } from "./admin_state.ts";
import type { OrderCache, OrderEntry } from "./order_cache.ts";
import { type Clocks, listedPeerRow, webPeerRow, webPeersByEndpoint } from "./peer_rows.ts";
import { Counter, MAX_COUNTER, Rate } from "./peer_record.ts";
import { NO_LIST, NO_PEER } from "./peer_table.ts";
import { RowWindows } from "./row_windows.ts";
import type { Slices } from "./sliced_order.ts";
import type { Tracker } from "./tracker.ts";
import type { WebPeer } from "./web_swarms.ts";

/** Peers of one swarm that are put in order, the first ones of it: nobody scrolls further. */
const MAX_SORTED = 50_000;
/** Peers whose progress is looked at for the distribution, evenly spread over the swarm. */
const MAX_PROGRESS = 10_000;
/** Begins the ids of peers that are kept elsewhere, as no endpoint does: those are bytes. */
const ELSEWHERE = "\u{2192}";
/** Kinds of peer ids whose names are kept. */
const MAX_CLIENTS = 4096;
/** Tenths, and those that have all. */
const BUCKETS = 11;

/** What a page asks for. */
export interface PeersQuestion {
  sort: PeerSort;
  order: SortOrder;
  offset: number;
  limit: number;
  since: string | undefined;
}

/** A swarm, and what is known of its torrent. */
export interface OpenSwarm {
  swarm: number;
  infoHash: string;
  totalBytes: number;
}

/** The peers of all swarms of a tracker. */
export class SwarmPeers {
  readonly #tracker: Tracker;
  readonly #orders: OrderCache;
  readonly #windows: RowWindows;
  /** Peers that are kept in a store which trackers share; see `AdminState.elsewhere`. */
  readonly #elsewhere: () => PeersElsewhere | undefined;
  /** Clients' names by the first 8 bytes of peer ids, binary. */
  readonly #clients = new Map<string, string>();

  constructor(
    tracker: Tracker,
    { elsewhere, epoch, orders }: {
      orders: OrderCache;
      epoch: string;
      elsewhere: () => PeersElsewhere | undefined;
    },
  ) {
    this.#elsewhere = elsewhere;
    this.#tracker = tracker;
    this.#orders = orders;
    this.#windows = new RowWindows(epoch);
  }

  /** A part of a swarm's peers. */
  async answer(open: OpenSwarm, question: PeersQuestion, clocks: () => Clocks): Promise<PeersAnswer> {
    const { limit, order, since, sort } = question;
    const key = JSON.stringify(["peers", toHex(fromBinary(open.infoHash)), sort, order]);
    await this.#elsewhere()?.prepare(toHex(fromBinary(open.infoHash)), clocks().now);
    const endpoints = await this.#orders.get(
      key,
      order,
      (slices) => this.#collect(open, sort, slices, clocks()),
    );
    const offset = Math.max(0, Math.min(question.offset, endpoints.length - 1));
    const now = clocks();
    const rows = this.#rows(open, new Set(endpoints.slice(offset, offset + limit)), now);
    return this.#windows.answer(
      { query: `${key} ${offset} ${limit}`, since },
      rows.map((row) => ({ key: row.address, stamp: stampOf(row), write: () => row })),
      { now: now.unix, offset, total: endpoints.length },
    );
  }

  /** How many peers have how much; see `SwarmDetail.progress`. */
  progress({ swarm, totalBytes }: OpenSwarm): { progress: number[]; unknownProgress: number } {
    const { lists } = this.#tracker.peers;
    const counts = new Array<number>(BUCKETS).fill(0);
    let unknownProgress = 0;
    const leechers = this.#tracker.incomplete(swarm);
    const stride = Math.max(1, Math.ceil(leechers / MAX_PROGRESS));
    const count = (left: number) => {
      if (totalBytes === 0 || left >= MAX_COUNTER) return void (unknownProgress += stride);
      const tenth = Math.floor(Math.max(0, 1 - left / totalBytes) * 10);
      const bucket = Math.min(BUCKETS - 2, tenth);
      counts[bucket] = (counts[bucket] ?? 0) + stride;
    };
    for (const isIp6 of [false, true]) {
      const list = lists.find(swarm, isIp6);
      if (list === NO_LIST) continue;
      for (let position = lists.seeders(list); position < lists.count(list); position += stride) {
        count(this.#tracker.peers.counter(list, position, Counter.left));
      }
    }
    for (const peer of this.#tracker.web.of(swarm).take(MAX_PROGRESS)) if (!peer.isSeeder) count(peer.left);
    counts[BUCKETS - 1] = this.#tracker.complete(swarm);
    return { progress: counts, unknownProgress };
  }

  /** Forgets the peer with an address as rows have it. Returns whether there was one. */
  drop(swarm: number, endpoint: Uint8Array, web: { drop(peer: WebPeer): void }): boolean {
    const { peers } = this.#tracker;
    const list = peers.lists.find(swarm, endpoint.length === 18);
    const halves = new Uint16Array(endpoint.slice().buffer);
    const position = list === NO_LIST ? NO_PEER : peers.find(list, halves);
    if (position !== NO_PEER) {
      this.#tracker.remove(swarm, list, position);
      return true;
    }
    const peer = webPeersByEndpoint(this.#tracker, swarm).get(toBinary(endpoint));
    if (peer === undefined) return false;
    web.drop(peer);
    return true;
  }

  async #collect(open: OpenSwarm, sort: PeerSort, slices: Slices, clocks: Clocks): Promise<OrderEntry[]> {
    const { peers, web } = this.#tracker;
    const entries: OrderEntry[] = [];
    for (const isIp6 of [false, true]) {
      let list = peers.lists.find(open.swarm, isIp6);
      for (let position = 0; list !== NO_LIST && position < peers.lists.count(list); position++) {
        if (entries.length === MAX_SORTED) return entries;
        const id = toBinary(peers.endpoint(list, position));
        entries.push({ id, key: sort === "address" ? addressKey(id) : this.#keyOf(list, position, sort) });
        if (!slices.isOver) continue;
        await slices.pause();
        // The list may have moved, and the swarm may be gone.
        if (this.#isGone(open)) return [];
        list = peers.lists.find(open.swarm, isIp6);
      }
    }
    for (const peer of web.of(open.swarm).take(MAX_SORTED - entries.length)) {
      const id = toBinary(peer.connection.endpoint);
      entries.push({ id, key: sort === "address" ? addressKey(id) : this.#webKeyOf(peer, sort) });
    }
    for (const row of this.#rowsElsewhere(open, clocks).slice(0, MAX_SORTED - entries.length)) {
      entries.push({ id: ELSEWHERE + row.address, key: sort === "progress" ? progressKey(row) : row[sort] });
    }
    return entries;
  }

  #rowsElsewhere(open: OpenSwarm, clocks: Clocks): PeerRow[] {
    const context = { ...clocks, tracker: this.#tracker, totalBytes: open.totalBytes };
    const rows = this.#elsewhere()?.rows(fromBinary(open.infoHash), context) ?? [];
    return rows.map((row) => ({ ...row, protocol: null, partial: false }));
  }

  #keyOf(list: number, position: number, sort: Exclude<PeerSort, "address">): OrderEntry["key"] {
    const { peers } = this.#tracker;
    switch (sort) {
      case "client":
        return this.#client(peers.peerId(list, position));
      case "progress": {
        if (peers.isSeeder(list, position)) return 0;
        const left = peers.counter(list, position, Counter.left);
        return left >= MAX_COUNTER ? null : -left;
      }
      case "uploaded":
        return peers.counter(list, position, Counter.uploaded);
      case "downloaded":
        return peers.counter(list, position, Counter.downloaded);
      case "uploadRate":
        return peers.rate(list, position, Rate.up);
      case "downloadRate":
        return peers.rate(list, position, Rate.down);
      case "lastSeen":
        return peers.lastSeen(list, position);
      case "protocol":
        return peers.isUdp(list, position) ? "udp" : "http";
    }
  }

  #webKeyOf(peer: WebPeer, sort: Exclude<PeerSort, "address">): OrderEntry["key"] {
    switch (sort) {
      case "client":
        return this.#client(fromBinary(peer.peerId));
      case "progress":
        return peer.isSeeder ? 0 : peer.left >= MAX_COUNTER ? null : -peer.left;
      case "uploaded":
      case "downloaded":
      case "lastSeen":
        return peer[sort];
      case "uploadRate":
      case "downloadRate":
        return 0;
      case "protocol":
        return "websocket";
    }
  }

  #client(peerId: Uint8Array): string {
    const prefix = toBinary(peerId.subarray(0, 8));
    let client = this.#clients.get(prefix);
    if (client === undefined) {
      if (this.#clients.size >= MAX_CLIENTS) this.#clients.clear();
      this.#clients.set(prefix, client = recogniseClient(peerId).toLowerCase());
    }
    return client;
  }

  #isGone({ infoHash, swarm }: OpenSwarm): boolean {
    return this.#tracker.swarms.find(infoHash) !== swarm;
  }

  /** The rows of peers that are still there. */
  #rows(open: OpenSwarm, endpoints: ReadonlySet<string>, clocks: Clocks): PeerRow[] {
    if (this.#isGone(open)) return [];
    const { peers } = this.#tracker;
    const context = { ...clocks, tracker: this.#tracker, totalBytes: open.totalBytes };
    const inBrowsers = webPeersByEndpoint(this.#tracker, open.swarm);
    const elsewhere = new Map(this.#rowsElsewhere(open, clocks).map((row) => [ELSEWHERE + row.address, row]));
    return [...endpoints].flatMap((endpoint) => {
      if (endpoint.startsWith(ELSEWHERE)) {
        const row = elsewhere.get(endpoint);
        return row === undefined ? [] : [row];
      }
      const bytes = fromBinary(endpoint);
      const list = peers.lists.find(open.swarm, bytes.length === 18);
      const position = list === NO_LIST ? NO_PEER : peers.find(list, new Uint16Array(bytes.buffer));
      if (position !== NO_PEER) return [listedPeerRow(list, position, context)];
      const peer = inBrowsers.get(endpoint);
      return peer === undefined ? [] : [webPeerRow(peer, context)];
    });
  }
}

/** As the keys of other peers: how much is left, below zero; null where nobody knows. */
function progressKey({ left, progress }: PeerRow): number | null {
  return progress === null ? null : -left;
}

/** IPv4 before IPv6, each by its bytes. */
function addressKey(endpoint: string): string {
  return `${endpoint.length === 6 ? 4 : 6}${endpoint}`;
}

/** Differs when the row does: each announce counts up one of these, or comes later. Ages are rounded against jitter. */
function stampOf({ downloaded, lastSeen, left, uploaded }: PeerRow): number {
  return Math.round(lastSeen / 200) + uploaded * 3 + downloaded * 5 + left * 7;
}
