// Keeps what is to survive a restart: fills the tracker from the data file when it starts, and writes back what changed.
// Lists and torrents are written by who changes them, before the answer; counts every few seconds; the swarms as a
// snapshot beside the file, now and then and at the end.

import type { AdminState } from "./admin_state.ts";
import { DataFile } from "./data_file.ts";
import type { Clocks } from "./peer_rows.ts";
import { SnapshotFile } from "./snapshot_file.ts";
import { NO_SWARM } from "./swarm_store.ts";
import { TorrentRegistry } from "./torrent_registry.ts";
import type { Tracker } from "./tracker.ts";

/** How often counts are written: what a sudden end may lose. */
const SAVE_MS = 5000;
/** How often the swarms are. A million peers are 60 MB. */
const SNAPSHOT_MS = 5 * 60_000;

/** The parts of a tracker that are kept, or that are told. */
export interface KeeperParts {
  tracker: Tracker;
  admin: AdminState;
  log: (line: string) => void;
  /** Whether swarms and their counts are in a store that trackers share: then they aren't kept here. */
  isShared?: boolean;
}

/** What is kept of one tracker. */
export class Keeper {
  readonly data: DataFile;
  readonly registry: TorrentRegistry;
  readonly #parts: KeeperParts;
  readonly #snapshot: SnapshotFile | undefined;
  #closed: Promise<void> | undefined;
  /** What is in the file of how long peers may be silent. */
  #timeoutSeconds = 0;
  #savedAt = -Infinity;
  #snapshotAt = -Infinity;

  private constructor(data: DataFile, snapshot: SnapshotFile | undefined, parts: KeeperParts) {
    const { admin, tracker } = parts;
    this.data = data;
    this.#parts = parts;
    this.#snapshot = snapshot;
    data.loadLists(tracker.admission.lists);
    this.registry = new TorrentRegistry(data, (infoHash) => admin.torrentChanged(infoHash));
    admin.setTorrents(this.registry.all, "registry");
    tracker.admission.lists.setRegistered(this.registry);
    this.#restoreSeed();
    this.#restoreTimeout();
  }

  /**
   * Opens a data file and fills the tracker with what it holds; without a path nothing is kept.
   *
   * @throws {TrackerStartError} if the file can't be used.
   */
  static open(path: string | undefined, parts: KeeperParts): Keeper {
    const data = DataFile.open(path);
    return new Keeper(
      data,
      path === undefined || parts.isShared ? undefined : new SnapshotFile(`${path}.swarms`, parts),
      parts,
    );
  }

  /** Counts are back when this returns; the swarms come in the background. */
  restore({ now }: Clocks): void {
    const { tracker } = this.#parts;
    const { swarms } = tracker;
    for (const { count, infoHash } of this.#parts.isShared ? [] : this.data.completed()) {
      const swarm = tracker.remember(infoHash);
      if (swarm === NO_SWARM) continue;
      swarms.setCompleted(swarm, count);
      // An empty one is kept for as long as if it had been announced now.
      swarms.noteAnnounce(swarm, tracker.tenths(now));
    }
    swarms.advance();
    this.#snapshotAt = now;
    this.#snapshot?.read();
  }

  /** Writes what is due. Call it once a second. */
  tick({ now }: Clocks): void {
    if (now - this.#savedAt >= SAVE_MS) this.#save(now);
    if (now - this.#snapshotAt < SNAPSHOT_MS) return;
    this.#snapshotAt = now;
    this.#snapshot?.write();
  }

  /** Writes everything, the swarms for `snapshotMs` at most, then closes. Calling it again does nothing more. */
  close(clocks: Clocks, snapshotMs = Infinity): Promise<void> {
    return this.#closed ??= this.#close(clocks, snapshotMs);
  }

  async #close(clocks: Clocks, snapshotMs: number): Promise<void> {
    await this.#snapshot?.finish(snapshotMs);
    this.#save(clocks.now);
    this.data.close();
  }

  #save(now: number): void {
    this.#savedAt = now;
    const { log, tracker } = this.#parts;
    const { swarms } = tracker;
    const counts = Array.from(swarms.recounted, (swarm) => ({
      infoHash: String.fromCharCode(...swarms.infoHash(swarm)),
      count: swarms.completed(swarm),
    }));
    try {
      if (counts.length > 0 || swarms.uncounted.size > 0) this.data.saveCompleted(counts, swarms.uncounted);
      swarms.recounted.clear();
      swarms.uncounted.clear();
      this.#saveTimeout(tracker.peerTimeout(now));
    } catch (error) {
      // A full disk stops no announce: the counts stay marked, and are tried again.
      log(`Cannot keep the counts: ${error instanceof Error ? error.message : error}`);
    }
  }

  #saveTimeout(seconds: number): void {
    if (seconds === this.#timeoutSeconds) return;
    this.data.setSetting("peerTimeoutSeconds", String(seconds));
    this.#timeoutSeconds = seconds;
  }

  /** The interval may be a shorter one in this start: who was told the former one is waited for. */
  #restoreTimeout(): void {
    const seconds = Number(this.data.setting("peerTimeoutSeconds") ?? NaN);
    if (!Number.isInteger(seconds)) return;
    this.#timeoutSeconds = seconds;
    this.#parts.tracker.owe(seconds);
  }

  #restoreSeed(): void {
    const seed = Number(this.data.setting("keySeed") ?? NaN);
    if (Number.isInteger(seed)) this.#parts.tracker.keySeed = seed;
    else this.data.setSetting("keySeed", String(this.#parts.tracker.keySeed));
  }
}
