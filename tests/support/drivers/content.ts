// What is transferred: files with bytes that look random but are the same in every run, and their digests.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { pseudoRandomBytes } from "../random.ts";

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

/** Writes `content` into `folder` and returns where it is. */
export async function writeContent(content: Content, folder: string): Promise<string> {
  const root = join(folder, content.name);
  for (const [index, file] of content.files.entries()) {
    const path = file.path === "" ? root : join(root, file.path);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, pseudoRandomBytes(file.length, index + 1));
  }
  return root;
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
