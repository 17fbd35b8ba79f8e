// Where the bytes of skipped files lie that came with pieces of wanted ones: in one hidden file beside the output, so that
// no file appears that nobody asked for. Each piece has a place there (part_slots.ts).
//
// Which files' bytes go there, parts.ts decides: a byte for each file in memory that all disk threads share.

import { dirname } from "node:path";
import { makeFile, type OpenFiles } from "./open_files.ts";
import { errorCode, linkInPlace, storageError } from "./errors.ts";
import { stampOf } from "./file_stamp.ts";
import type { PartSlots } from "./part_slots.ts";

/** What it works with. */
export interface PartFileOptions {
  open: OpenFiles;
  owner: object;
  /** Called when first needed: few torrents have a part file. */
  slots(): PartSlots;
}

/** One torrent's part file, seen from a disk thread. */
export class PartFile {
  readonly path: string;
  readonly #holds: Uint8Array;
  readonly #open: OpenFiles;
  readonly #owner: object;
  readonly #makeSlots: () => PartSlots;
  #slots: PartSlots | undefined;

  /** @param holds by file: 1 if its bytes are here. */
  constructor(path: string, holds: Uint8Array, { open, owner, slots }: PartFileOptions) {
    this.path = path;
    this.#holds = holds;
    this.#open = open;
    this.#owner = owner;
    this.#makeSlots = slots;
  }

  holds(fileIndex: number): boolean {
    return this.#holds[fileIndex] === 1;
  }

  /** Where in it a byte of the torrent lies. */
  position(offset: number): number {
    this.#slots ??= this.#makeSlots();
    return this.#slots.position(offset);
  }

  /** @throws {StorageError} which names it: whoever asks knows of the torrent's files only. */
  forReading(): Deno.FsFile {
    try {
      return this.#open.forReading(this.path, this.#owner);
    } catch (error) {
      throw storageError("read", this.path, error);
    }
  }

  /**
   * Makes it if need be; never through a link.
   *
   * @throws {StorageError} as `forReading()` does
   */
  forWriting(): Deno.FsFile {
    try {
      return this.#openOrMake();
    } catch (error) {
      throw storageError("write", this.path, error);
    }
  }

  #openOrMake(): Deno.FsFile {
    try {
      return this.#open.forWriting(this.path, this.#owner, dirname(this.path));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      return this.#open.keep(this.path, this.#owner, makeFile(this.path, dirname(this.path)));
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error; // else another thread was first
      if (stampOf(this.path).length < 0) throw linkInPlace(this.path);
      return this.#open.forWriting(this.path, this.#owner, dirname(this.path));
    }
  }
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || (error as { kind?: string }).kind === "missing";
}
