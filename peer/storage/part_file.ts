// Where the bytes of skipped files lie that came with pieces of wanted ones: in one hidden file beside the output, each at
// its place in the torrent, so that no file appears that nobody asked for. Sparse: it takes as much as was written.
//
// Which files' bytes go there, parts.ts decides: a byte for each file in memory that all disk threads share.

import { dirname } from "node:path";
import { makeFile, type OpenFiles } from "./open_files.ts";
import { errorCode } from "./errors.ts";

/** One torrent's part file, seen from a disk thread. */
export class PartFile {
  readonly path: string;
  readonly #holds: Uint8Array;
  readonly #open: OpenFiles;
  readonly #owner: object;

  /** @param holds by file: 1 if its bytes are here. */
  constructor(path: string, holds: Uint8Array, { open, owner }: { open: OpenFiles; owner: object }) {
    this.path = path;
    this.#holds = holds;
    this.#open = open;
    this.#owner = owner;
  }

  holds(fileIndex: number): boolean {
    return this.#holds[fileIndex] === 1;
  }

  forReading(): number {
    return this.#open.forReading(this.path, this.#owner);
  }

  /** Makes it if need be; never through a link. */
  forWriting(): number {
    try {
      return this.#open.forWriting(this.path, this.#owner, dirname(this.path));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      return this.#open.keep(this.path, this.#owner, makeFile(this.path, dirname(this.path)));
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error; // else another thread was first
      return this.#open.forWriting(this.path, this.#owner, dirname(this.path));
    }
  }
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || (error as { kind?: string }).kind === "missing";
}
