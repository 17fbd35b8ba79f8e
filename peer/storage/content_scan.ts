// Which files a new torrent is made of: a file, or everything in a folder. Names and lengths only; nothing is read.
//
// Hidden files are kept. A symbolic link is followed where it stays inside the folder, and refused where it leads out or in
// a circle: what is shared with the world must be what the folder shows.

import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import { StorageError, storageError } from "./errors.ts";

/** A file found, and its path as the torrent tells it. */
export interface FoundFile {
  /** Absolute. */
  absolutePath: string;
  /** Components below the folder; empty for a single file. */
  path: string[];
  /** Bytes. */
  length: number;
}

/** What is at a path. */
export interface Content {
  /** Last component of the path. */
  name: string;
  isSingleFile: boolean;
  /** Sorted by path. */
  files: FoundFile[];
}

/** Finds the files. Throws StorageError for what can't be shared, and for a path with no bytes in it. */
export async function scanContent(path: string): Promise<Content> {
  const absolutePath = resolve(path);
  const name = basename(absolutePath);
  const { kind, length } = await look(absolutePath);
  const files: FoundFile[] = [];
  if (kind === "file") files.push({ absolutePath, path: [], length });
  else await scanFolder(absolutePath, [], [await real(absolutePath)], files);
  if (files.every((file) => file.length === 0)) {
    const text = kind === "file" ? "it is empty" : "there is nothing in it";
    throw new StorageError(`Cannot make a torrent of ${absolutePath}: ${text}`, absolutePath, "empty");
  }
  return { name, isSingleFile: kind === "file", files };
}

/** `trail` holds the real paths of the folders above, the torrent's own first. */
async function scanFolder(
  folder: string,
  path: readonly string[],
  trail: readonly string[],
  found: FoundFile[],
): Promise<void> {
  const root = trail[0] as string;
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw storageError("read the folder", folder, error);
  }
  // By component, so that a folder's files stay together; by code unit, so that every machine gets the same info hash.
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const absolutePath = join(folder, entry.name);
    const target = await real(absolutePath);
    if (entry.isSymbolicLink() && !isInside(target, root)) {
      throw refusedLink(absolutePath, `leads out of the folder, to ${target}`);
    }
    const { kind, length } = await look(absolutePath);
    const below = [...path, entry.name];
    if (kind === "file") {
      found.push({ absolutePath, path: below, length });
      continue;
    }
    if (trail.includes(target)) throw refusedLink(absolutePath, "leads back to a folder above it");
    await scanFolder(absolutePath, below, [...trail, target], found);
  }
}

async function look(path: string): Promise<{ kind: "file" | "folder"; length: number }> {
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    throw storageError("read", path, error);
  }
  if (found.isFile()) return { kind: "file", length: found.size };
  if (found.isDirectory()) return { kind: "folder", length: 0 };
  throw new StorageError(`Cannot share ${path}: it is a device, pipe or socket`, path, "special");
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw storageError("follow", path, error);
  }
}

function isInside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function refusedLink(path: string, problem: string): StorageError {
  const text = `Cannot share ${path}: the symbolic link ${problem}: remove it or put the data in its place`;
  return new StorageError(text, path, "outside");
}
