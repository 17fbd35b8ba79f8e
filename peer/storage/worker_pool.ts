// The threads that hash and touch the disk: a fixed number for the whole process, shared by all torrents. On the
// network thread the same work would stall every transfer whenever the system writes its page cache back.
//
// A job goes to the Worker with the fewest waiting. A Worker does its jobs in order, so the answer to a job also
// says that all earlier ones of that Worker are done; closing needs nothing else.

import { availableParallelism } from "node:os";
import type {
  CarriedError,
  DiskAnswer,
  DiskJob,
  DiskMessage,
  DiskRequest,
  DiskResults,
  TorrentDescription,
} from "./disk_jobs.ts";
import { StorageError } from "./errors.ts";

const MAX_DEFAULT_WORKERS = 4;

/** How many threads. */
export interface DiskPoolOptions {
  /** Default: one for each core, at most 4. They start when there is work for them. */
  workers?: number;
}

/** The process's disk threads. Make one, share it, close it at the end: its Workers keep the process alive. */
export class DiskPool {
  /** Workers at most. */
  readonly size: number;
  readonly #workers = new Set<PooledWorker>();
  readonly #torrents = new Map<number, TorrentDescription>();
  #lastTorrent = 0;
  #closing: Promise<void> | undefined;

  /** Starts nothing yet: Workers come with the work. */
  constructor(options: DiskPoolOptions = {}) {
    const size = options.workers ?? Math.min(availableParallelism(), MAX_DEFAULT_WORKERS);
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`Cannot start disk workers: their number must be 1 or more: got ${size}`);
    }
    this.size = size;
  }

  /**
   * Makes a torrent known and returns its number for jobs.
   *
   * @internal
   */
  add(description: TorrentDescription): number {
    this.#torrents.set(++this.#lastTorrent, description);
    return this.#lastTorrent;
  }

  /**
   * Does a job on some Worker. The memory of a job's buffer moves there and comes back with the answer; it is lost
   * when the job fails. Rejects with StorageError when the disk is to blame.
   *
   * @internal
   */
  run<Job extends DiskJob>(job: Job): Promise<DiskResults[Job["op"]]> {
    const description = this.#torrents.get(job.torrent);
    if (this.#closing || !description) {
      return Promise.reject(new Error(`Cannot ${job.op}: the storage is closed`));
    }
    const worker = this.#leastBusy();
    if (!worker.torrents.has(job.torrent)) {
      worker.torrents.add(job.torrent);
      worker.tell({ op: "open", torrent: job.torrent, description });
    }
    const transfer = "buffer" in job ? [job.buffer.buffer as ArrayBuffer] : [];
    return worker.ask(job, transfer) as Promise<DiskResults[Job["op"]]>;
  }

  /** Waits for the torrent's jobs, then closes its files. */
  async remove(torrent: number): Promise<void> {
    if (!this.#torrents.delete(torrent)) return;
    if (this.#closing) return this.#closing;
    const known = [...this.#workers].filter((worker) => worker.torrents.delete(torrent));
    await Promise.all(known.map((worker) => worker.ask({ op: "forget", torrent }, [])));
  }

  /** Finishes the jobs under way, closes all files and ends the Workers. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#workers].map((worker) => worker.close())).then(() => {});
    return this.#closing;
  }

  #leastBusy(): PooledWorker {
    let best: PooledWorker | undefined;
    for (const worker of this.#workers) {
      if (!best || worker.waiting < best.waiting) best = worker;
    }
    if (best && (best.waiting === 0 || this.#workers.size === this.size)) return best;
    const worker = new PooledWorker(() => this.#workers.delete(worker));
    this.#workers.add(worker);
    return worker;
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One thread and the jobs it still owes an answer. */
class PooledWorker {
  /** Torrents it was told about. */
  readonly torrents = new Set<number>();
  // The URL is written out here so that `deno compile --include` and bundlers find the file.
  readonly #worker = new Worker(new URL("./disk_worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** `onCrash` is called if the thread ends by itself, which only a bug of ours can do. */
  constructor(onCrash: () => void) {
    this.#worker.onmessage = (event: MessageEvent<DiskAnswer>) => this.#onAnswer(event.data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onCrash();
      this.#worker.terminate();
      const error = new Error(`Cannot reach the disk: its worker ended: ${event.message}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Sends what has no answer. */
  tell(request: DiskRequest): void {
    const message: DiskMessage = { id: 0, request };
    this.#worker.postMessage(message);
  }

  ask(request: DiskRequest, transfer: ArrayBuffer[]): Promise<unknown> {
    const id = ++this.#lastId;
    const message: DiskMessage = { id, request };
    this.#worker.postMessage(message, transfer);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  async close(): Promise<void> {
    // A thread that crashed has nothing left to finish.
    await this.ask({ op: "close" }, []).catch(() => {});
    this.#worker.terminate();
  }

  #onAnswer({ id, result, error }: DiskAnswer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (error) waiting.reject(revive(error));
    else waiting.resolve(result);
  }
}

function revive({ message, path, kind }: CarriedError): Error {
  return kind === undefined || path === undefined
    ? new Error(message)
    : new StorageError(message, path, kind);
}
