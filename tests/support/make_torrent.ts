// Torrents out of nothing: metainfo and content for any sizes, the same for every run. Made without the parser and the
// bencoder, so that a test of something else does not depend on them.

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { InfoHash } from "../../protocol/info_hash.ts";
import type { Metainfo } from "../../protocol/metainfo.ts";
import { PieceLayout } from "../../protocol/piece_layout.ts";
import { pseudoRandomBytes } from "./random.ts";

/** Sizes are bytes. */
export interface MadeTorrentOptions {
  /** Default 32 KiB. */
  pieceLength?: number;
  /** Length of the only file; or of each file, named "0", "1"…; or files with their paths. Default 100,000. */
  files?: number | readonly (number | MadeFile)[];
  /** Another seed, another content. Default 1. */
  seed?: number;
  trackers?: string[][];
}

export interface MadeFile {
  path: string[];
  length: number;
  /** Zeros that are not on disk (BEP 47). */
  isPadding?: boolean;
}

/** A torrent and what it is of. */
export interface MadeTorrent {
  metainfo: Metainfo;
  /** All files end to end. */
  content: Uint8Array;
  /** A copy of one piece. */
  piece(index: number): Uint8Array;
  /** Writes the files to where a client would have them: `output` is the file, or the folder. */
  writeTo(output: string): Promise<void>;
  /** Throws unless the files at `output` are exactly the content. */
  compareWith(output: string): Promise<void>;
}

/** Makes a torrent of pseudo-random bytes. */
export async function makeTorrent(options: MadeTorrentOptions = {}): Promise<MadeTorrent> {
  const { pieceLength = 32 * 1024, seed = 1, trackers = [] } = options;
  const { files, isSingleFile } = layOut(options.files ?? 100_000);
  const totalLength = files.reduce((sum, file) => sum + file.length, 0);
  const content = pseudoRandomBytes(totalLength, seed);
  for (const file of files) if (file.isPadding) content.fill(0, file.offset, file.offset + file.length);
  const layout = new PieceLayout(pieceLength, totalLength);
  const piece = (index: number) => {
    const offset = layout.pieceOffset(index);
    return content.slice(offset, offset + layout.pieceLengthAt(index));
  };
  const pieces = new Uint8Array(layout.pieceCount * 20);
  for (let i = 0; i < layout.pieceCount; i++) {
    pieces.set(createHash("sha1").update(piece(i)).digest(), i * 20);
  }
  const infoBytes = new TextEncoder().encode(`not bencode: torrent ${seed} of ${totalLength} bytes`);
  const metainfo: Metainfo = {
    infoHash: await InfoHash.of(infoBytes),
    infoBytes,
    name: "made",
    layout,
    pieces,
    files,
    isSingleFile,
    isPrivate: false,
    totalLength,
    trackers,
    webSeeds: [],
  };
  const real = files.filter((file) => !file.isPadding);
  const pathOf = (output: string, path: string[]) => isSingleFile ? output : join(output, ...path);
  return {
    metainfo,
    content,
    piece,
    async writeTo(output) {
      for (const { path, offset, length } of real) {
        const target = pathOf(output, path);
        await Deno.mkdir(dirname(target), { recursive: true });
        await Deno.writeFile(target, content.subarray(offset, offset + length));
      }
    },
    async compareWith(output) {
      for (const { path, offset, length } of real) {
        const found = await Deno.readFile(pathOf(output, path));
        if (found.length !== length) {
          throw new Error(`${path.join("/")} has ${found.length} bytes, not ${length}`);
        }
        const different = found.findIndex((byte, i) => byte !== content[offset + i]);
        if (different >= 0) throw new Error(`${path.join("/")} differs at byte ${different}`);
      }
    },
  };
}

function layOut(sizes: number | readonly (number | MadeFile)[]): Pick<Metainfo, "files" | "isSingleFile"> {
  if (typeof sizes === "number") {
    return { files: [{ path: ["made"], length: sizes, offset: 0, isPadding: false }], isSingleFile: true };
  }
  let offset = 0;
  const files = sizes.map((size, i) => {
    const made = typeof size === "number" ? { path: [`${i}`], length: size } : size;
    const file = { path: made.path, length: made.length, offset, isPadding: made.isPadding ?? false };
    offset += made.length;
    return file;
  });
  return { files, isSingleFile: false };
}
