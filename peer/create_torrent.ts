// Makes a .torrent of a file or a folder: finds the files, hashes them on all disk threads, writes the metainfo.
// https://www.bittorrent.org/beps/bep_0003.html — which files are shared is content_scan.ts's matter.

import { Bitfield } from "../protocol/bitfield.ts";
import { encodeMetainfo } from "../protocol/metainfo.ts";
import { PieceLayout } from "../protocol/piece_layout.ts";
import { VERSION } from "../protocol/version.ts";
import { type Content, scanContent } from "./storage/content_scan.ts";
import { inspect } from "./storage/disk_check.ts";
import { StorageError } from "./storage/errors.ts";
import type { StorageFile } from "./storage/file_map.ts";
import { type FileStamp, isSameStamp } from "./storage/file_stamp.ts";
import { forEachBatch, workersFor } from "./storage/piece_batches.ts";
import { DiskPool } from "./storage/worker_pool.ts";

const MIN_PIECE_LENGTH = 16 * 1024;
const MAX_DEFAULT_PIECE_LENGTH = 16 * 1024 * 1024;
const MAX_PIECE_LENGTH = 64 * 1024 * 1024;
// Few enough that the .torrent stays small, many enough that peers soon have something to trade.
const AIMED_PIECES = 1500;
const CREATED_BY = `Seedling/${VERSION}`;

/** What to make a torrent of, and what to say in it. */
export interface CreateOptions {
  /** The file or folder. Hidden files are included. */
  path: string;
  /**
   * Files and folders that are no part of it, nor links to them: the .torrent, if that is going to lie in the folder. They
   * need not be there.
   */
  exclude?: string[];
  /** Name that peers see and save under. Default: the last part of `path`. */
  name?: string;
  /** Bytes: a power of two from 16 KiB to 64 MiB. Default: by size, for about 1500 pieces, 16 MiB at most. */
  pieceLength?: number;
  /** Announce URLs in tiers, the first tried first (BEP 12). */
  trackers?: string[][];
  /** URLs that serve the same files over HTTP (BEP 19). */
  webSeeds?: string[];
  /** For people. */
  comment?: string;
  /** Peers come from the trackers alone (BEP 27). */
  isPrivate?: boolean;
  /** Which site it is for: gives the same files another info hash. */
  source?: string;
  /** Default now; null leaves the date out, so that the same files always give the same bytes. */
  createdAt?: Date | null;
  /** Called as hashing goes on. Bytes. */
  onProgress?(done: number, total: number): void;
  /** Ends it early: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Disk threads to use. Default: some of its own, ended afterwards. */
  pool?: DiskPool;
}

/**
 * Makes a torrent (BEP 3) and returns the .torrent's bytes. The files are read once, on all disk threads, and not changed.
 *
 * @throws {StorageError} A file can't be read, was changed meanwhile, or can't be shared (a link that leads out of the
 * folder, a device); or there is nothing to share.
 * @throws {MetainfoError} A name, tracker or web seed can't be told in a torrent; said before anything is hashed.
 * @throws {RangeError} `pieceLength` can't be used.
 *
 * @example
 * ```ts
 * import { createTorrent } from "@seedling/seedling";
 *
 * const bytes = await createTorrent({ path: "video.mkv", trackers: [["http://localhost:6969/announce"]] });
 * await Deno.writeFile("made.torrent", bytes);
 * ```
 */
export async function createTorrent(options: CreateOptions): Promise<Uint8Array> {
  const { pieceLength: asked, signal } = options;
  if (asked !== undefined) checkPieceLength(asked);
  const content = await scanContent(options.path, options.exclude);
  signal?.throwIfAborted();
  const totalLength = content.files.reduce((sum, file) => sum + file.length, 0);
  const layout = new PieceLayout(asked ?? defaultPieceLength(totalLength), totalLength);
  const draft = {
    ...describe(content, options),
    pieceLength: layout.pieceLength,
    pieces: new Uint8Array(layout.pieceCount * 20),
  };
  const pool = options.pool ?? new DiskPool();
  pool.warm(workersFor(totalLength));
  try {
    // Once before the hashing, which may take minutes: a name or URL that can't be used is said at once.
    encodeMetainfo(draft);
    await hashPieces(content, layout, draft.pieces, pool, options);
  } finally {
    if (pool !== options.pool) await pool.close();
  }
  return encodeMetainfo(draft);
}

/** A power of two near to what gives 1500 pieces, from 16 KiB to 16 MiB. */
export function defaultPieceLength(totalLength: number): number {
  const exponent = Math.round(Math.log2(Math.max(1, totalLength / AIMED_PIECES)));
  return Math.min(Math.max(2 ** exponent, MIN_PIECE_LENGTH), MAX_DEFAULT_PIECE_LENGTH);
}

/** Fills in the hashes. */
async function hashPieces(
  content: Content,
  layout: PieceLayout,
  pieces: Uint8Array,
  pool: DiskPool,
  { onProgress, signal }: CreateOptions,
): Promise<void> {
  const { pieceLength, pieceCount, totalLength } = layout;
  const all = new Bitfield(pieceCount);
  all.setAll();
  const files = layOut(content.files);
  const torrent = pool.add({ files, root: undefined, pieceLength, pieces: new Uint8Array(0) });
  let done = 0;
  try {
    await forEachBatch(layout, all, pool.size, signal, async (from, to) => {
      pieces.set(await pool.run({ op: "hash", torrent, from, to }), from * 20);
      done += Math.min(to * pieceLength, totalLength) - from * pieceLength;
      onProgress?.(done, totalLength);
    });
    const stamps = await inspect(pool, torrent, [...files.keys()]);
    const changed = content.files.find((file, i) => !isSameStamp(file, stamps[i] as FileStamp));
    if (changed !== undefined) throw changedMeanwhile(changed.absolutePath);
  } finally {
    await pool.remove(torrent);
  }
}

/** Nobody could ever complete a torrent of what was half the old and half the new file. */
function changedMeanwhile(path: string): StorageError {
  const text = "another program has changed it while it was hashed: try again when that has ended";
  return new StorageError(`Cannot make a torrent of ${path}: ${text}`, path, "changed");
}

function layOut(found: readonly { absolutePath: string; length: number }[]): StorageFile[] {
  let offset = 0;
  return found.map(({ absolutePath, length }) => {
    const file = { path: absolutePath, length, offset, isPadding: false };
    offset += length;
    return file;
  });
}

/** All of the torrent but its pieces. */
function describe({ name, isSingleFile, files }: Content, options: CreateOptions) {
  const { trackers, webSeeds, comment, isPrivate, source, createdAt = new Date() } = options;
  return {
    name: options.name ?? name,
    length: isSingleFile ? files[0]?.length : undefined,
    files: isSingleFile ? undefined : files.map(({ path, length }) => ({ path, length })),
    createdBy: CREATED_BY,
    createdAt: createdAt ?? undefined,
    trackers,
    webSeeds,
    comment,
    isPrivate,
    source,
  };
}

function checkPieceLength(length: number): void {
  if (length >= MIN_PIECE_LENGTH && length <= MAX_PIECE_LENGTH && Number.isInteger(Math.log2(length))) return;
  throw new RangeError(
    `Cannot create a torrent: piece length must be a power of two ` +
      `from ${MIN_PIECE_LENGTH} to ${MAX_PIECE_LENGTH}: got ${length}`,
  );
}
