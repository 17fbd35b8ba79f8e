// The files a disk thread holds open: a bounded number, the least recently used closed first, so that a torrent of
// 10,000 files needs no more than one of ten. The runtime's own calls, not node:fs: that takes each disk thread 10 ms to
// load, and a look at an open file is five times as dear there.

import { dirname, sep } from "node:path";
import { StorageError, storageError } from "./errors.ts";

const MAX_OPEN_FILES = 64;

interface OpenFile {
  file: Deno.FsFile;
  isWritable: boolean;
  owner: object;
}

/** Files by path, at most 64 at a time. */
export class OpenFiles {
  readonly #limit: number;
  // In order of use: a Map remembers the order of insertion.
  readonly #files = new Map<string, OpenFile>();

  constructor(limit: number = MAX_OPEN_FILES) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#files.size;
  }

  /** Opens a file for reading. Throws what the system says. */
  forReading(path: string, owner: object): Deno.FsFile {
    return (this.#reuse(path, owner, false) ?? this.#open(path, owner, false)).file;
  }

  /**
   * Opens a file that exists for reading and writing; never creates or shortens one. With `root` the file must lie in that
   * folder even after all symbolic links are followed.
   */
  forWriting(path: string, owner: object, root?: string): Deno.FsFile {
    const open = this.#reuse(path, owner, true);
    if (open) return open.file;
    if (root !== undefined) refuseOutside(path, root);
    return this.#open(path, owner, true).file;
  }

  /** Keeps a file open that `owner` has made. */
  keep(path: string, owner: object, file: Deno.FsFile): Deno.FsFile {
    const before = this.#files.get(path);
    if (before) this.#close(path, before); // it was removed since
    this.#makeRoom();
    this.#files.set(path, { file, isWritable: true, owner });
    return file;
  }

  /** Closes a file: another one is in its place. */
  drop(path: string): void {
    const file = this.#files.get(path);
    if (file) this.#close(path, file);
  }

  /** Closes the files that `owner` opened. */
  closeOf(owner: object): void {
    for (const [path, file] of this.#files) {
      if (file.owner === owner) this.#close(path, file);
    }
  }

  close(): void {
    for (const [path, file] of this.#files) this.#close(path, file);
  }

  #reuse(path: string, owner: object, forWriting: boolean): OpenFile | undefined {
    const file = this.#files.get(path);
    if (!file) return undefined;
    // Another torrent's descriptor was opened under another root: that check does not count here.
    if (file.owner !== owner || (forWriting && !file.isWritable)) {
      this.#close(path, file);
      return undefined;
    }
    this.#files.delete(path);
    this.#files.set(path, file);
    return file;
  }

  #open(path: string, owner: object, isWritable: boolean): OpenFile {
    this.#makeRoom();
    const open = { file: Deno.openSync(path, { read: true, write: isWritable }), isWritable, owner };
    this.#files.set(path, open);
    return open;
  }

  #makeRoom(): void {
    for (const [oldest, file] of this.#files) {
      if (this.#files.size < this.#limit) return;
      this.#close(oldest, file);
    }
  }

  #close(path: string, { file }: OpenFile): void {
    this.#files.delete(path);
    file.close();
  }
}

/**
 * Makes a file and opens it for reading and writing: throws EEXIST where anything is already, be it a symbolic link that
 * leads nowhere. With `root` its folder must lie in that one even after all symbolic links are followed.
 */
export function makeFile(path: string, root?: string): Deno.FsFile {
  if (root !== undefined) refuseOutside(dirname(path), root);
  return Deno.openSync(path, { read: true, write: true, createNew: true });
}

/** Throws StorageError if `path`, which exists, is really somewhere outside `root`. */
export function refuseOutside(path: string, root: string): void {
  let real: string;
  let realRoot: string;
  try {
    real = Deno.realPathSync(path);
    realRoot = Deno.realPathSync(root);
  } catch (error) {
    throw storageError("write", path, error);
  }
  const inside = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
  if (real === realRoot || real.startsWith(inside)) return;
  throw new StorageError(
    `Cannot write ${path}: a symbolic link leads out of ${root} to ${real}: remove the link`,
    path,
    "outside",
  );
}
