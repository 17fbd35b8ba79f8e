// Which bytes of which file a range of the torrent is: pieces run over file borders as if all files were one.
// https://www.bittorrent.org/beps/bep_0003.html and, for padding files, https://www.bittorrent.org/beps/bep_0047.html
// Pure: opens nothing. Trusts the metainfo, which has made every path safe.

import { join, resolve, sep } from "node:path";
import type { Metainfo } from "../../protocol/metainfo.ts";
import { whyUnsafe } from "../../protocol/path_safety.ts";

/** One file of a torrent and its place, both on disk and in the torrent. */
export interface StorageFile {
  /** Absolute. */
  path: string;
  /** Bytes. */
  length: number;
  /** Bytes before it in the torrent. */
  offset: number;
  /** Holds zeros up to the next piece, and is never on disk. */
  isPadding: boolean;
}

/** A part of a range that lies in one file. */
export interface FileRange {
  fileIndex: number;
  /** Bytes into the file. */
  fileOffset: number;
  /** Bytes into the range that was asked for. */
  bufferOffset: number;
  length: number;
}

/** The files of a torrent laid end to end. */
export class FileMap {
  readonly files: readonly StorageFile[];
  /** Bytes of all files, padding included. */
  readonly totalLength: number;

  constructor(files: readonly StorageFile[]) {
    let offset = 0;
    for (const file of files) {
      if (file.offset !== offset) {
        throw new RangeError(`Cannot map ${file.path}: it must start at byte ${offset}: got ${file.offset}`);
      }
      offset += file.length;
    }
    this.files = files;
    this.totalLength = offset;
  }

  /** The parts of `length` bytes at `offset` of the torrent, in order. Files without bytes have none. */
  *ranges(offset: number, length: number): Generator<FileRange> {
    const end = offset + length;
    if (offset < 0 || length < 0 || end > this.totalLength) {
      throw new RangeError(`Cannot map bytes ${offset} to ${end}: the torrent has ${this.totalLength}`);
    }
    let position = offset;
    for (let fileIndex = this.#fileAt(offset); position < end; fileIndex++) {
      const file = this.files[fileIndex] as StorageFile;
      const fileOffset = position - file.offset;
      const part = Math.min(file.length - fileOffset, end - position);
      if (part === 0) continue;
      yield { fileIndex, fileOffset, bufferOffset: position - offset, length: part };
      position += part;
    }
  }

  /** The last file that starts at or before `offset`: the one that holds that byte. */
  #fileAt(offset: number): number {
    let low = 0;
    let high = this.files.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.files[middle] as StorageFile).offset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/**
 * Where a torrent's files live: `output` is the file itself, or the folder when the torrent has several.
 *
 * @throws {RangeError} A path leads out of the folder: parsed metainfo never has one.
 */
export function resolveFiles(
  metainfo: Pick<Metainfo, "files" | "isSingleFile">,
  output: string,
): StorageFile[] {
  const root = resolve(output);
  const folder = root.endsWith(sep) ? root : root + sep;
  return metainfo.files.map(({ path: names, length, offset, isPadding }) => {
    if (metainfo.isSingleFile) return { path: root, length, offset, isPadding };
    // Safe names need only be put together: to have join() look for ".." again took 1.5 µs a file before the first announce.
    if (names.length === 0 || !names.every((name) => whyUnsafe(name) === undefined)) {
      throw new RangeError(`Cannot place a file outside ${root}: got ${join(root, ...names)}`);
    }
    return { path: folder + names.join(sep), length, offset, isPadding };
  });
}
