// Compares a copy with its original, byte for byte.

import { join } from "node:path";
import type { Metainfo } from "../../protocol/mod.ts";

const BUFFER_BYTES = 1 << 20;

/** The first difference in words, or undefined when the two are the same. */
export async function compareCopies(
  metainfo: Metainfo,
  original: string,
  copy: string,
): Promise<string | undefined> {
  for (const { path, isPadding } of metainfo.files) {
    if (isPadding) continue;
    const parts = metainfo.isSingleFile ? [] : path;
    const difference = await compareFiles(join(original, ...parts), join(copy, ...parts));
    if (difference !== undefined) return difference;
  }
  return undefined;
}

async function compareFiles(original: string, copy: string): Promise<string | undefined> {
  using a = await Deno.open(original);
  using b = await Deno.open(copy);
  const mine = new Uint8Array(BUFFER_BYTES);
  const theirs = new Uint8Array(BUFFER_BYTES);
  for (let at = 0;; at += BUFFER_BYTES) {
    const [n, m] = await Promise.all([readFully(a, mine), readFully(b, theirs)]);
    if (n !== m) return `${copy} has another length`;
    for (let i = 0; i < n; i++) {
      if (mine[i] !== theirs[i]) return `${copy} at byte ${at + i}`;
    }
    if (n < BUFFER_BYTES) return undefined;
  }
}

async function readFully(file: Deno.FsFile, into: Uint8Array): Promise<number> {
  let at = 0;
  while (at < into.length) {
    const n = await file.read(into.subarray(at));
    if (n === null) break;
    at += n;
  }
  return at;
}
