// One torrent's files, seen from a disk thread: everything that reads, writes or makes them. All calls are
// synchronous and positioned.
//
// A file is never shortened and never replaced. What is missing is made sparse (the runtime has no fallocate), at the
// latest by its first write; what is too short is extended; a longer file is refused before anything is written (disk.ts).

import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { PieceLayout } from "../../protocol/piece_layout.ts";
import type { TorrentDescription } from "./disk_jobs.ts";
import { errorCode, linkInPlace, longerFile, StorageError, storageError } from "./errors.ts";
import { FileMap, type StorageFile } from "./file_map.ts";
import { makeFile, type OpenFiles } from "./open_files.ts";
import { type FileStamp, openStamp, stampOf } from "./file_stamp.ts";
import { Folders } from "./folders.ts";
import { PartFile } from "./part_file.ts";
import { PartSlots } from "./part_slots.ts";
import { CHUNK_LENGTH, PieceHasher } from "./piece_hasher.ts";
import { ProcessorWaits } from "./processor_waits.ts";
import { blockParts, spanLength, writeHeaders } from "./span_messages.ts";
import { readFully, writeFully } from "./whole_bytes.ts";
import { WriteWatch } from "./write_watch.ts";

const DIGEST_LENGTH = 20;

// One of each for the thread, whatever it works on: a check moves no data between threads and makes no garbage.
const chunk = new Uint8Array(CHUNK_LENGTH);
const hasher = new PieceHasher();
const waits = new ProcessorWaits();

/** The files of one torrent. Every method throws StorageError when the disk is to blame. */
export class TorrentFiles {
  readonly #map: FileMap;
  readonly #root: string | undefined;
  readonly #layout: PieceLayout;
  readonly #pieces: Uint8Array;
  readonly #unmade: Uint8Array;
  readonly #writes: WriteWatch;
  readonly #parts: PartFile | undefined;
  readonly #open: OpenFiles;
  readonly #folders: Folders;

  constructor(description: TorrentDescription, open: OpenFiles) {
    this.#map = new FileMap(description.files);
    this.#root = description.root;
    this.#folders = new Folders(description.root);
    this.#layout = new PieceLayout(description.pieceLength, this.#map.totalLength);
    this.#pieces = description.pieces;
    this.#unmade = description.unmade ?? new Uint8Array(0);
    this.#writes = new WriteWatch(description.files.length + 1, description.writes);
    this.#open = open;
    const { parts } = description;
    this.#parts = parts && new PartFile(parts.path, parts.holds, {
      open,
      owner: this,
      writes: this.#writes,
      number: description.files.length,
      slots: () => new PartSlots(this.#map, description.pieceLength),
    });
  }

  /** Writes a whole piece, but only if its hash is right. */
  finish(index: number, buffer: Uint8Array): "stored" | "bad-hash" {
    const digest = waits.during(buffer.length, () => createHash("sha1").update(buffer).digest());
    if (!this.#isRight(index, digest)) return "bad-hash";
    this.#write(this.#layout.pieceOffset(index), buffer, true);
    return "stored";
  }

  /** Writes a part of a piece, right or wrong. */
  keep(index: number, begin: number, bytes: Uint8Array): undefined {
    this.#write(this.#layout.pieceOffset(index) + begin, bytes, false);
  }

  /** Fills `buffer` from `begin` of a piece. */
  read(index: number, begin: number, buffer: Uint8Array): void {
    for (const range of this.#map.ranges(this.#layout.pieceOffset(index) + begin, buffer.length)) {
      const { fileIndex, fileOffset, bufferOffset, length } = range;
      if (this.#readPart(fileIndex, fileOffset, buffer, bufferOffset, length) < length) {
        throw this.#tooShort(fileIndex);
      }
    }
  }

  /** Fills `messages` with the piece messages (span_messages.ts) of the blocks of `blockLength` bytes from `begin` of a piece. */
  readMessages(index: number, begin: number, messages: Uint8Array, blockLength: number): void {
    writeHeaders(messages, index, begin, blockLength);
    const span = this.#layout.pieceOffset(index) + begin;
    for (const range of this.#map.ranges(span, spanLength(messages.length, blockLength))) {
      const { fileIndex, fileOffset, bufferOffset, length } = range;
      const open = this.#openAt(fileIndex, fileOffset);
      for (const { place, length: part } of blockParts(bufferOffset, length, blockLength)) {
        const block = messages.subarray(place, place + part);
        if (this.#readOn(open, fileIndex, block) < part) throw this.#tooShort(fileIndex);
      }
    }
  }

  /** A byte for each piece: 1 if the disk holds it. Files that are missing or too short make it 0. Leaves nothing open. */
  check(from: number, to: number): Uint8Array {
    const verdicts = new Uint8Array(to - from);
    for (let index = from; index < to; index++) if (this.#isHere(index)) verdicts[index - from] = 1;
    // A file that is removed from now on may be made anew, and whoever had it open would go on reading the old one.
    this.close();
    return verdicts;
  }

  /** The hashes of pieces, one after another. */
  hash(from: number, to: number): Uint8Array {
    const digests = new Uint8Array((to - from) * DIGEST_LENGTH);
    for (let index = from; index < to; index++) {
      digests.set(this.#digest(index), (index - from) * DIGEST_LENGTH);
    }
    return digests;
  }

  /** How each of these files looks on disk. Throws if anything but a file is there. */
  inspect(files: readonly number[]): FileStamp[] {
    return files.map((index) => {
      const file = this.#file(index);
      return file.isPadding ? { length: file.length, modifiedMs: 0 } : stampOf(file.path);
    });
  }

  /** Makes each of these files if it is missing and extends it if it is too short; folders too. */
  create(files: readonly number[]): undefined {
    this.#folders.forget();
    for (const index of files) {
      const file = this.#file(index);
      if (file.isPadding) continue;
      try {
        // Nearly always it is missing: making it without a look costs a third of looking first.
        const made = this.#makeOf(file, 0);
        if (made === undefined) this.#extend(file);
        else made.close();
        this.#writes.made(index);
      } catch (error) {
        throw storageError("create", file.path, error);
      }
    }
  }

  /**
   * Copies what these pieces have of a file out of the part file into the file itself, which is made if need be. Returns those
   * that are not right any more, and copies nothing of them.
   */
  adopt(index: number, pieces: readonly number[]): number[] {
    this.#folders.forget();
    const { offset, length, path } = this.#file(index);
    const lost = pieces.filter((piece) => !this.#isHere(piece));
    for (const piece of pieces) {
      if (lost.includes(piece)) continue;
      const start = this.#layout.pieceOffset(piece);
      const from = Math.max(start, offset);
      const part = Math.min(start + this.#layout.pieceLengthAt(piece), offset + length) - from;
      for (let done = 0; done < part; done += CHUNK_LENGTH) {
        const step = Math.min(CHUNK_LENGTH, part - done);
        if (this.#readPart(index, from - offset + done, chunk, 0, step) < step) throw this.#tooShort(index);
        try {
          const position = from - offset + done;
          this.#writeTo(index, chunk.subarray(0, step), { position, isFinal: true });
        } catch (error) {
          throw storageError("write", path, error);
        }
      }
    }
    return lost;
  }

  /** Closes what is open. The torrent may be used again. */
  close(): void {
    this.#open.closeOf(this);
  }

  /** `isFinal` if nothing will be written there again. */
  #write(offset: number, buffer: Uint8Array, isFinal: boolean): void {
    this.#folders.forget();
    for (const range of this.#map.ranges(offset, buffer.length)) {
      const file = this.#file(range.fileIndex);
      if (file.isPadding) continue;
      try {
        const { bufferOffset: at, fileIndex, fileOffset, length } = range;
        const bytes = buffer.subarray(at, at + length);
        if (this.#parts?.holds(fileIndex)) {
          this.#parts.write(bytes, file.offset + fileOffset, waits.longestMs);
        } else {
          this.#writeTo(fileIndex, bytes, { position: fileOffset, isFinal });
        }
      } catch (error) {
        throw storageError("write", file.path, error);
      }
    }
  }

  /** Writes to a file itself, and notices what others have done to it. */
  #writeTo(
    index: number,
    bytes: Uint8Array,
    { isFinal, position }: { position: number; isFinal: boolean },
  ): void {
    const file = this.#file(index);
    // Any other stays open, so that the next write notices if somebody has removed or replaced it.
    const isWhole = isFinal && bytes.length === file.length;
    if (isWhole && this.#unmade[index] === 1 && this.#makeWhole(index, bytes)) return;
    const open = this.#forWriting(index, bytes.length);
    this.#writes.write(index, {
      look: () => openStamp(open, file.path),
      write: () => writeFully(open, bytes, position),
      processorMs: waits.longestMs,
    });
  }

  /** Opens a file to write `length` bytes to it; makes it if nobody has yet. */
  #forWriting(index: number, length: number): Deno.FsFile {
    const file = this.#file(index);
    if (this.#unmade[index] === 1) {
      const made = this.#makeOf(file, length);
      this.#writes.made(index);
      this.#unmade[index] = 0; // another thread may have been first: it is there in any case
      if (made !== undefined) return this.#open.keep(file.path, this, made);
    }
    return this.#open.forWriting(file.path, this, this.#root);
  }

  /**
   * Makes a file that one write fills, as nearly all of many small ones are: in one call, which takes two thirds of the time
   * and leaves nothing open. False if a file is there after all.
   */
  #makeWhole(index: number, bytes: Uint8Array): boolean {
    const file = this.#file(index);
    const isMade = this.#make(file, () => {
      this.#writes.make(index, {
        look: () => stampOf(file.path),
        write: () => this.#writeNew(index, bytes),
      });
      return true;
    });
    if (isMade) this.#unmade[index] = 0;
    return isMade === true;
  }

  #writeNew(index: number, bytes: Uint8Array): void {
    const { path } = this.#file(index);
    try {
      Deno.writeFileSync(path, bytes, { createNew: true });
    } catch (error) {
      // A full disk takes a part of it: the file is made all the same.
      if (errorCode(error) !== "EEXIST" && stampOf(path).length >= 0) this.#unmade[index] = 0;
      throw error;
    }
  }

  /** Makes a file at its full length, unless its first write will have done that, and opens it. */
  #makeOf(file: StorageFile, firstWrite: number): Deno.FsFile | undefined {
    return this.#make(file, () => {
      const made = makeFile(file.path);
      try {
        if (firstWrite < file.length) made.truncateSync(file.length);
        return made;
      } catch (error) {
        made.close();
        throw error;
      }
    });
  }

  /** Makes a file, in a folder that it makes too. Undefined if a file is there after all. */
  #make<Made>(file: StorageFile, make: () => Made): Made | undefined {
    const { path } = file;
    const folder = dirname(path);
    this.#folders.ensure(folder);
    try {
      this.#folders.refuseSwapped(folder);
      return make();
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      const { length } = stampOf(path);
      if (length > file.length) throw longerFile(file, length);
      if (length >= 0) return undefined;
      throw linkInPlace(path);
    }
  }

  /** Opening it shows early, before anything is downloaded, that a file can't be written. */
  #extend(file: StorageFile): void {
    const open = this.#open.forWriting(file.path, this, this.#root);
    if (open.statSync().size < file.length) open.truncateSync(file.length);
  }

  /** SHA-1 of a piece on disk. Throws a StorageError of kind "missing" if some of it isn't there. */
  #digest(index: number): Uint8Array {
    hasher.reset();
    let filled = 0;
    const length = this.#layout.pieceLengthAt(index);
    for (const range of this.#map.ranges(this.#layout.pieceOffset(index), length)) {
      const { fileIndex } = range;
      let { fileOffset, length: left } = range;
      while (left > 0) {
        const part = Math.min(left, CHUNK_LENGTH - filled);
        if (this.#readPart(fileIndex, fileOffset, chunk, filled, part) < part) {
          throw this.#tooShort(fileIndex);
        }
        fileOffset += part;
        left -= part;
        filled += part;
        if (filled < CHUNK_LENGTH) break;
        hasher.update(chunk);
        filled = 0;
      }
    }
    if (filled > 0) hasher.update(chunk.subarray(0, filled));
    return hasher.digest();
  }

  /** Reads as much of the part as the file has, and returns how much that is. */
  #readPart(fileIndex: number, fileOffset: number, into: Uint8Array, at: number, length: number): number {
    return this.#readOn(this.#openAt(fileIndex, fileOffset), fileIndex, into.subarray(at, at + length));
  }

  /** Opens a file, or what has its bytes, to be read from there on. Undefined for padding. */
  #openAt(fileIndex: number, fileOffset: number): Deno.FsFile | undefined {
    const file = this.#file(fileIndex);
    if (file.isPadding) return undefined;
    try {
      const parts = this.#parts?.holds(fileIndex) ? this.#parts : undefined;
      const open = parts?.forReading() ?? this.#open.forReading(file.path, this);
      open.seekSync(parts?.position(file.offset + fileOffset) ?? fileOffset, Deno.SeekMode.Start);
      return open;
    } catch (error) {
      throw storageError("read", file.path, error);
    }
  }

  /** Fills `bytes` from where `#openAt()` or the last call has left off, as far as the file goes; returns how far. */
  #readOn(open: Deno.FsFile | undefined, fileIndex: number, bytes: Uint8Array): number {
    if (open === undefined) {
      bytes.fill(0);
      return bytes.length;
    }
    try {
      return readFully(open, bytes);
    } catch (error) {
      throw storageError("read", this.#placeOf(fileIndex), error);
    }
  }

  /** Where a file's bytes are. */
  #placeOf(fileIndex: number): string {
    return this.#parts?.holds(fileIndex) ? this.#parts.path : this.#file(fileIndex).path;
  }

  #tooShort(fileIndex: number): StorageError {
    const path = this.#placeOf(fileIndex);
    const { length } = this.#file(fileIndex);
    return new StorageError(`Cannot read ${path}: it has less than its ${length} bytes`, path, "missing");
  }

  /** False if a piece is wrong, or some of it isn't there. */
  #isHere(index: number): boolean {
    try {
      return this.#isRight(index, this.#digest(index));
    } catch (error) {
      if (error instanceof StorageError && error.kind === "missing") return false;
      throw error;
    }
  }

  #isRight(index: number, digest: Uint8Array): boolean {
    const at = index * DIGEST_LENGTH;
    if (at + DIGEST_LENGTH > this.#pieces.length) return false;
    for (let i = 0; i < DIGEST_LENGTH; i++) if (digest[i] !== this.#pieces[at + i]) return false;
    return true;
  }

  #file(index: number): StorageFile {
    const file = this.#map.files[index];
    if (!file) throw new RangeError(`Cannot use file ${index}: the torrent has ${this.#map.files.length}`);
    return file;
  }
}
