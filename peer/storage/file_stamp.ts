// How a file looks from outside: enough to tell that nobody has written to it since.

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
