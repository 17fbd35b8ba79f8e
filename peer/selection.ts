// What a torrent's user wants of it: which files, how much, and in which order; and what a change of that means to the
// disk and the engine.

import type { Magnet, Metainfo } from "../protocol/mod.ts";
import type { TorrentEngine } from "./engine/torrent_engine.ts";
import { FilePriorities, type FilePriority } from "./file_priorities.ts";
import type { Disk } from "./storage/disk.ts";
import type { TorrentOptions } from "./torrent_options.ts";

/** One torrent's wishes. */
export class Selection {
  readonly #metainfo: Metainfo;
  readonly #priorities: FilePriorities;
  #isSequential: boolean;

  /** @throws {RangeError} if one of the files that `select` names isn't there */
  constructor(metainfo: Metainfo, options: TorrentOptions, magnet: Magnet | undefined) {
    this.#metainfo = metainfo;
    this.#priorities = new FilePriorities(metainfo, options.select, magnet);
    this.#isSequential = options.sequential ?? false;
  }

  get isSequential(): boolean {
    return this.#isSequential;
  }

  setSequential(isSequential: boolean, engine: TorrentEngine | undefined): void {
    this.#isSequential = isSequential;
    if (engine !== undefined) engine.isSequential = isSequential;
  }

  /** @throws {RangeError} if there is no such file */
  priority(fileIndex: number): FilePriority {
    return this.#priorities.get(fileIndex);
  }

  /** Each piece's level; undefined if all are wanted alike. */
  levels(): Uint8Array | undefined {
    return this.#priorities.levels();
  }

  isSkipped(fileIndex: number): boolean {
    return this.#priorities.isSkipped(fileIndex);
  }

  /** @throws {RangeError} if there is no such file or priority */
  check(fileIndex: number, priority: FilePriority): void {
    this.#priorities.check(fileIndex, priority);
  }

  /**
   * The engine hears of it at once; the promise is the disk's, which may have to move what is here of the file.
   *
   * @throws {RangeError} if there is no such file or priority
   */
  async set(
    fileIndex: number,
    priority: FilePriority,
    disk: Disk,
    engine: TorrentEngine | undefined,
  ): Promise<void> {
    const wasSkipped = this.#priorities.isSkipped(fileIndex);
    this.#priorities.set(fileIndex, priority);
    let moved: Promise<void> | undefined;
    if (this.#priorities.isSkipped(fileIndex)) {
      if (!wasSkipped) moved = disk.skip(fileIndex);
    } else if (wasSkipped) {
      moved = disk.want(fileIndex, engine?.have);
      for (const index of this.#ends(fileIndex)) engine?.keeping.forget(index); // it was written elsewhere
    }
    engine?.setPriorities(this.#priorities.levels(), performance.now());
    await moved;
  }

  /** The first and last piece of a file: others share no byte with another one. */
  #ends(fileIndex: number): number[] {
    const { files, layout } = this.#metainfo;
    const file = files[fileIndex];
    if (file === undefined || file.length === 0) return [];
    return [file.offset, file.offset + file.length - 1].map((at) => Math.floor(at / layout.pieceLength));
  }
}
