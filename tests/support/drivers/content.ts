// What is transferred: files with bytes that look random but are the same in every run, and their digests.

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { pseudoRandomBytes } from "../random.ts";
import { writeAll } from "../socket_pair.ts";

/** One thing to make a torrent of: a file, or a folder of files. */
export interface Content {
  /** File or folder name, and the torrent's name. */
  name: string;
  /** For people: "one file", "several files". */
  shape: string;
  files: { path: string; length: number }[];
  isSingleFile: boolean;
  totalLength: number;
  pieceLength: number;
  /** Only the first bytes of each piece are written: pieces differ, and the disk holds next to nothing. */
  isSparse?: boolean;
}

/** Describes files of the given lengths by their paths; one file with the path "" is a torrent of a single file. */
export function describeContent(
  shape: string,
  name: string,
  pieceLength: number,
  files: [string, number][],
): Content {
  const totalLength = files.reduce((sum, [, length]) => sum + length, 0);
  const isSingleFile = files.length === 1 && files[0]?.[0] === "";
  return {
    name,
    shape,
    pieceLength,
    totalLength,
    isSingleFile,
    files: files.map(([path, length]) => ({ path, length })),
  };
}

const CHUNK_BYTES = 16 * 1024 * 1024;

/** Writes `content` into `folder` and returns where it is. */
export async function writeContent(content: Content, folder: string): Promise<string> {
  const root = join(folder, content.name);
  for (const [index, { path, length }] of content.files.entries()) {
    const target = path === "" ? root : join(root, path);
    await Deno.mkdir(dirname(target), { recursive: true });
    using file = await Deno.open(target, { write: true, create: true });
    if (content.isSparse) {
      await writeSparse(file, length, content.pieceLength);
      continue;
    }
    // A seed for each chunk, so that no two pieces are the same.
    for (let at = 0, chunk = 0; at < length; at += CHUNK_BYTES, chunk++) {
      const seed = (index + 1) * 4096 + chunk;
      await writeAll(file, pseudoRandomBytes(Math.min(CHUNK_BYTES, length - at), seed));
    }
  }
  return root;
}

const SPARSE_STAMP_BYTES = 4096;

async function writeSparse(file: Deno.FsFile, length: number, pieceLength: number): Promise<void> {
  await file.truncate(length);
  for (let at = 0; at < length; at += pieceLength) {
    await file.seek(at, Deno.SeekMode.Start);
    await writeAll(file, pseudoRandomBytes(Math.min(SPARSE_STAMP_BYTES, length - at), at / pieceLength));
  }
}

/** SHA-256 of every file below `root` (or of the file `root`), by relative path. */
export async function digest(root: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const visit = async (path: string, relative: string): Promise<void> => {
    if ((await Deno.stat(path)).isFile) {
      digests.set(relative, createHash("sha256").update(await Deno.readFile(path)).digest("hex"));
      return;
    }
    for await (const entry of Deno.readDir(path)) {
      await visit(join(path, entry.name), relative === "" ? entry.name : `${relative}/${entry.name}`);
    }
  };
  await visit(root, "");
  return new Map([...digests].sort(([a], [b]) => a < b ? -1 : 1));
}
