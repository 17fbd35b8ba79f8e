// What other parts show of one tracker: its totals, the names of its torrents, and where peers are that it hasn't itself.
// Who keeps them is elsewhere; how they travel, too.

import type { PeerRow, TotalsSnapshot } from "./admin_api.ts";
import type { RowContext } from "./peer_rows.ts";
import { NO_SWARM } from "./swarm_store.ts";
import { TorrentNames, type TorrentSource, type TorrentSummary } from "./torrent_names.ts";
import type { Tracker } from "./tracker.ts";

/** The peers of one swarm that are kept in a store which trackers share. */
export interface PeersElsewhere {
  /** Asks for the peers of a swarm (info hash, hex), if one is named. */
  prepare(swarm: string | undefined, now: number): Promise<void>;
  /** Those of a swarm that was asked for. */
  rows(infoHash: Uint8Array, context: RowContext): PeerRow[];
  /** Forgets a peer by its address and port in compact form. Resolves whether there was one. */
  drop(infoHash: Uint8Array, endpoint: Uint8Array): Promise<boolean>;
}

/** The state of one tracker as others see it. */
export class AdminState {
  readonly #tracker: Tracker;
  readonly #version: string;
  readonly #startedAt: number;
  /** Where the peers are if not in the tracker's memory. */
  elsewhere: PeersElsewhere | undefined;
  /** Names and sizes of torrents. */
  readonly torrents = new TorrentNames();

  constructor(tracker: Tracker, { now, version }: { version: string; now: number }) {
    this.#tracker = tracker;
    this.#version = version;
    this.#startedAt = now;
  }

  /** Call it once a second. */
  tick(now: number): void {
    this.#tracker.stats.tick(now);
    // Keeps the list of swarms in the order of their last changes, to the second.
    this.#tracker.swarms.advance();
  }

  /**
   * Takes what the .torrent files of one source say, by info hash (binary). Swarms whose name comes or goes count as
   * changed. Whoever goes on changing `summaries` tells torrentChanged().
   */
  setTorrents(summaries: ReadonlyMap<string, TorrentSummary>, source: TorrentSource = "folder"): void {
    for (const infoHash of this.torrents.set(summaries, source)) this.torrentChanged(infoHash);
  }

  /** What is known of a torrent (info hash, binary) has come, gone or become something else. */
  torrentChanged(infoHash: string): void {
    const swarm = this.#tracker.swarms.find(infoHash);
    if (swarm !== NO_SWARM) this.#tracker.swarms.touch(swarm);
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
}
