// The files a disk thread holds open: a bounded number, the least recently used closed first, so that a torrent of
// 10,000 files needs no more than one of ten.

import { closeSync, lstatSync, openSync, realpathSync } from "node:fs";
import { dirname, sep } from "node:path";
import { StorageError, storageError } from "./errors.ts";

const MAX_OPEN_FILES = 64;

interface OpenFile {
  fd: number;
  isWritable: boolean;
  owner: object;
}

/** File descriptors by path, at most 64 at a time. */
export class OpenFiles {
  readonly #limit: number;
  // In order of use: a Map remembers the order of insertion.
  readonly #files = new Map<string, OpenFile>();
  /** By owner: folders that lie inside its root after all links are followed. */
  readonly #inside = new Map<object, Set<string>>();

  constructor(limit: number = MAX_OPEN_FILES) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#files.size;
  }

  /** A descriptor for reading. Throws what the system says. */
  forReading(path: string, owner: object): number {
    const open = this.#reuse(path, owner, false);
    if (open) return open.fd;
    this.#makeRoom();
    return this.#keep(path, { fd: openSync(path, "r"), isWritable: false, owner });
  }

  /**
   * A descriptor for reading and writing of a file that exists; never creates or shortens one. With `root` the
   * file must lie in that folder even after all symbolic links are followed.
   */
  forWriting(path: string, owner: object, root?: string): number {
    const open = this.#reuse(path, owner, true);
    if (open) return open.fd;
    this.#makeRoom();
    const fd = root === undefined ? openSync(path, "r+") : this.#openInside(path, owner, root);
    return this.#keep(path, { fd, isWritable: true, owner });
  }

  /** Closes the files that `owner` opened. */
  closeOf(owner: object): void {
    for (const [path, file] of this.#files) {
      if (file.owner === owner) this.#close(path, file);
    }
    this.#inside.delete(owner);
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

  /**
   * Each folder is followed to its real place once, not each file: of a torrent of 10,000 files that was a third of
   * a second. The file itself must be no link, or one that stays inside.
   */
  #openInside(path: string, owner: object, root: string): number {
    let inside = this.#inside.get(owner);
    if (inside === undefined) this.#inside.set(owner, inside = new Set());
    const folder = dirname(path);
    if (!inside.has(folder)) refuseOutside(folder, root);
    inside.add(folder);
    // O_NOFOLLOW is no help: where permissions are limited the runtime resolves the path before it opens it.
    if (lstatSync(path).isSymbolicLink()) refuseOutside(path, root);
    return openSync(path, "r+");
  }

  #makeRoom(): void {
    for (const [oldest, file] of this.#files) {
      if (this.#files.size < this.#limit) return;
      this.#close(oldest, file);
    }
  }

  #keep(path: string, file: OpenFile): number {
    this.#files.set(path, file);
    return file.fd;
  }

  #close(path: string, file: OpenFile): void {
    this.#files.delete(path);
    closeSync(file.fd);
  }
}

/** Throws StorageError if `path`, which exists, is really somewhere outside `root`. */
export function refuseOutside(path: string, root: string): void {
  let real: string;
  let realRoot: string;
  try {
    real = realpathSync(path);
    realRoot = realpathSync(root);
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
