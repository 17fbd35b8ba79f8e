// A web server that knows ranges: what the engine asks of it block by block is fetched in runs of blocks.
// https://www.bittorrent.org/beps/bep_0019.html. Which server, and when again after a failure, is the owner's.
//
//   request() ──▶ waiting ──flush()──▶ a run: one request, or one for each file that it lies in ──▶ onPiece()
//
// No byte is fetched that the engine has no buffer for, so nothing has to be held back.

import { RequestQueue } from "../engine/request_queue.ts";
import { after, BlockRun } from "./block_run.ts";
import { WebSeedError } from "./http_range.ts";
import { type FilePart, STALL_MS, WebSeedWire, ZEROS } from "./web_seed_wire.ts";

/** Runs at the same time: enough that a server's delay does not show, and fewer than a browser allows itself. */
const MOST_RUNS = 4;
/** A run has so many blocks, 4 MiB, at most. */
const MOST_RUN_BLOCKS = 256;
/** Fewer, 256 KiB, are worth a request of their own only if no more can follow, or nothing else is under way. */
const LEAST_RUN_BLOCKS = 16;
/** Pieces that are shorter are asked for side by side up to so many bytes, which costs their rarest first some sharpness. */
const LEAST_RUN_BYTES = 1024 * 1024;
/** More than the engine asks for at a time. */
const MOST_WAITING = 4096;

/** One fetch of one run. */
interface Fetching {
  run: BlockRun;
  controller: AbortController;
  /** When something last came, ms. */
  progressAt: number;
  end: Promise<void>;
}

/** One web seed while it is in use. */
export class WebSeed extends WebSeedWire {
  /** Asked for and not yet fetched. */
  readonly #waiting = new RequestQueue(MOST_WAITING);
  readonly #fetching = new Set<Fetching>();
  /** The piece that was last asked for. */
  #lastIndex = -1;

  /** Requests under way. */
  get runs(): number {
    return this.#fetching.size;
  }

  tick(now: number): void {
    const isHeldBack = this.#fetching.values().some(({ progressAt }) => progressAt === Infinity);
    const excusedMs = this.excuse(isHeldBack, now);
    for (const fetching of this.#fetching) {
      fetching.progressAt += excusedMs;
      if (now - fetching.progressAt < STALL_MS) continue;
      return this.fail(new WebSeedError("later", `it sent nothing for ${STALL_MS / 1000} s`));
    }
    if (this.#fetching.size === 0 && !this.isClosed) this.peer?.onBatchEnd(now);
  }

  request(index: number, begin: number, length: number): void {
    if (this.isClosed) return;
    if (!this.#waiting.push(index, begin, length)) {
      throw new RangeError(`Cannot ask a web seed for more than ${MOST_WAITING} blocks`);
    }
    if (index !== this.#lastIndex) this.#suggestAfter(index);
    this.#lastIndex = index;
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
    while (!this.isClosed && this.peer !== undefined && this.#fetching.size < MOST_RUNS) {
      const count = this.#nextRun();
      if (count === 0) return;
      this.#start(count);
    }
  }

  protected abort(): void {
    this.#waiting.clear();
    for (const { controller } of this.#fetching) controller.abort();
  }

  protected async end(): Promise<void> {
    await Promise.all([...this.#fetching].map(({ end }) => end));
  }

  /** A request for each short piece would be slow: says, as BEP 6 lets peers do, that the next one comes cheaper. */
  #suggestAfter(index: number): void {
    const { layout } = this.options;
    const next = index + 1;
    const isInRun = next % Math.floor(LEAST_RUN_BYTES / layout.pieceLength) !== 0;
    if (layout.pieceLength < LEAST_RUN_BYTES && isInRun && layout.hasPiece(next)) this.peer?.onSuggest(next);
  }

  /** How many of the waiting blocks, from the first on, the next request is for; 0 if it is better to wait. */
  #nextRun(): number {
    const { layout } = this.options;
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
    const run = new BlockRun(
      this.options.layout,
      waiting.indexAt(0),
      waiting.beginAt(0),
      count,
      (index, begin, block) => this.peer?.onPiece(index, begin, block),
    );
    for (let i = 0; i < count; i++) waiting.shift();
    const fetching: Fetching = {
      run,
      controller: new AbortController(),
      progressAt: this.now(),
      end: Promise.resolve(),
    };
    this.#fetching.add(fetching);
    fetching.end = this.#fetchRun(fetching);
  }

  async #fetchRun(fetching: Fetching): Promise<void> {
    const { run, controller: { signal } } = fetching;
    let fileIndex = -1;
    try {
      for (const part of this.options.parts(run.offset, run.length)) {
        fileIndex = part.fileIndex;
        await this.#fetchPart(part, fetching);
        if (signal.aborted) break;
      }
    } catch (error) {
      // Whoever aborts knows why.
      if (!signal.aborted) this.fail(error, fileIndex);
    }
    this.#fetching.delete(fetching);
    this.endBatch();
  }

  /** One await for each part that arrives; the engine is asked for more after each. */
  async #fetchPart({ url, from, length, fileLength }: FilePart, fetching: Fetching): Promise<void> {
    const { run, controller: { signal } } = fetching;
    if (url === undefined) {
      for (let left = length; left > 0; left -= ZEROS.length) run.put(ZEROS.subarray(0, left));
      return;
    }
    const onBytes = (bytes: Uint8Array) => {
      if (signal.aborted) return;
      run.put(bytes);
      this.endBatch();
    };
    await this.fetchRange(
      { url, from, length, fileLength, signal, onBytes },
      (ms) => fetching.progressAt = ms,
    );
  }
}
