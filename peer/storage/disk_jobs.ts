// What the pool and its Workers say to each other. Types, and nothing that runs.

import type { Verdict } from "../engine/ports.ts";
import type { StorageFile } from "./file_map.ts";
import type { FileStamp } from "./file_stamp.ts";
import type { StorageErrorKind } from "./errors.ts";

/** Everything a Worker needs to know about a torrent; sent once to each Worker that gets one of its jobs. */
export interface TorrentDescription {
  files: StorageFile[];
  /** The torrent's folder, outside of which nothing is written. Undefined when the output is one file. */
  root: string | undefined;
  pieceLength: number;
  /** SHA-1 of each piece, 20 bytes each. Empty while a torrent is being made. */
  pieces: Uint8Array;
  /**
   * A byte for each file, in shared memory: 1 if nobody has made it yet, so that its first write does. A file that is
   * missing otherwise was taken away.
   */
  unmade?: Uint8Array<SharedArrayBuffer>;
  /** Whose writes were last (write_watch.ts). */
  writes?: SharedArrayBuffer;
  /** Where skipped files' bytes go, and a byte for each file, in shared memory: 1 if its do. */
  parts?: { path: string; holds: Uint8Array<SharedArrayBuffer> };
}

/**
 * One thing to do for a torrent; `torrent` is the number the pool gave it. Buffers lie in shared memory: neither they nor
 * what is in them travels, and a disk thread has them until it has answered. Bytes to keep are handed over. A check
 * `afresh` reads what has the files' names by now, and not what is open.
 */
export type DiskJob =
  | { op: "finish"; torrent: number; index: number; buffer: Uint8Array }
  | { op: "keep"; torrent: number; index: number; begin: number; bytes: Uint8Array<ArrayBuffer> }
  | { op: "read"; torrent: number; index: number; begin: number; buffer: Uint8Array }
  | {
    op: "readMessages";
    torrent: number;
    index: number;
    begin: number;
    buffer: Uint8Array;
    blockLength: number;
  }
  | { op: "check"; torrent: number; from: number; to: number; afresh?: boolean }
  | { op: "hash"; torrent: number; from: number; to: number }
  | { op: "inspect"; torrent: number; files: number[] }
  | { op: "create"; torrent: number; files: number[] }
  | { op: "adopt"; torrent: number; file: number; pieces: number[] };

/** What each job answers. */
export interface DiskResults {
  finish: Verdict;
  keep: undefined;
  read: undefined;
  readMessages: undefined;
  /** A byte for each piece from `from` to before `to`: 1 if it is right. */
  check: Uint8Array;
  /** 20 bytes for each piece from `from` to before `to`. */
  hash: Uint8Array;
  /** A stamp for each of the files. */
  inspect: FileStamp[];
  create: undefined;
  /** Those of the pieces that the part file has not, or has wrong. */
  adopt: number[];
}

/**
 * Housekeeping. `ring` comes first, `open` before the torrent's first job, `lend` before the first job on that memory; these
 * and `release` have no answer, and no id.
 */
export type DiskRequest =
  | DiskJob
  | { op: "ring"; memory: SharedArrayBuffer }
  | { op: "open"; torrent: number; description: TorrentDescription }
  | { op: "lend"; number: number; memory: SharedArrayBuffer }
  | { op: "release"; number: number }
  | { op: "forget"; torrent: number }
  | { op: "close" };

/** To a Worker, several at a time. It works in their order and answers each that has an id. */
export interface DiskMessage {
  /** 0 if there is no answer. */
  id: number;
  request: DiskRequest;
}

/** An error on its way between threads, where classes get lost. `kind` marks a StorageError. */
export interface CarriedError {
  message: string;
  path?: string;
  kind?: StorageErrorKind;
}

/** From a Worker, several at a time; none at all if there are answers in the ring. */
export interface DiskAnswer {
  id: number;
  result?: unknown;
  error?: CarriedError;
}
