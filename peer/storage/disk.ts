// One torrent on disk: what the engine calls a PieceStore, done by the process's disk threads.
//
// The order of a start: check() says what the files hold and changes nothing; prepare() makes what is missing; then
// finish() and readSpan(). Rules about a user's data:
//
// - A file that is there is never shortened or replaced. A shorter one is extended, after the check.
// - A longer one may be anything. If its beginning holds the torrent's file whole (every piece that touches it is right)
//   nothing will ever be written to it: it is left alone and seeded. Otherwise prepare() refuses, naming it, before
//   a single file is made; one that comes later is refused by what would have made the file. This client never makes a
//   file too long, so this is never its own download.
// - Nothing is written through a symbolic link that leads out of the torrent's folder. Reading through one is fine:
//   people seed that way.
// - A file that is skipped and not there is not made: what comes of it with its neighbours' pieces goes into a part file
//   (parts.ts), and into the file when that is wanted.
//
// A piece counts when its write has returned (data before state). That outlives the process; to outlive the machine a file
// must be synced, which nothing waits for: sync() is called long after the last write, and what an earlier run says of a
// file that was not synced counts only until the machine is started anew (resume.ts).

import { dirname, resolve } from "node:path";
import { Bitfield } from "../../protocol/bitfield.ts";
import type { Metainfo } from "../../protocol/metainfo.ts";
import type { BlockKeeper, PieceStore, Verdict } from "../engine/ports.ts";
import { type CheckOptions, DiskCheck, FILES_PER_JOB } from "./disk_check.ts";
import { changedFile, longerFile, StorageError } from "./errors.ts";
import { FileMap, resolveFiles, type StorageFile } from "./file_map.ts";
import type { FileStamp } from "./file_stamp.ts";
import { Parts } from "./parts.ts";
import type { SharedMemory } from "./shared_memory.ts";
import type { DiskPool } from "./worker_pool.ts";
import { WriteWatch } from "./write_watch.ts";

/** A torrent's files. Any number may share one DiskPool. */
export class Disk implements PieceStore, BlockKeeper {
  /** Where each file of the torrent is. */
  readonly files: readonly StorageFile[];
  readonly #pool: DiskPool;
  readonly #metainfo: Metainfo;
  readonly #map: FileMap;
  readonly #torrent: number;
  /** Files that their first write makes; the disk threads have it too. */
  readonly #unmade: Uint8Array<SharedArrayBuffer>;
  readonly #writes: WriteWatch;
  /** Where bytes of skipped files are. */
  readonly #parts: Parts;
  /** Absolute. */
  readonly #output: string;
  /** Is told of pieces whose bytes in the part file another program has changed or taken away: they are not here any more. */
  onLost: (pieces: readonly number[], path: string) => void = () => {};
  readonly #closed = new AbortController();
  readonly #check: DiskCheck;
  #checks = new Set<Promise<unknown>>();
  #prepared: number[] = [];
  /** Pieces that are being written, or wait for it. */
  readonly #writing = new Map<number, Promise<Verdict>>();
  /** The last write of blocks of an unfinished piece, by piece. */
  readonly #keeping = new Map<number, Promise<void>>();
  /** Pieces with bytes that have gone from the part file into a file, if they were right. */
  readonly #moved = new Set<number>();
  /** While files are being made, pieces wait for them; if that failed, for good. */
  #preparing: Promise<void> | undefined;

  /** `output` is the file, or the folder when the torrent has several files. Touches nothing yet. */
  constructor(pool: DiskPool, metainfo: Metainfo, output: string) {
    const files = resolveFiles(metainfo, output);
    this.files = files;
    this.#map = new FileMap(files);
    this.#pool = pool;
    this.#metainfo = metainfo;
    this.#output = resolve(output);
    this.#unmade = new Uint8Array(new SharedArrayBuffer(files.length));
    this.#writes = new WriteWatch(files.length + 1);
    this.#parts = new Parts(this.#output, this.#map, metainfo);
    this.#torrent = pool.add({
      files,
      root: metainfo.isSingleFile ? undefined : this.#output,
      pieceLength: metainfo.layout.pieceLength,
      pieces: metainfo.pieces,
      unmade: this.#unmade,
      writes: this.#writes.memory,
      parts: { path: this.#parts.path, holds: this.#parts.holds },
    });
    this.#check = new DiskCheck({
      pool,
      torrent: this.#torrent,
      metainfo,
      files,
      parts: this.#parts,
      writes: this.#writes,
      output: this.#output,
    });
  }

  /**
   * Hashes what is on disk, on all disk threads, and returns which pieces are right. Changes nothing: files that do not
   * exist count as missing and are not made.
   *
   * @param onPiece Called for each piece, not in order, several at a time.
   * @throws {StorageError} Something that isn't a file is in a file's place, or can't be read.
   */
  async check(
    onPiece: (index: number, isRight: boolean) => void,
    options: CheckOptions = {},
  ): Promise<Bitfield> {
    const closed = this.#closed.signal;
    const signal = options.signal ? AbortSignal.any([options.signal, closed]) : closed;
    const check = this.#check.run(onPiece, { ...options, signal });
    this.#checks.add(check);
    try {
      return await check;
    } finally {
      this.#checks.delete(check);
    }
  }

  /** What lies in it isn't copied on its way to the disk threads. */
  get memory(): SharedMemory {
    return this.#pool.memory;
  }

  /** True if the last check found nothing at all at the output: no file, no folder. */
  get isFresh(): boolean {
    return this.#check.isFresh;
  }

  /** True if what an earlier run has written of this piece, right or not, is where it was. */
  isInPlace(index: number): boolean {
    return !this.isFresh && !this.#moved.has(index);
  }

  /** Pieces that the last check read. */
  get hashed(): number {
    return this.#check.hashed;
  }

  /**
   * How the files looked before the last check read them, by index: as long as one looks so, what the check said of it
   * is true. Undefined for one that had been written a moment before.
   */
  get checkedStamps(): readonly (FileStamp | undefined)[] {
    return this.#check.stampsBefore;
  }

  /** Files that `prepare()` made or extended, by index. */
  get prepared(): readonly number[] {
    return this.#prepared;
  }

  /** Pieces whose write has not returned. */
  get writing(): number[] {
    return [...this.#writing.keys()];
  }

  /**
   * Makes the folders, the files without bytes and the first file of each folder, at its full length (sparse where the
   * file system can): it shows early that a folder can't be written to. Any other file that is missing is made by its
   * first write: to make 10,000 files before the first piece took half of their download's time.
   *
   * Files that the last check found whole are not touched, so a complete torrent may lie where nothing can be written.
   *
   * Pieces that come meanwhile are written afterwards. Files that are skipped and missing are not made.
   *
   * @param after Nothing is looked at or made before it resolves; pieces wait from now on all the same.
   * @throws {StorageError} A folder or a longer file is in a file's place, no permission, disk full…
   */
  prepare(
    isSkipped: (index: number) => boolean = () => false,
    after: Promise<void> = Promise.resolve(),
  ): Promise<void> {
    const before = this.#preparing?.catch(() => {}); // whoever asked for that has heard of it
    return this.#holdBack([after, before], () => this.#prepare(isSkipped));
  }

  async #prepare(isSkipped: (index: number) => boolean): Promise<void> {
    const stamps = await this.#check.look();
    // One without its output is of no use: no piece is whole without what was there.
    if (this.isFresh) await this.#parts.find();
    const wanted: number[] = [];
    const folders = new Set<string>();
    for (let i = 0; i < this.files.length; i++) {
      const file = this.files[i] as StorageFile;
      const onDisk = (stamps[i] as FileStamp).length;
      if (file.isPadding || (onDisk >= file.length && this.#check.isWhole(file))) continue;
      if (onDisk > file.length) throw longerFile(file, onDisk);
      if (isSkipped(i)) {
        if (onDisk < 0 && file.length > 0) this.#putApart(i);
        continue;
      }
      const wasApart = this.#parts.holds[i] === 1;
      if (wasApart) await this.#adopt(i, this.#check.verified);
      const folder = dirname(file.path);
      if (onDisk >= 0 || file.length === 0 || !folders.has(folder)) wanted.push(i);
      else if (!wasApart) this.#unmade[i] = 1;
      folders.add(folder);
    }
    this.#prepared = wanted.filter((i) =>
      (stamps[i] as FileStamp).length < (this.files[i] as StorageFile).length
    );
    await this.#create(wanted);
  }

  async #create(files: readonly number[]): Promise<void> {
    for (let i = 0; i < files.length; i += FILES_PER_JOB) {
      const part = files.slice(i, i + FILES_PER_JOB);
      await this.#pool.run({ op: "create", torrent: this.#torrent, files: part });
      for (const index of part) this.#unmade[index] = 0;
    }
  }

  /** A buffer in shared memory isn't copied on its way to the disk thread; another is. */
  finish(index: number, buffer: Uint8Array): Promise<Verdict> {
    const written = this.#inTurn(
      index,
      () => this.#pool.run({ op: "finish", torrent: this.#torrent, index, buffer }),
    );
    this.#writing.set(index, written);
    return written.finally(() => this.#writing.delete(index));
  }

  /** Blocks of an unfinished piece: written to their place, and nothing said of them. */
  keep(index: number, begin: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const kept: Promise<void> = this.#inTurn(
      index,
      () => this.#pool.run({ op: "keep", torrent: this.#torrent, index, begin, bytes }),
    ).finally(() => {
      if (this.#keeping.get(index) === kept) this.#keeping.delete(index);
    });
    this.#keeping.set(index, kept);
    return kept;
  }

  async recall(index: number, begin: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.memory.take(length));
    try {
      await this.readSpan(index, begin, bytes);
      return bytes.slice(); // which isn't shared
    } finally {
      this.memory.give(bytes.buffer);
    }
  }

  /**
   * Writes when files are made, and after what is being kept of the same piece: two threads might do it in another order.
   * At once, as nearly always, if there is nothing to wait for.
   */
  #inTurn<Result>(index: number, write: () => Promise<Result>): Promise<Result> {
    const keeping = this.#keeping.get(index);
    if (keeping !== undefined) return Promise.all([this.#preparing, keeping]).then(write);
    return this.#preparing === undefined ? write() : this.#preparing.then(write);
  }

  /**
   * A skipped file is wanted, by its index: what is here of it goes into it. Pieces that come meanwhile are written
   * afterwards.
   *
   * @param have the pieces that are verified. Default: what the last check found, or the one under way finds
   */
  want(index: number, have?: Bitfield): Promise<void> {
    return this.#pause(async () => {
      if (this.#parts.holds[index] === 1) await this.#adopt(index, have ?? this.#check.verified);
      else if (this.files[index]?.length === 0) await this.#create([index]);
    });
  }

  /** A file is not wanted any more, by its index: if nothing was written to it yet, nothing will be. */
  skip(index: number): Promise<void> {
    return this.#pause(() => {
      if (this.#unmade[index] === 1) this.#putApart(index);
      return Promise.resolve();
    });
  }

  /** Does something while no piece is being written, and none is looked for where it lies. */
  #pause(action: () => Promise<void>): Promise<void> {
    return this.#holdBack([this.#preparing, this.written(), ...this.#checks], action);
  }

  /** Does something; pieces that come from now on wait for it. */
  async #holdBack(before: (Promise<unknown> | undefined)[], action: () => Promise<void>): Promise<void> {
    const doing = this.#preparing = Promise.all(before).then(action);
    await doing;
    if (this.#preparing === doing) this.#preparing = undefined;
  }

  #putApart(index: number): void {
    this.#unmade[index] = 1;
    this.#parts.put(index);
  }

  /** Out of the part file, into the file itself. */
  async #adopt(index: number, have: Bitfield): Promise<void> {
    const shared = this.#parts.piecesOf(index);
    for (const piece of shared) this.#moved.add(piece);
    const here = shared.filter((piece) => have.has(piece));
    this.#unmade[index] = 1; // also if an earlier run has put it there
    // The threads read it there and write it here, in one job: the byte must still say where it is to be read.
    const job = { op: "adopt", torrent: this.#torrent, file: index, pieces: here } as const;
    const lost = here.length === 0 ? [] : await this.#pool.run(job);
    this.#parts.take(index);
    await this.#check.refuseForeign(lost.flatMap((piece) => this.filesOf(piece)), lost.length);
    if (lost.length > 0) this.onLost(lost, this.#parts.path);
  }

  /** Resolves when all that was given so far is written, or has failed. */
  async written(): Promise<void> {
    await Promise.allSettled([...this.#writing.values(), ...this.#keeping.values()]);
  }

  /** The files with a part of the piece in them, padding left out, by index. */
  filesOf(index: number): number[] {
    const { layout } = this.#metainfo;
    return [...this.#map.ranges(layout.pieceOffset(index), layout.pieceLengthAt(index))]
      .map(({ fileIndex }) => fileIndex).filter((i) => !this.files[i]?.isPadding);
  }

  /** How these files look now, in their order. */
  stamps(files: readonly number[]): Promise<FileStamp[]> {
    return this.#check.stamps(files);
  }

  /** A read of bytes in the part file has failed. */
  isInParts(error: unknown): boolean {
    if (!(error instanceof StorageError) || error.path !== this.#parts.path) return false;
    this.#writes.accuse(this.#parts.number);
    return true;
  }

  /** Another program has written to the file since the last check, by its index: what was verified of it may be wrong. */
  isForeign(index: number): boolean {
    return this.#writes.isForeign(index);
  }

  /**
   * Looks whether other programs have written to files since the last check, and if so whether the pieces that are said to
   * be there still are. Those that aren't in the part file any more are returned, and `onLost` is told of them.
   *
   * @throws {StorageError} naming the first file with a wrong piece
   */
  async prove(have: Bitfield): Promise<readonly number[]> {
    const lost = await this.#check.lostParts(have, this.#closed.signal);
    if (lost.length > 0) this.onLost(lost, this.#parts.path);
    const stamps = await this.stamps([...this.files.keys()]);
    for (const [i, { isPadding, length }] of this.files.entries()) {
      const isElsewhere = isPadding || this.#unmade[i] === 1 || this.#parts.holds[i] === 1;
      if (!isElsewhere && (stamps[i] as FileStamp).length < length) this.#writes.accuse(i);
    }
    const foreign = this.#writes.foreign.filter((i) => i !== this.#parts.number);
    const wrong = await this.#check.wrongIn(foreign, have, this.#closed.signal);
    const [first] = wrong;
    if (first === undefined) {
      for (const i of foreign) this.#writes.forgive(i, stamps[i] as FileStamp);
      return lost;
    }
    const file = this.filesOf(first).find((i) => this.isForeign(i)) as number;
    throw changedFile(this.files[file] as StorageFile, wrong.length);
  }

  /**
   * Waits until the file is on the disk itself. Takes long right after much was written.
   *
   * @throws what the system says
   */
  async sync(index: number): Promise<void> {
    // Not on a disk thread, where other pieces would wait for it.
    using file = await Deno.open((this.files[index] as StorageFile).path);
    await file.syncData();
  }

  /**
   * Fills `buffer`, which lies in shared memory, from `begin` of a piece.
   *
   * @throws {StorageError} The file is gone, too short, or can't be read.
   */
  readSpan(index: number, begin: number, buffer: Uint8Array<SharedArrayBuffer>): Promise<void> {
    return this.#pool.run({ op: "read", torrent: this.#torrent, index, begin, buffer });
  }

  /**
   * Fills `buffer`, which lies in shared memory, with piece messages (span_messages.ts) of blocks of `blockLength` bytes from
   * `begin` of a piece.
   *
   * @throws {StorageError} The file is gone, too short, or can't be read.
   */
  readMessages(
    index: number,
    begin: number,
    buffer: Uint8Array<SharedArrayBuffer>,
    blockLength: number,
  ): Promise<void> {
    return this.#pool.run({ op: "readMessages", torrent: this.#torrent, index, begin, buffer, blockLength });
  }

  /** Finishes what is under way (a check ends early) and closes the files. Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort(new DOMException("Cannot go on: the storage is closed", "AbortError"));
    await Promise.allSettled(this.#checks);
    await this.#pool.remove(this.#torrent);
    await this.#parts.close();
  }
}
