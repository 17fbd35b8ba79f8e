// How a file looks from outside: enough to tell that nobody has written to it since.

import { errorCode, linkInPlace, StorageError, storageError } from "./errors.ts";

/** A file's length and the time of its last write. */
export interface FileStamp {
  /** Bytes; -1 where there is no file. */
  length: number;
  /** Unix milliseconds, whole; 0 where there is no file. */
  modifiedMs: number;
  /** Which file it is, whatever it is called; not there if that isn't known. Not kept. */
  inode?: number;
}

/** What there is of a file that isn't there. */
export const NO_FILE: FileStamp = { length: -1, modifiedMs: 0 };

/** The stamp of a file that the system has looked at. */
export function stampFrom(
  { ino, mtime, size }: Pick<Deno.FileInfo, "ino" | "mtime" | "size">,
): Required<FileStamp> {
  return { length: size, modifiedMs: mtime?.getTime() ?? 0, inode: ino ?? 0 };
}

/** Systems keep the time of a write in ticks of 10 ms at most. */
const TICK_MS = 50;
/** Some file systems keep whole seconds, FAT every second one. */
const COARSE_TICK_MS = 2_000;

/** True if the two tell of the same state of a file. */
export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.length === b.length && a.modifiedMs === b.modifiedMs;
}

/**
 * True if any write after `lookedAtMs` (Unix), when the stamp was taken, would show in it. Right after a write another one
 * could fall into the same tick of the file system's clock and leave the time as it is.
 */
export function isSettled({ length, modifiedMs }: FileStamp, lookedAtMs: number): boolean {
  const tick = modifiedMs % 1000 === 0 ? COARSE_TICK_MS : TICK_MS;
  return length < 0 || lookedAtMs - modifiedMs >= tick;
}

/**
 * The stamp of what is at a path, at the end of its links; `NO_FILE` where nothing is.
 *
 * @throws {StorageError} if it is no file.
 */
export function stampOf(path: string): FileStamp {
  let stat;
  try {
    stat = Deno.statSync(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return NO_FILE;
    throw storageError("open", path, error);
  }
  if (stat.isFile) return stampFrom(stat);
  if (stat.isDirectory) {
    const text = `Cannot open ${path}: it is a folder, and a file should be there: choose another output`;
    throw new StorageError(text, path, "is-directory");
  }
  const text = `Cannot open ${path}: it is a device, pipe or socket, and a file should be there`;
  throw new StorageError(text, path, "special");
}

/**
 * The folder at a path where something is, at the end of its links.
 *
 * @throws {StorageError} if it is none.
 */
export function folderAt(path: string): Deno.FileInfo {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) return info;
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw linkInPlace(path);
    throw storageError("create the folder", path, error);
  }
  const text = `Cannot create the folder ${path}: a file is there: move it away or choose another output`;
  throw new StorageError(text, path, "not-directory");
}

/** What tells a file or folder from all others, wherever it is and whatever leads there. */
export function identityOf({ dev, ino }: Deno.FileInfo): string | undefined {
  return ino === null || ino === 0 ? undefined : `${dev} ${ino}`;
}

/** Which files are open, by device and number; where the system doesn't say, they aren't in here. */
const identities = new WeakMap<Deno.FsFile, { dev: number; ino: number }>();

/**
 * The stamp of a file that is open to be written to. What is written to one that has no name any more is lost.
 *
 * The first time by what is open, then by its path: to look at an open file the runtime follows all links of its path
 * before, which takes three times as long.
 *
 * @throws {StorageError} if the path leads to another file, or to none.
 */
export function openStamp(open: Deno.FsFile, path: string): FileStamp {
  const known = identities.get(open);
  if (known === undefined) {
    const info = open.statSync();
    if (info.ino) identities.set(open, { dev: info.dev, ino: info.ino });
    if (info.nlink !== 0) return stampFrom(info);
  } else {
    const info = lookFor(path);
    if (info?.ino === known.ino && info.dev === known.dev) return stampFrom(info);
  }
  const text =
    `Cannot write ${path}: another program has removed or replaced it since the start: start again`;
  throw new StorageError(text, path, "changed");
}

function lookFor(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(errorCode(error) ?? "")) return undefined;
    throw storageError("write", path, error);
  }
}
