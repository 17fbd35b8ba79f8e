// Keeps what is to survive a restart: opens the data file, fills the tracker from it, and writes back what changed.

import type { AdminState } from "./admin_state.ts";
import { DataFile } from "./data_file.ts";
import { TorrentRegistry } from "./torrent_registry.ts";
import type { Tracker } from "./tracker.ts";

/** What is kept of one tracker. */
export class Keeper {
  readonly data: DataFile;
  readonly registry: TorrentRegistry;

  private constructor(data: DataFile, registry: TorrentRegistry) {
    this.data = data;
    this.registry = registry;
  }

  /**
   * Opens a data file and fills the tracker with what it holds; without a path nothing is kept.
   *
   * @throws {TrackerStartError} if the file can't be used.
   */
  static open(path: string | undefined, tracker: Tracker, admin: AdminState): Keeper {
    const data = DataFile.open(path);
    data.loadLists(tracker.access);
    const registry = new TorrentRegistry(data, (torrents) => admin.setTorrents(torrents, "registry"));
    admin.setTorrents(registry.all, "registry");
    tracker.access.setRegistered(registry);
    return new Keeper(data, registry);
  }

  close(): void {
    this.data.close();
  }
}
