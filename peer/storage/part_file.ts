// Where the bytes of skipped files lie that came with pieces of wanted ones: in one hidden file beside the output, so that
// no file appears that nobody asked for. Each piece has a place there (part_slots.ts).
//
// Which files' bytes go there, parts.ts decides: a byte for each file in memory that all disk threads share.

import { dirname } from "node:path";
import { makeFile, type OpenFiles } from "./open_files.ts";
import { errorCode, linkInPlace, StorageError, storageError } from "./errors.ts";
import { openStamp, stampOf } from "./file_stamp.ts";
import type { PartSlots } from "./part_slots.ts";
import { writeFully } from "./whole_bytes.ts";
import type { WriteWatch } from "./write_watch.ts";

/** What it works with. */
export interface PartFileOptions {
  open: OpenFiles;
  owner: object;
  /** Notices what other programs do to it, by its number there. */
  writes: WriteWatch;
  number: number;
  /** Called when first needed: few torrents have a part file. */
  slots(): PartSlots;
}

/** One torrent's part file, seen from a disk thread. */
export class PartFile {
  readonly path: string;
  readonly #holds: Uint8Array;
  readonly #open: OpenFiles;
  readonly #owner: object;
  readonly #writes: WriteWatch;
  readonly #number: number;
  readonly #makeSlots: () => PartSlots;
  #slots: PartSlots | undefined;

  /** @param holds by file: 1 if its bytes are here. */
  constructor(path: string, holds: Uint8Array, { open, owner, number, slots, writes }: PartFileOptions) {
    this.path = path;
    this.#holds = holds;
    this.#open = open;
    this.#owner = owner;
    this.#writes = writes;
    this.#number = number;
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

  /**
   * The one that is there by now: another thread may have made it anew, and what came since is in no other.
   *
   * @throws {StorageError} which names it: whoever asks knows of the torrent's files only.
   */
  forReading(): Deno.FsFile {
    try {
      return this.#withPresent(() => {
        const open = this.#open.forReading(this.path, this.#owner);
        openStamp(open, this.path);
        return open;
      });
    } catch (error) {
      throw storageError("read", this.path, error);
    }
  }

  /**
   * Writes bytes from `offset` of the torrent on. Makes the file if need be, also if it has been taken away; never through a
   * link.
   *
   * @param processorMs for how long this thread may have to wait for a processor
   * @throws {StorageError} as `forReading()` does
   */
  write(bytes: Uint8Array, offset: number, processorMs: number): void {
    try {
      this.#withPresent(() => this.#write(bytes, offset, processorMs));
    } catch (error) {
      throw storageError("write", this.path, error);
    }
  }

  /** Does it once more, with what has its name by now, if the file that is open hasn't any more. */
  #withPresent<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof StorageError && error.kind === "changed")) throw error;
      this.#writes.accuse(this.#number);
      this.#open.drop(this.path);
      return action();
    }
  }

  #write(bytes: Uint8Array, offset: number, processorMs: number): void {
    const open = this.#openOrMake();
    this.#writes.write(this.#number, {
      look: () => openStamp(open, this.path),
      write: () => writeFully(open, bytes, this.position(offset)),
      processorMs,
    });
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
