// The file beside the data file that the swarms are written to, and read back from in the background. A new one is written
// under another name and takes the old one's place when it is whole: an end at any moment leaves one of the two.

import { SNAPSHOT_HEAD, SnapshotError, SnapshotReader, SnapshotWriter } from "./snapshot.ts";
import type { Tracker } from "./tracker.ts";

/** Between two steps of half a millisecond: announces have nine tenths of the time, and a million peers take 20 s. */
const PAUSE_MS = 10;
/** Between two when the tracker ends, and nobody is kept waiting. */
const NO_PAUSE = undefined;
const READ_BYTES = 1 << 20;

/** What a snapshot is of, and who is told when it can't be written. */
export interface SnapshotParts {
  tracker: Tracker;
  log: (line: string) => void;
}

/** One snapshot file. It is read once, then written over and over. */
export class SnapshotFile {
  readonly #path: string;
  readonly #parts: SnapshotParts;
  #isEnding = false;
  /** What is under way: the file is never read and written at the same time. */
  #work: Promise<void> | undefined;
  /** Not all of the former snapshot is back: it must not be replaced by less. */
  #isReading = false;

  constructor(path: string, parts: SnapshotParts) {
    this.#path = path;
    this.#parts = parts;
  }

  /** Begins to read the file, if it is there. */
  read(): void {
    this.#isReading = true;
    this.#work = this.#read().finally(() => {
      this.#work = undefined;
    });
  }

  /** Begins to write a new one, unless something is under way. */
  write(): void {
    this.#work ??= this.#write(PAUSE_MS).finally(() => {
      this.#work = undefined;
    });
  }

  /** Ends what is under way and writes the last snapshot, unless that takes longer than `mostMs`: then the former stays. */
  async finish(mostMs: number): Promise<void> {
    const end = performance.now() + mostMs;
    this.#isEnding = true;
    await this.#work;
    if (!this.#isReading) await this.#write(NO_PAUSE, end);
  }

  async #read(): Promise<void> {
    const { log, tracker } = this.#parts;
    const reader = new SnapshotReader(tracker);
    try {
      using file = await Deno.open(this.#path);
      this.#isReading = !await this.#readFrames(file, reader);
    } catch (error) {
      this.#isReading = false;
      if (error instanceof SnapshotError) {
        log(`${error.message}: ${reader.peers} peers are back from ${this.#path}`);
      } else if (!(error instanceof Deno.errors.NotFound)) {
        log(`Cannot read ${this.#path}: ${messageOf(error)}`);
      }
    }
    const { leftOut } = reader;
    if (leftOut > 0) {
      log(`No room for ${leftOut} peers of ${this.#path}: the limits are lower than they were`);
    }
  }

  /** Returns false if the tracker's end came before that of the file. */
  async #readFrames(file: Deno.FsFile, reader: SnapshotReader): Promise<boolean> {
    const bytes = new Uint8Array(READ_BYTES);
    const head = new TextEncoder().encode(SNAPSHOT_HEAD);
    let length = 0;
    let isHeadRead = false;
    for (let n: number | null = 0; n !== null; n = await file.read(bytes.subarray(length))) {
      length += n;
      let at = 0;
      if (!isHeadRead) {
        if (length < head.length) continue;
        if (head.some((byte, i) => bytes[i] !== byte)) {
          throw new SnapshotError("Cannot read the snapshot: it is none");
        }
        isHeadRead = true;
        at = head.length;
      }
      for (;;) {
        const whole = reader.frameLength(bytes.subarray(at, length));
        if (whole === undefined || at + whole > length) break;
        reader.read(bytes.subarray(at, at + whole), performance.now(), Date.now());
        at += whole;
        await pause(0);
        if (this.#isEnding) return false;
      }
      bytes.copyWithin(0, at, length);
      length -= at;
    }
    if (length > 0) throw new SnapshotError("Cannot read the snapshot: its end is missing");
    return true;
  }

  async #write(pauseMs: number | undefined, end = Infinity): Promise<void> {
    const draft = `${this.#path}.new`;
    try {
      using file = await Deno.open(draft, { write: true, create: true, truncate: true });
      const writer = new SnapshotWriter(this.#parts.tracker);
      await writeAll(file, new TextEncoder().encode(SNAPSHOT_HEAD));
      for (;;) {
        const frame = writer.next(performance.now(), Date.now());
        if (frame === undefined) break;
        if (frame.length > 0) await writeAll(file, frame);
        if (pauseMs !== undefined) {
          await pause(pauseMs);
          // The last one is about to be written.
          if (this.#isEnding) return;
        } else if (performance.now() > end) throw new Error("there are too many peers for the time there is");
      }
      await file.syncData();
      await Deno.rename(draft, this.#path);
    } catch (error) {
      this.#parts.log(`Cannot write ${this.#path}: ${messageOf(error)}`);
    }
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
