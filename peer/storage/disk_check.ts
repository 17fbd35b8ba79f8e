// What a torrent's files hold: looked at, and hashed on all disk threads where an earlier run's word isn't enough. Changes
// nothing; disk.ts does. Files that do not exist count as missing.

import { Bitfield } from "../../protocol/bitfield.ts";
import type { Metainfo } from "../../protocol/metainfo.ts";
import { changedFile } from "./errors.ts";
import type { StorageFile } from "./file_map.ts";
import { type FileStamp, isSettled, NO_FILE } from "./file_stamp.ts";
import { inLanes } from "./lanes.ts";
import type { Parts } from "./parts.ts";
import { forEachBatch } from "./piece_batches.ts";
import type { SavedPieces } from "./resume_state.ts";
import { trustIn } from "./resume_trust.ts";
import type { DiskPool } from "./worker_pool.ts";
import type { WriteWatch } from "./write_watch.ts";

// A job of so many files takes a disk thread some milliseconds; other torrents get their turn between two.
export const FILES_PER_JOB = 256;

/** How to check. */
export interface CheckOptions {
  /** Ends the check early: it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** What an earlier run knew: pieces in files that look as they did then are not read. */
  saved?: SavedPieces | undefined;
  /** Only the files themselves count: the part file is not looked for. Default false. */
  filesAlone?: boolean;
}

/** Which files, and who looks at them. */
export interface DiskCheckOptions {
  pool: DiskPool;
  /** Its number there. */
  torrent: number;
  metainfo: Metainfo;
  files: readonly StorageFile[];
  parts: Parts;
  writes: WriteWatch;
  /** Absolute. */
  output: string;
}

/** The looks at one torrent's files. */
export class DiskCheck {
  /** What the last one found. */
  verified: Bitfield;
  /** Nothing at all was at the output: no file, no folder. */
  isFresh = false;
  /** Pieces that were read. */
  hashed = 0;
  /** How the files looked before they were read; undefined for one that had been written a moment before. */
  stampsBefore: (FileStamp | undefined)[] = [];
  readonly #options: DiskCheckOptions;

  constructor(options: DiskCheckOptions) {
    this.#options = options;
    this.verified = new Bitfield(options.metainfo.layout.pieceCount);
  }

  /** Hashes what is on disk and not known, and returns which pieces are right: the caller's own copy. */
  async run(
    onPiece: (index: number, isRight: boolean) => void,
    options: CheckOptions & { signal: AbortSignal },
  ): Promise<Bitfield> {
    this.verified = await this.#hash(onPiece, options);
    return this.verified.clone();
  }

  /** How all files look now. What others have done to them since the last look is noticed. */
  async look(): Promise<FileStamp[]> {
    const { files, writes } = this.#options;
    // One look tells it all where nothing is yet, and spares a download the start of a disk thread before its first
    // announce: a tenth of a second.
    this.isFresh = await isMissing(this.#options.output);
    const stamps = this.isFresh
      ? files.map((file) => file.isPadding ? { length: file.length, modifiedMs: 0 } : NO_FILE)
      : await this.stamps(files.map((_, i) => i));
    // One that isn't there has no bytes: it has become shorter only if it had some.
    for (const [i, stamp] of stamps.entries()) {
      if (stamp.length < 0) writes.notice(i, { ...stamp, length: 0 }, 0);
    }
    return stamps;
  }

  /** How these look now, in their order. What others have done to those that are there is noticed. */
  async stamps(files: readonly number[]): Promise<FileStamp[]> {
    const { pool, torrent, writes } = this.#options;
    const seenMs = files.map((i) => writes.seenMs(i));
    const stamps = await inspect(pool, torrent, files);
    for (const [at, i] of files.entries()) {
      const stamp = stamps[at] as FileStamp;
      if (stamp.length >= 0) writes.notice(i, stamp, seenMs[at] as number);
    }
    return stamps;
  }

  /**
   * Looks at files that have a part of wrong pieces: what another program has written to one must not be written over.
   *
   * @throws {StorageError} naming the first that isn't as we left it
   */
  async refuseForeign(files: readonly number[], wrong: number): Promise<void> {
    await this.stamps(files);
    const first = files.find((i) => this.#options.writes.isForeign(i));
    if (first !== undefined) throw changedFile(this.#options.files[first] as StorageFile, wrong);
  }

  /** Every piece that touches the file is right. */
  isWhole(file: StorageFile): boolean {
    for (const index of this.#piecesOf(file)) if (!this.verified.has(index)) return false;
    return true;
  }

  /** Reads what these files have of some pieces, and returns which of these are wrong. */
  wrongIn(files: readonly number[], pieces: Bitfield, signal: AbortSignal): Promise<number[]> {
    const toRead = new Bitfield(pieces.length);
    for (const i of files) {
      for (const index of this.#piecesOf(this.#options.files[i] as StorageFile)) {
        if (pieces.has(index)) toRead.set(index);
      }
    }
    return this.#wrong(toRead, signal);
  }

  /**
   * Looks whether other programs have changed the part file since the last look, and returns which pieces are wrong by that.
   * They are as good as never fetched: nobody but us knows of that file.
   */
  async lostParts(have: Bitfield, signal: AbortSignal): Promise<number[]> {
    const { parts, writes } = this.#options;
    const stamp = await parts.look(writes);
    if (!writes.isForeign(parts.number)) return [];
    const toRead = new Bitfield(have.length);
    for (const index of parts.pieces) if (have.has(index)) toRead.set(index);
    const lost = await this.#wrong(toRead, signal);
    writes.forgive(parts.number, stamp ?? { length: 0, modifiedMs: 0 });
    return lost;
  }

  async #wrong(toRead: Bitfield, signal: AbortSignal): Promise<number[]> {
    const { metainfo: { layout }, pool, torrent } = this.#options;
    const wrong: number[] = [];
    await forEachBatch(layout, toRead, pool.size, signal, async (from, to) => {
      const verdicts = await pool.run({ op: "check", torrent, from, to, afresh: true });
      for (const [at, isRight] of verdicts.entries()) if (isRight === 0) wrong.push(from + at);
    });
    return wrong;
  }

  *#piecesOf({ length, offset }: StorageFile): Generator<number> {
    if (length === 0) return;
    const { pieceLength } = this.#options.metainfo.layout;
    const last = Math.floor((offset + length - 1) / pieceLength);
    for (let index = Math.floor(offset / pieceLength); index <= last; index++) yield index;
  }

  async #hash(
    onPiece: (index: number, isRight: boolean) => void,
    { signal, saved, filesAlone = false }: CheckOptions & { signal: AbortSignal },
  ): Promise<Bitfield> {
    signal.throwIfAborted();
    const { pool, torrent, metainfo, files, parts, writes } = this.#options;
    const { layout } = metainfo;
    const lookedAt = Date.now();
    writes.start(lookedAt);
    const stamps = await this.look();
    signal.throwIfAborted();
    this.stampsBefore = stamps.map((stamp) => isSettled(stamp, lookedAt) ? stamp : undefined);
    const toRead = piecesOnDisk(metainfo, files, stamps);
    const claimed = this.isFresh || filesAlone ? new Set<number>() : await parts.claim(stamps);
    await parts.look(writes); // so that it shows if it goes from now on
    for (const index of claimed) toRead.set(index);
    const trust = saved && trustIn(saved, files, layout, stamps);
    const verified = trust?.trusted ?? new Bitfield(layout.pieceCount);
    for (let index = 0; index < layout.pieceCount; index++) {
      if (!toRead.has(index) || claimed.has(index)) verified.clear(index);
      if (trust?.unknown.has(index) === false && !claimed.has(index)) toRead.clear(index);
      if (!toRead.has(index)) onPiece(index, verified.has(index));
    }
    this.hashed = toRead.count;
    await forEachBatch(layout, toRead, pool.size, signal, async (from, to) => {
      const verdicts = await pool.run({ op: "check", torrent, from, to });
      // Whoever ended the check wants to hear nothing more of it.
      if (signal.aborted) return;
      for (let index = from; index < to; index++) {
        const isRight = verdicts[index - from] === 1;
        if (isRight) verified.set(index);
        onPiece(index, isRight);
      }
    });
    return verified;
  }
}

/** How files of a torrent of the pool's look, in their order. */
export async function inspect(
  pool: DiskPool,
  torrent: number,
  files: readonly number[],
): Promise<FileStamp[]> {
  const found: FileStamp[][] = [];
  const starts = Array.from(
    { length: Math.ceil(files.length / FILES_PER_JOB) },
    (_, i) => i * FILES_PER_JOB,
  );
  await inLanes(pool.size, starts, async (from) => {
    found[from / FILES_PER_JOB] = await pool.run({
      op: "inspect",
      torrent,
      files: files.slice(from, from + FILES_PER_JOB),
    });
  });
  return found.flat();
}

/** True only if nothing is there for sure: all other trouble is told by who opens the file. */
async function isMissing(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** The pieces that are worth reading: all of their bytes are on the disk, right or wrong. */
function piecesOnDisk(
  metainfo: Metainfo,
  files: readonly StorageFile[],
  stamps: readonly FileStamp[],
): Bitfield {
  const { pieceLength, pieceCount } = metainfo.layout;
  const pieces = new Bitfield(pieceCount);
  pieces.setAll();
  files.forEach((file, i) => {
    const onDisk = Math.max(0, (stamps[i] as FileStamp).length);
    if (onDisk >= file.length) return;
    const last = Math.floor((file.offset + file.length - 1) / pieceLength);
    for (let index = Math.floor((file.offset + onDisk) / pieceLength); index <= last; index++) {
      pieces.clear(index);
    }
  });
  return pieces;
}
