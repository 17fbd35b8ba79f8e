// A web server as a peer: what the engine asks of it block by block is fetched as ranges over HTTP, and blocks come back
// through the same calls as from a connection. So rarest first, endgame, bans and limits hold for it as for anybody.
// https://www.bittorrent.org/beps/bep_0019.html. Which server, and when again after a failure, is the owner's.
//
//   request() ──▶ waiting ──flush()──▶ a run: one request, or one for each file that it lies in ──▶ onPiece()
//
// No byte is fetched that the engine has no buffer for, so nothing has to be held back.

import { BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { Wire } from "../engine/ports.ts";
import { RequestQueue } from "../engine/request_queue.ts";
import { after, BlockRun } from "./block_run.ts";
import { type Fetch, fetchRange, WebSeedError } from "./http_range.ts";
import type { ConnectedPeer } from "./peer_connection.ts";

/** A part of a range of the torrent that lies in one file. */
export interface FilePart {
  /** Which of the torrent's files. */
  fileIndex: number;
  /** Where it is; undefined for padding, which is zeros (BEP 47). */
  url: string | undefined;
  /** Bytes of the file before the part. */
  from: number;
  /** Bytes. */
  length: number;
  fileLength: number;
}

export interface WebSeedOptions {
  layout: PieceLayout;
  /** The files' parts of which `length` bytes at `offset` of the torrent are made, in order. */
  parts(offset: number, length: number): Iterable<FilePart>;
  fetch: Fetch;
  /** Clock for the times given to the peer, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Gets errors that are neither the server's nor the network's: our bugs. Default: uncaught, which ends the program. */
  onBug?: (error: unknown) => void;
}

/** Runs at the same time: enough that a server's delay does not show, and what browsers allow themselves. */
const MOST_RUNS = 4;
/** A run has so many blocks, 4 MiB, at most. */
const MOST_RUN_BLOCKS = 256;
/** Fewer, 256 KiB, are worth a request of their own only if no more can follow, or nothing else is under way. */
const LEAST_RUN_BLOCKS = 16;
/** More than the engine asks for at a time. */
const MOST_WAITING = 4096;
/** A server that sends nothing for this long has gone. */
const STALL_MS = 30_000;

const ZEROS = new Uint8Array(BLOCK_LENGTH);

/** One fetch of one run. */
interface Fetching {
  run: BlockRun;
  controller: AbortController;
  /** When something last came, ms. */
  progressAt: number;
  end: Promise<void>;
}

/** One web seed while it is in use. */
export class WebSeed implements Wire {
  readonly #options: WebSeedOptions;
  readonly #now: () => number;
  /** Asked for and not yet fetched. */
  readonly #waiting = new RequestQueue(MOST_WAITING);
  readonly #fetching = new Set<Fetching>();
  readonly #closed = Promise.withResolvers<void>();
  #peer: ConnectedPeer | undefined;
  #isClosed = false;
  #closeReason = "";
  #failure: WebSeedError | undefined;
  #failedFile = -1;

  constructor(options: WebSeedOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Why it ended, for people; empty while it is in use. */
  get closeReason(): string {
    return this.#closeReason;
  }

  /** What the server did wrong, if that was why. */
  get failure(): WebSeedError | undefined {
    return this.#failure;
  }

  /** The file with which it went wrong, or -1. */
  get failedFile(): number {
    return this.#failedFile;
  }

  /** Requests under way. */
  get runs(): number {
    return this.#fetching.size;
  }

  /** Delivers until it is closed, by the engine or a failure. Never rejects. After it, `peer` isn't called again. */
  async run(peer: ConnectedPeer): Promise<void> {
    this.#peer = peer;
    this.flush();
    await this.#closed.promise;
    await Promise.all([...this.#fetching].map(({ end }) => end));
  }

  /** Once a second, by the owner: ends a seed that has gone silent, and says that one with nothing to do still lives. */
  tick(now: number): void {
    for (const { progressAt } of this.#fetching) {
      if (now - progressAt < STALL_MS) continue;
      return this.#fail(new WebSeedError("later", `it sent nothing for ${STALL_MS / 1000} s`));
    }
    if (this.#fetching.size === 0 && !this.#isClosed) this.#peer?.onBatchEnd(now);
  }

  request(index: number, begin: number, length: number): void {
    if (this.#isClosed || this.#waiting.push(index, begin, length)) return;
    throw new RangeError(`Cannot ask a web seed for more than ${MOST_WAITING} blocks`);
  }

  cancel(index: number, begin: number): void {
    if (this.#waiting.remove(index, begin)) return;
    for (const { run, controller } of this.#fetching) {
      if (!run.forget(index, begin)) continue;
      if (run.wanted === 0) controller.abort(); // all that is left of it has come from others
      return;
    }
  }

  flush(): void {
    while (!this.#isClosed && this.#peer !== undefined && this.#fetching.size < MOST_RUNS) {
      const count = this.#nextRun();
      if (count === 0) return;
      this.#start(count);
    }
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeReason = reason;
    this.#waiting.clear();
    for (const { controller } of this.#fetching) controller.abort();
    this.#closed.resolve();
  }

  // It has everything, wants nothing, and there is nobody to talk to.
  choke(): void {}
  unchoke(): void {}
  interested(): void {}
  notInterested(): void {}
  haves(): void {}
  bitfield(): void {}
  keepAlive(): void {}
  extended(): void {}
  readonly room = 0;
  piece(_index: number, _begin: number, length: number): Uint8Array {
    return new Uint8Array(length);
  }

  /** How many of the waiting blocks, from the first on, the next request is for; 0 if it is better to wait. */
  #nextRun(): number {
    const { layout } = this.#options;
    const waiting = this.#waiting;
    if (waiting.length === 0) return 0;
    let [index, begin] = [waiting.indexAt(0), waiting.beginAt(0)];
    let count = 0;
    let isWholePiece = false;
    while (count < waiting.length && count < MOST_RUN_BLOCKS) {
      if (waiting.indexAt(count) !== index || waiting.beginAt(count) !== begin) break;
      [index, begin] = after(layout, index, begin + waiting.lengthAt(count));
      isWholePiece = begin === 0;
      count++;
    }
    // The rest is left for the next one, so that there is always one whose answer is on its way.
    if (this.#fetching.size === 0) {
      return Math.min(count, Math.max(LEAST_RUN_BLOCKS, Math.ceil(waiting.length / 2)));
    }
    const mayGrow = count === waiting.length && !isWholePiece;
    return mayGrow && count < LEAST_RUN_BLOCKS ? 0 : count;
  }

  #start(count: number): void {
    const waiting = this.#waiting;
    const { layout } = this.#options;
    const run = new BlockRun(
      layout,
      waiting.indexAt(0),
      waiting.beginAt(0),
      count,
      (index, begin, block) => this.#peer?.onPiece(index, begin, block),
    );
    for (let i = 0; i < count; i++) waiting.shift();
    const fetching: Fetching = {
      run,
      controller: new AbortController(),
      progressAt: this.#now(),
      end: Promise.resolve(),
    };
    this.#fetching.add(fetching);
    fetching.end = this.#fetchRun(fetching);
  }

  /** One await for each part that arrives; the engine is asked for more after each. */
  async #fetchRun(fetching: Fetching): Promise<void> {
    const { run, controller: { signal } } = fetching;
    let fileIndex = -1;
    try {
      for (const part of this.#options.parts(run.offset, run.length)) {
        fileIndex = part.fileIndex;
        await this.#fetchPart(part, fetching);
        if (signal.aborted) break;
      }
    } catch (error) {
      // Whoever aborts knows why.
      if (!signal.aborted) this.#fail(error, fileIndex);
    }
    this.#fetching.delete(fetching);
    this.#endBatch();
  }

  async #fetchPart(part: FilePart, fetching: Fetching): Promise<void> {
    const { run, controller: { signal } } = fetching;
    const { url, from, length, fileLength } = part;
    if (url === undefined) return this.#putZeros(run, length);
    await fetchRange({
      url,
      from,
      length,
      fileLength,
      signal,
      fetch: this.#options.fetch,
      onProgress: () => fetching.progressAt = this.#now(),
      onBytes: (bytes) => {
        if (signal.aborted) return;
        run.put(bytes);
        this.#endBatch();
      },
    });
  }

  #putZeros(run: BlockRun, length: number): void {
    for (let left = length; left > 0; left -= ZEROS.length) {
      run.put(ZEROS.subarray(0, Math.min(left, ZEROS.length)));
    }
  }

  #endBatch(): void {
    if (this.#isClosed) return;
    try {
      this.#peer?.onBatchEnd(this.#now());
      this.flush();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown, fileIndex = -1): void {
    if (this.#isClosed) return;
    if (error instanceof WebSeedError) {
      this.#failure = error;
      this.#failedFile = fileIndex;
      return this.close(error.message);
    }
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ProtocolError) return this.close(message);
    this.close(`internal error: ${message}`);
    (this.#options.onBug ?? reportError)(error);
  }
}
