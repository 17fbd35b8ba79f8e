// Rows of the swarm table: swarms, and torrents that are known without having one. Which rows are shown, and in which order,
// swarm_table.ts decides.

import { toBinary, toHex } from "../protocol/mod.ts";
import { fromBinary } from "../protocol/bytes.ts";
import type { SwarmRow } from "./admin_api.ts";
import type { Clocks } from "./peer_rows.ts";
import { NO_SWARM } from "./swarm_store.ts";
import type { TorrentNames, TorrentSummary } from "./torrent_names.ts";
import type { Tracker } from "./tracker.ts";

/** Torrents whose .torrent was uploaded, by info hash (binary). */
export interface Registered {
  has(infoHash: string): boolean;
  readonly all: ReadonlyMap<string, TorrentSummary & { addedAt: number }>;
}

/** What rows are made of. */
export interface RowParts {
  tracker: Tracker;
  names: TorrentNames;
  registered: Registered;
}

/** Makes rows. */
export class SwarmRows {
  readonly parts: RowParts;

  constructor(parts: RowParts) {
    this.parts = parts;
  }

  /** The row of a swarm. */
  row(swarm: number, { now, unix }: Clocks): SwarmRow {
    const { tracker } = this.parts;
    const { swarms } = tracker;
    const bytes = swarms.infoHash(swarm);
    const infoHash = toBinary(bytes);
    const lastAnnounce = swarms.lastAnnounce(swarm);
    return {
      infoHash: toHex(bytes),
      ...this.#known(infoHash, swarms.largestLeft(swarm)),
      seeders: tracker.complete(swarm),
      leechers: tracker.incomplete(swarm),
      completed: tracker.completed(swarm),
      lastAnnounce: lastAnnounce === 0 ? null : Math.round(unix - tracker.age(lastAnnounce, now)),
    };
  }

  /** The row of a torrent by its info hash (binary), whether it has a swarm or not. */
  rowOf(infoHash: string, clocks: Clocks): SwarmRow {
    const swarm = this.parts.tracker.swarms.find(infoHash);
    if (swarm !== NO_SWARM) return this.row(swarm, clocks);
    return {
      infoHash: toHex(fromBinary(infoHash)),
      ...this.#known(infoHash, 0),
      ...{ seeders: 0, leechers: 0, completed: 0, lastAnnounce: null },
    };
  }

  /** A number that differs when the row does. */
  stamp(infoHash: string): number {
    const { registered, tracker } = this.parts;
    const swarm = tracker.swarms.find(infoHash);
    const changedAt = swarm === NO_SWARM ? 0 : tracker.swarms.changedAt(swarm);
    const isDenied = !tracker.admission.lists.allows(infoHash);
    return changedAt * 4 + (registered.has(infoHash) ? 2 : 0) + (isDenied ? 1 : 0);
  }

  #known(infoHash: string, largestLeft: number) {
    const { names, registered, tracker } = this.parts;
    const torrent = names.get(infoHash);
    return {
      name: torrent?.name ?? null,
      totalBytes: torrent?.totalBytes ?? largestLeft,
      registered: registered.has(infoHash),
      denied: !tracker.admission.lists.allows(infoHash),
    };
  }
}
