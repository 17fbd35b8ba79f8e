// What is transferred: files with bytes that look random but are the same in every run, and their digests.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { pseudoRandomBytes } from "../../support/random.ts";

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

const KIB = 1024;

/** Not a multiple of the piece length, nor of a block's. */
export const oneFile = describeContent("one file", "lecture.mkv", 256 * KIB, [["", 20_000_003]]);

/** Pieces that span files, a file shorter than a block, a deep path, and a name beyond ASCII. */
export const severalFiles = describeContent("several files", "album", 64 * KIB, [
  ["01 overture.flac", 5_000_011],
  ["02 – größer.flac", 3_333_333],
  ["artwork/cover.png", 262_144],
  ["artwork/print/back cover.tiff", 2_097_151],
  ["notes.txt", 701],
]);

/** Large enough for many peers to trade. */
export const swarmFile = describeContent("one file", "swarm.img", 256 * KIB, [["", 40_000_001]]);

function describeContent(
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
