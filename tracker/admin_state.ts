// What the admin page is told: everything the first time, then what changed since its last poll. A poll costs what it
// answers: it walks the swarms from the latest change back, and never looks at the others. The types are in
// admin_api.ts; how they travel is admin_routes.ts's business.

import { fromHex, toBinary, toHex } from "../protocol/mod.ts";
import type {
  Changes,
  HistoryPoint,
  PeerRow,
  PeerSnapshot,
  StateSnapshot,
  SwarmSnapshot,
  TotalsSnapshot,
} from "./admin_api.ts";
import { ChangeLog } from "./change_log.ts";
import { History } from "./history.ts";
import {
  type Clocks,
  formatEndpoint,
  listedPeerRow,
  type RowContext,
  webPeerRow,
  webPeersByEndpoint,
} from "./peer_rows.ts";
import { NO_PEER } from "./peer_table.ts";
import { NO_SWARM } from "./swarm_store.ts";
import { TorrentNames, type TorrentSource, type TorrentSummary } from "./torrent_names.ts";
import type { Tracker, TrackerObserver } from "./tracker.ts";

/** Rows in one answer: more would take the page seconds to draw, and the tracker a pause to write. */
const MAX_SWARM_ROWS = 10_000;
const MAX_PEER_ROWS = 2_000;
/** Removals, or changed peers of one watched swarm, that are remembered. */
const MAX_LOG = 10_000;
/** Swarms whose peers are followed at the same time, and for how long nobody may ask for them. */
const MAX_WATCHES = 16;
const WATCH_MS = 30_000;

/** What a page names in its poll. */
export interface StateQuestion {
  epoch?: string | undefined;
  revision?: number | undefined;
  /** Info hash, hex. */
  swarm?: string | undefined;
}

export type { TorrentSource, TorrentSummary };

/** The peers of one swarm that are kept in a store which trackers share. */
export interface PeersElsewhere {
  /** Asks for the peers of a swarm (info hash, hex), if one is named. */
  prepare(swarm: string | undefined, now: number): Promise<void>;
  /** Those of a swarm that was asked for. */
  rows(infoHash: Uint8Array, context: RowContext): PeerRow[];
  /** Forgets a peer by its address and port in compact form. Resolves whether there was one. */
  drop(infoHash: Uint8Array, endpoint: Uint8Array): Promise<boolean>;
}

interface Watch {
  changes: ChangeLog;
  askedAt: number;
}

/** The state of one tracker as admin pages see it. */
export class AdminState implements TrackerObserver {
  readonly #tracker: Tracker;
  readonly #epoch: string;
  readonly #version: string;
  readonly #startedAt: number;
  /** The last hour, for the plot. */
  readonly history = new History();
  readonly #removed: ChangeLog;
  /** Where the peers are if not in the tracker's memory. */
  elsewhere: PeersElsewhere | undefined;
  /** By swarm, the one asked for last at the end. */
  readonly #watches = new Map<number, Watch>();
  /** Names and sizes of torrents. */
  readonly torrents = new TorrentNames();

  /** `epoch` must differ from that of every other run. */
  constructor(tracker: Tracker, { epoch, version, now }: { epoch: string; version: string; now: number }) {
    this.#tracker = tracker;
    this.#epoch = epoch;
    this.#version = version;
    this.#startedAt = now;
    this.#removed = new ChangeLog(0, MAX_LOG);
    tracker.observer = this;
  }

  /** Call it once a second. */
  tick({ now, unix }: Clocks): void {
    const { stats, swarms } = this.#tracker;
    stats.tick(now);
    if (this.history.isDue(now)) {
      this.history.add(this.#point({ now, unix }), { now, revision: swarms.revision });
    }
    for (const [swarm, { askedAt }] of this.#watches) {
      if (now - askedAt > WATCH_MS) this.#unwatch(swarm);
    }
    // Keeps the list of swarms in the order of their last changes, to the second, when no page is open.
    swarms.advance();
  }

  /**
   * Takes what the .torrent files of one source say, by info hash (binary). Swarms whose name comes or goes count as
   * changed.
   */
  setTorrents(summaries: ReadonlyMap<string, TorrentSummary>, source: TorrentSource = "folder"): void {
    for (const infoHash of this.torrents.set(summaries, source)) {
      const swarm = this.#tracker.swarms.find(infoHash);
      if (swarm !== NO_SWARM) this.#tracker.swarms.touch(swarm);
    }
  }

  /** Asks for what an answer needs from elsewhere; undefined where that is nothing. */
  prepare({ swarm }: StateQuestion, now: number): Promise<void> | undefined {
    return this.elsewhere?.prepare(swarm, now);
  }

  /** The answer to one poll. */
  snapshot(question: StateQuestion, { now, unix }: Clocks): StateSnapshot {
    const { swarms } = this.#tracker;
    const { revision } = swarms;
    // Revision 0 is before everything.
    const since = question.epoch === this.#epoch ? pollRevision(question.revision, revision) : 0;
    const state: StateSnapshot = {
      epoch: this.#epoch,
      revision,
      now: unix,
      totals: this.totals(now),
      swarms: this.#swarmChanges(since, { now, unix }),
      history: { full: since === 0, changed: this.history.since(since), removed: [] },
    };
    if (question.swarm !== undefined) state.swarm = this.#swarm(question.swarm, since, { now, unix });
    swarms.advance();
    return state;
  }

  totals(now: number): TotalsSnapshot {
    const { seeders, size, stats, swarmCount } = this.#tracker;
    return {
      swarms: swarmCount,
      seeders,
      leechers: size - seeders,
      announces: stats.announces,
      announcesPerSecond: stats.announcesPerSecond(now),
      rejected: stats.rejected,
      scrapes: stats.scrapes,
      completed: stats.completed,
      uptimeSeconds: Math.floor((now - this.#startedAt) / 1000),
      version: this.#version,
    };
  }

  onSwarmRemoved(swarm: number): void {
    this.#removed.note(toHex(this.#tracker.swarms.infoHash(swarm)), this.#tracker.swarms.revision);
    this.#watches.delete(swarm);
  }

  onPeerChanged(swarm: number, endpoint: Uint8Array): void {
    this.#watches.get(swarm)?.changes.note(toBinary(endpoint), this.#tracker.swarms.revision);
  }

  #point({ now, unix }: Clocks): HistoryPoint {
    const { announcesPerSecond, leechers, seeders, swarms } = this.totals(now);
    return { time: Math.floor(unix / 1000), seeders, leechers, swarms, announcesPerSecond };
  }

  #swarmChanges(since: number, clocks: Clocks): Changes<SwarmSnapshot> {
    const { swarms } = this.#tracker;
    const removed = since === 0 ? undefined : this.#removed.since(since);
    const from = removed === undefined ? 0 : since;
    const changed: SwarmSnapshot[] = [];
    let swarm = swarms.newest;
    while (swarm !== NO_SWARM && swarms.changedAt(swarm) > from && changed.length < MAX_SWARM_ROWS) {
      changed.push(this.#swarmRow(swarm, clocks));
      swarm = swarms.older(swarm);
    }
    // More changes than fit: what was left out now would never be told again. Begin anew with the latest.
    const isCut = swarm !== NO_SWARM && swarms.changedAt(swarm) > from;
    if (removed === undefined || isCut) return { full: true, changed, removed: [] };
    return { full: false, changed, removed: removed.filter((hex) => this.#find(hex) === NO_SWARM) };
  }

  #swarmRow(swarm: number, { now, unix }: Clocks): SwarmSnapshot {
    const { swarms } = this.#tracker;
    const infoHash = swarms.infoHash(swarm);
    const torrent = this.torrents.get(toBinary(infoHash));
    return {
      infoHash: toHex(infoHash),
      name: torrent?.name ?? null,
      totalBytes: torrent?.totalBytes ?? swarms.largestLeft(swarm),
      seeders: this.#tracker.complete(swarm),
      leechers: this.#tracker.incomplete(swarm),
      completed: this.#tracker.completed(swarm),
      lastAnnounce: Math.round(unix - this.#tracker.age(swarms.lastAnnounce(swarm), now)),
    };
  }

  #swarm(hex: string, since: number, clocks: Clocks): NonNullable<StateSnapshot["swarm"]> | null {
    const swarm = this.#find(hex);
    if (swarm === NO_SWARM) return null;
    const row = this.#swarmRow(swarm, clocks);
    const context = { ...clocks, tracker: this.#tracker, totalBytes: row.totalBytes };
    return { ...row, peers: this.#peerChanges(swarm, since, context) };
  }

  #peerChanges(swarm: number, since: number, context: RowContext): Changes<PeerSnapshot> {
    const { peers, swarms } = this.#tracker;
    if (this.elsewhere !== undefined) {
      const changed = [
        ...this.elsewhere.rows(swarms.infoHash(swarm), context),
        ...this.#webRows(swarm, context),
      ];
      return { full: true, changed: changed.slice(0, MAX_PEER_ROWS), removed: [] };
    }
    const endpoints = this.#watch(swarm, since, context.now);
    if (endpoints === undefined || endpoints.length > MAX_PEER_ROWS) {
      return { full: true, changed: this.#allPeers(swarm, context), removed: [] };
    }
    const inBrowsers = webPeersByEndpoint(this.#tracker, swarm);
    const changed: PeerSnapshot[] = [];
    const removed: string[] = [];
    for (const binary of endpoints) {
      const endpoint = Uint8Array.from(binary, (char) => char.charCodeAt(0));
      const list = peers.lists.find(swarm, endpoint.length === 18);
      const position = peers.find(list, new Uint16Array(endpoint.buffer));
      const inBrowser = inBrowsers.get(binary);
      if (position !== NO_PEER) changed.push(listedPeerRow(list, position, context));
      else if (inBrowser !== undefined) changed.push(webPeerRow(inBrowser, context));
      else removed.push(formatEndpoint(endpoint));
    }
    return { full: false, changed, removed };
  }

  /** As many as are shown. */
  #allPeers(swarm: number, context: RowContext): PeerSnapshot[] {
    const { lists } = this.#tracker.peers;
    const rows: PeerSnapshot[] = [];
    for (const isIp6 of [false, true]) {
      const list = lists.find(swarm, isIp6);
      // Leechers first: of a large swarm they are the ones to look at.
      const least = Math.max(0, lists.count(list) - (MAX_PEER_ROWS - rows.length));
      for (let position = lists.count(list) - 1; position >= least; position--) {
        rows.push(listedPeerRow(list, position, context));
      }
    }
    return [...rows, ...this.#webRows(swarm, context).slice(0, MAX_PEER_ROWS - rows.length)];
  }

  #webRows(swarm: number, context: RowContext): PeerSnapshot[] {
    return Array.from(this.#tracker.web.of(swarm), (peer) => webPeerRow(peer, context));
  }

  /** Follows a swarm's peers. Returns which changed since a revision, or undefined when that isn't known. */
  #watch(swarm: number, since: number, now: number): string[] | undefined {
    const { swarms } = this.#tracker;
    const watch = this.#watches.get(swarm);
    if (watch !== undefined) {
      watch.askedAt = now;
      // Back to the end: the first of the map is the one that was asked for longest ago.
      this.#watches.delete(swarm);
      this.#watches.set(swarm, watch);
      return since === 0 ? undefined : watch.changes.since(since);
    }
    const oldest = this.#watches.keys().next();
    if (this.#watches.size >= MAX_WATCHES && !oldest.done) this.#unwatch(oldest.value);
    const { revision } = swarms;
    this.#watches.set(swarm, { changes: new ChangeLog(revision, MAX_LOG), askedAt: now });
    swarms.setWatched(swarm, true);
    return undefined;
  }

  #unwatch(swarm: number): void {
    this.#watches.delete(swarm);
    this.#tracker.swarms.setWatched(swarm, false);
  }

  #find(hex: string): number {
    return /^[0-9a-f]{40}$/i.test(hex) ? this.#tracker.swarms.find(toBinary(fromHex(hex))) : NO_SWARM;
  }
}

/** The revision that a page holds, or 0 if it can't be one of ours. */
function pollRevision(revision: number | undefined, current: number): number {
  return revision !== undefined && Number.isSafeInteger(revision) && revision > 0 && revision < current
    ? revision
    : 0;
}
