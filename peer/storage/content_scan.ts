// Which files a new torrent is made of: a file, or everything in a folder. Names and lengths only; nothing is read.
//
// Hidden files are kept. A symbolic link is followed where it stays inside the folder, and refused where it leads out or in
// a circle: what is shared with the world must be what the folder shows.

import { basename, dirname, join, resolve, sep } from "node:path";
import { StorageError, storageError } from "./errors.ts";
import { stampFrom } from "./file_stamp.ts";
import { inLanes } from "./lanes.ts";

// The runtime's own calls, not node:fs/promises: that one takes each start of the program 25 ms to load, and this one
// looks at 10,000 files in half the time.
/** System calls under way at once: each takes a thread, and more of them get in each other's way. */
const LOOKS_AT_ONCE = 8;

/** A file found, and its path as the torrent tells it. */
export interface FoundFile {
  /** Absolute. */
  absolutePath: string;
  /** Components below the folder; empty for a single file. */
  path: string[];
  /** Bytes. */
  length: number;
  /** Unix milliseconds of the last write. */
  modifiedMs: number;
}

/** What is at a path. */
export interface Content {
  /** Last component of the path. */
  name: string;
  isSingleFile: boolean;
  /** Sorted by path. */
  files: FoundFile[];
}

interface Found {
  kind: "file" | "folder";
  /** Bytes; 0 for a folder. */
  length: number;
  /** Unix milliseconds; 0 for a folder. */
  modifiedMs: number;
  /** The real path, free of links. */
  target: string;
}

/**
 * Finds the files, but for what is at the paths of `exclude`. Throws StorageError for what can't be shared, and for a path
 * with no bytes in it.
 */
export async function scanContent(path: string, exclude: readonly string[] = []): Promise<Content> {
  const absolutePath = resolve(path);
  const name = basename(absolutePath);
  const { kind, length, modifiedMs } = await look(absolutePath);
  const root = await real(absolutePath);
  const excluded = new Set(await Promise.all(exclude.map(realPlace)));
  if (excluded.has(root)) {
    const text = "all of it is left out: choose another place for the .torrent";
    throw new StorageError(`Cannot make a torrent of ${absolutePath}: ${text}`, absolutePath, "empty");
  }
  const files: FoundFile[] = [];
  if (kind === "file") files.push({ absolutePath, path: [], length, modifiedMs });
  else await scanFolder(absolutePath, [], [root], { excluded, files });
  if (files.every((file) => file.length === 0)) {
    const text = kind === "file" ? "it is empty" : "there is nothing in it";
    throw new StorageError(`Cannot make a torrent of ${absolutePath}: ${text}`, absolutePath, "empty");
  }
  return { name, isSingleFile: kind === "file", files };
}

/** What one scan goes by, and what it has found. */
interface Scan {
  /** Real paths. */
  excluded: ReadonlySet<string>;
  files: FoundFile[];
}

/** `trail` holds the real paths of the folders above, the torrent's own first. */
async function scanFolder(
  folder: string,
  path: readonly string[],
  trail: readonly string[],
  scan: Scan,
): Promise<void> {
  const root = trail[0] as string;
  const entries = await list(folder);
  // By component, so that a folder's files stay together; by code unit, so that every machine gets the same info hash.
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const realFolder = trail.at(-1) as string;
  const found: (Found | undefined)[] = new Array(entries.length);
  await inLanes(LOOKS_AT_ONCE, entries.entries(), async ([i, entry]) => {
    // Also a link that leads nowhere, which can't be looked at.
    if (scan.excluded.has(join(realFolder, entry.name))) return;
    found[i] = await lookInside(entry, join(folder, entry.name), realFolder, { root, ...scan });
  });
  for (const [i, each] of found.entries()) {
    if (each === undefined) continue;
    const { kind, length, modifiedMs, target } = each;
    const { name } = entries[i] as Deno.DirEntry;
    const absolutePath = join(folder, name);
    const below = [...path, name];
    if (kind === "file") {
      scan.files.push({ absolutePath, path: below, length, modifiedMs });
      continue;
    }
    if (trail.includes(target)) throw refusedLink(absolutePath, "leads back to a folder above it");
    await scanFolder(absolutePath, below, [...trail, target], scan);
  }
}

async function list(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    throw storageError("read the folder", folder, error);
  }
}

/**
 * What an entry of a folder is, and the real path of it: only of a link does that take another look. Undefined for a link
 * to what is left out.
 */
async function lookInside(
  entry: Deno.DirEntry,
  path: string,
  realFolder: string,
  { excluded, root }: { excluded: ReadonlySet<string>; root: string },
): Promise<Found | undefined> {
  if (!entry.isSymlink) {
    const target = join(realFolder, entry.name);
    return entry.isDirectory
      ? { kind: "folder", length: 0, modifiedMs: 0, target }
      : { ...await look(path), target };
  }
  const target = await real(path);
  if (excluded.has(target)) return undefined;
  if (!isInside(target, root)) throw refusedLink(path, `leads out of the folder, to ${target}`);
  return { ...await look(path), target };
}

async function look(path: string): Promise<Omit<Found, "target">> {
  let found;
  try {
    found = await Deno.stat(path);
  } catch (error) {
    throw storageError("read", path, error);
  }
  if (found.isFile) return { kind: "file", ...stampFrom(found) };
  if (found.isDirectory) return { kind: "folder", length: 0, modifiedMs: 0 };
  throw new StorageError(`Cannot share ${path}: it is a device, pipe or socket`, path, "special");
}

async function real(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    throw storageError("follow", path, error);
  }
}

/** As `real()`, also of what isn't there yet. What can't be looked at now is not to be found by a scan, either. */
async function realPlace(path: string): Promise<string> {
  const absolutePath = resolve(path);
  try {
    return await Deno.realPath(absolutePath);
  } catch {
    const folder = await Deno.realPath(dirname(absolutePath)).catch(() => dirname(absolutePath));
    return join(folder, basename(absolutePath));
  }
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function refusedLink(path: string, problem: string): StorageError {
  const text = `Cannot share ${path}: the symbolic link ${problem}: remove it or put the data in its place`;
  return new StorageError(text, path, "outside");
}
