// A file of made-up bytes and its .torrent, both on disk, made by the library.

import { createHash } from "node:crypto";
import { createTorrent } from "../../peer/create_torrent.ts";
import { pseudoRandomBytes } from "./random.ts";
import { writeAll } from "./socket_pair.ts";

const CHUNK_BYTES = 1 << 20;

export interface TorrentFile {
  /** The .torrent. */
  torrent: string;
  /** The data. */
  path: string;
  /** SHA-1 of any file, in hex: two files with the same one are the same. */
  sha1(path: string): Promise<string>;
}

/** Makes `dir/data.bin` and `dir/data.torrent`, or of another name. The bytes are the same for every run. */
export async function makeTorrentFile(
  dir: string,
  options: { size: number; pieceLength?: number; announce?: string; name?: string },
): Promise<TorrentFile> {
  const { name = "data" } = options;
  const path = `${dir}/${name}.bin`;
  await writeNoise(path, options.size);
  const bytes = await createTorrent({
    path,
    ...(options.pieceLength === undefined ? {} : { pieceLength: options.pieceLength }),
    ...(options.announce === undefined ? {} : { trackers: [[options.announce]] }),
  });
  const torrent = `${dir}/${name}.torrent`;
  await Deno.writeFile(torrent, bytes);
  return { torrent, path, sha1 };
}

/** A mebibyte at a time, each with a seed of its own. */
async function writeNoise(path: string, size: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    await writeAll(file, pseudoRandomBytes(Math.min(CHUNK_BYTES, size - at), at / CHUNK_BYTES));
  }
}

async function sha1(path: string): Promise<string> {
  const hash = createHash("sha1");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}
