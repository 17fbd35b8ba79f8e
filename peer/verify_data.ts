// Checks data against a torrent, without a swarm and without writing a byte.

import type { Bitfield, Metainfo } from "../protocol/mod.ts";
import { Disk } from "./storage/disk.ts";
import type { FileStamp } from "./storage/file_stamp.ts";
import { workersFor } from "./storage/piece_batches.ts";
import { DiskPool } from "./storage/worker_pool.ts";

/** What to check, and whom to tell. */
export interface VerifyOptions {
  /** The file, or the folder for a torrent of several files. */
  path: string;
  /** Called as pieces are looked at, with how many were so far. */
  onProgress?(checked: number, pieces: number): void;
  /**
   * Called, after the pieces, for each file without bytes that is missing, with its index in the torrent's list. No piece
   * tells of these: data is whole when all pieces are right and this is never called.
   */
  onMissingEmpty?(index: number): void;
}

/**
 * Hashes the pieces at `options.path` on all cores and tells which are right. Files that are missing count as wrong pieces,
 * also where a download that skipped them has kept bytes of theirs; those without bytes are told of by `onMissingEmpty`. Nothing
 * is made or changed. Needs `--allow-read` for the path.
 *
 * @throws {StorageError} if something there can't be read
 *
 * @example
 * ```ts
 * import { parseMetainfo, verifyData } from "@seedling/seedling";
 *
 * const metainfo = await parseMetainfo(await Deno.readFile("video.torrent"));
 * const right = await verifyData(metainfo, { path: "video.mkv" });
 * console.log(right.isComplete ? "all is well" : [...right.missing()]);
 * ```
 */
export async function verifyData(metainfo: Metainfo, options: VerifyOptions): Promise<Bitfield> {
  const { pieceCount } = metainfo.layout;
  const pool = new DiskPool({});
  pool.warm(workersFor(metainfo.totalLength));
  const disk = new Disk(pool, metainfo, options.path);
  let checked = 0;
  try {
    // The bytes in the part file are in no file yet; and close() removes a part file that was looked for and isn't needed.
    const right = await disk.check(() => options.onProgress?.(++checked, pieceCount), { filesAlone: true });
    for (const index of await missingEmpty(disk)) options.onMissingEmpty?.(index);
    return right;
  } finally {
    await disk.close();
    await pool.close();
  }
}

async function missingEmpty(disk: Disk): Promise<number[]> {
  const empty = [...disk.files.keys()].filter((i) =>
    disk.files[i]?.length === 0 && !disk.files[i]?.isPadding
  );
  const stamps = await disk.stamps(empty);
  return empty.filter((_, at) => (stamps[at] as FileStamp).length < 0);
}
