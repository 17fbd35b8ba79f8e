// The peers of one swarm as a table of the admin page, sorted here, a part of it at a time; how their progress is spread; and
// dropping one of them.

import { fromBinary } from "../protocol/bytes.ts";
import { recogniseClient, toBinary, toHex } from "../protocol/mod.ts";
import type { PeerRow, PeersAnswer, PeerSort, SortOrder } from "./admin_api.ts";
import type { PeersElsewhere } from "./admin_state.ts";
import type { OrderCache, OrderEntry } from "./order_cache.ts";
import { sortPeerRows } from "./peer_row_order.ts";
import { type Moment, PerMoment } from "./moment.ts";
import { type Clocks, listedPeerRow, webPeerRow, webPeersByEndpoint } from "./peer_rows.ts";
import { Counter, MAX_COUNTER, Rate } from "./peer_record.ts";
import { NO_LIST, NO_PEER } from "./peer_table.ts";
import { RowWindows, type WindowPart } from "./row_windows.ts";
import type { Slices } from "./sliced_order.ts";
import type { Tracker } from "./tracker.ts";
import type { WebPeer } from "./web_swarms.ts";

/** Peers of one swarm that are put in order, the first ones of it: nobody scrolls further. */
const MAX_SORTED = 50_000;
/** Peers whose progress is looked at for the distribution, evenly spread over the swarm. */
const MAX_PROGRESS = 10_000;
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
  readonly #parts: PerMoment<Promise<WindowPart<PeerRow>>>;
  readonly #elsewhere: () => PeersElsewhere | undefined;
  /** Clients' names by the first 8 bytes of peer ids, binary. */
  readonly #clients = new Map<string, string>();

  /** `elsewhere`: where peers are that aren't in the tracker's memory. */
  constructor(
    { elsewhere = () => undefined, epoch, moment, orders, tracker }: {
      tracker: Tracker;
      orders: OrderCache;
      moment: Moment;
      epoch: string;
      elsewhere?: () => PeersElsewhere | undefined;
    },
  ) {
    this.#elsewhere = elsewhere;
    this.#tracker = tracker;
    this.#orders = orders;
    this.#windows = new RowWindows(epoch);
    this.#parts = new PerMoment(moment);
  }

  /** A part of a swarm's peers. */
  async answer(open: OpenSwarm, question: PeersQuestion, clocks: () => Clocks): Promise<PeersAnswer> {
    const { limit, offset, order, since, sort } = question;
    const key = JSON.stringify(["peers", toHex(fromBinary(open.infoHash)), sort, order]);
    const query = `${key} ${offset} ${limit}`;
    const part = await this.#parts.get(query, () => this.#part(key, open, question, clocks));
    return this.#windows.answer({ query, since }, part);
  }

  /** The answer for a torrent without a swarm. */
  none(infoHash: string, { limit, order, since, sort }: PeersQuestion, { unix }: Clocks): PeersAnswer {
    const key = JSON.stringify(["peers", toHex(fromBinary(infoHash)), sort, order]);
    return this.#windows.answer({ query: `${key} 0 ${limit}`, since }, stamped([], unix, 0, 0));
  }

  /** The rows that a page looks at. */
  async #part(
    key: string,
    open: OpenSwarm,
    { limit, offset: wanted, order, sort }: PeersQuestion,
    clocks: () => Clocks,
  ): Promise<WindowPart<PeerRow>> {
    const place = (total: number) => Math.max(0, Math.min(wanted, total - 1));
    const elsewhere = this.#elsewhere();
    if (elsewhere !== undefined) {
      const all = sortPeerRows(await this.#rowsElsewhere(open, elsewhere, clocks()), sort, order);
      const offset = place(all.length);
      return stamped(all.slice(offset, offset + limit), clocks().unix, offset, all.length);
    }
    const endpoints = await this.#orders.get(key, order, (slices) => this.#collect(open, sort, slices));
    const offset = place(endpoints.length);
    const now = clocks();
    const rows = this.#rows(open, new Set(endpoints.slice(offset, offset + limit)), now);
    return stamped(rows, now.unix, offset, endpoints.length);
  }

  async #rowsElsewhere(open: OpenSwarm, elsewhere: PeersElsewhere, clocks: Clocks): Promise<PeerRow[]> {
    const infoHash = fromBinary(open.infoHash);
    await elsewhere.prepare(toHex(infoHash), clocks.now);
    const context = { ...clocks, tracker: this.#tracker, totalBytes: open.totalBytes };
    const swarm = this.#tracker.swarms.find(open.infoHash);
    const inBrowsers = Array.from(this.#tracker.web.of(swarm), (peer) => webPeerRow(peer, context));
    return [...elsewhere.rows(infoHash, context), ...inBrowsers];
  }

  /** How many peers have how much; see `SwarmDetail.progress`. */
  progress({ infoHash, swarm, totalBytes }: OpenSwarm): { progress: number[]; unknownProgress: number } {
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
    // As many as were last asked for, by who looked at the swarm's peers.
    const context = { now: 0, unix: 0, tracker: this.#tracker, totalBytes };
    for (const { left, progress } of this.#elsewhere()?.rows(fromBinary(infoHash), context) ?? []) {
      if (progress !== 1) count(left);
    }
    for (const peer of this.#tracker.web.of(swarm).take(MAX_PROGRESS)) if (!peer.isSeeder) count(peer.left);
    counts[BUCKETS - 1] = this.#tracker.complete(swarm);
    return { progress: counts, unknownProgress };
  }

  /** Forgets the peer with an address as rows have it. Returns whether there was one. */
  async drop(
    open: OpenSwarm,
    endpoint: Uint8Array,
    web: { drop(peer: WebPeer): void },
  ): Promise<boolean> {
    const { infoHash, swarm } = open;
    const elsewhere = this.#elsewhere();
    if (await elsewhere?.drop(fromBinary(infoHash), endpoint)) return true;
    // Its number may be another's by now.
    if (this.#isGone(open)) return false;
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

  async #collect(open: OpenSwarm, sort: PeerSort, slices: Slices): Promise<OrderEntry[]> {
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
    return entries;
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
    return [...endpoints].flatMap((endpoint) => {
      const bytes = fromBinary(endpoint);
      const list = peers.lists.find(open.swarm, bytes.length === 18);
      const position = list === NO_LIST ? NO_PEER : peers.find(list, new Uint16Array(bytes.buffer));
      if (position !== NO_PEER) return [listedPeerRow(list, position, context)];
      const peer = inBrowsers.get(endpoint);
      return peer === undefined ? [] : [webPeerRow(peer, context)];
    });
  }
}

function stamped(
  rows: readonly PeerRow[],
  now: number,
  offset: number,
  total: number,
): WindowPart<PeerRow> {
  const parts = rows.map((row) => ({ key: row.address, stamp: stampOf(row), write: () => row }));
  return { rows: parts, now, offset, total };
}

/** IPv4 before IPv6, each by its bytes. */
function addressKey(endpoint: string): string {
  return `${endpoint.length === 6 ? 4 : 6}${endpoint}`;
}

/** Differs when the row does: each announce counts up one of these, or comes later. Ages are rounded against jitter. */
function stampOf({ downloaded, lastSeen, left, uploaded }: PeerRow): number {
  return Math.round(lastSeen / 200) + uploaded * 3 + downloaded * 5 + left * 7;
}
