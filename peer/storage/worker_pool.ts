// The threads that hash and touch the disk: a fixed number for the whole process, shared by all torrents. On the
// network thread the same work would stall every transfer whenever the system writes its page cache back.
//
// Pieces and spans of a torrent go to one Worker as long as that keeps up: two that write to one file wait for each
// other in the kernel, spinning, and a second Worker costs 15 MB and 40 ms of a core. While the system holds a torrent's
// writes back, its other writes wait too, whichever thread they are on; only what peers want to read doesn't have to. Long work
// (checks, making torrents) goes to all. A Worker does its jobs in order, so the answer to a job also says that all
// earlier ones of that Worker are done; closing needs nothing else.

import type { DiskJob, DiskResults, TorrentDescription } from "./disk_jobs.ts";
import { PooledWorker } from "./pooled_worker.ts";
import { SharedMemory } from "./shared_memory.ts";

const MAX_DEFAULT_WORKERS = 4;

/** How many threads. */
export interface DiskPoolOptions {
  /** Default: one for each core, at most 4. They start when there is work for them. */
  workers?: number;
  /** Clock for how long jobs wait, in milliseconds. Default `performance.now`. */
  now?: () => number;
}

/** The process's disk threads. Make one, share it, close it at the end: its Workers keep the process alive. */
export class DiskPool {
  /** Workers at most. */
  readonly size: number;
  /**
   * What jobs of any torrent work on.
   *
   * @internal
   */
  readonly memory: SharedMemory = new SharedMemory((memory) => {
    for (const worker of this.#workers) worker.release(memory);
  });
  readonly #now: () => number;
  #workers: PooledWorker[] = [];
  readonly #torrents = new Map<number, TorrentDescription>();
  /** Where a torrent's jobs go as long as that Worker keeps up. */
  readonly #homes = new Map<number, PooledWorker>();
  #lastTorrent = 0;
  #closing: Promise<void> | undefined;

  /** Starts nothing yet: Workers come with the work. */
  constructor(options: DiskPoolOptions = {}) {
    const size = options.workers ?? Math.min(navigator.hardwareConcurrency, MAX_DEFAULT_WORKERS);
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`Cannot start disk workers: their number must be 1 or more: got ${size}`);
    }
    this.size = size;
    this.#now = options.now ?? (() => performance.now());
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
   * Does a job on some Worker. Rejects with StorageError when the disk is to blame.
   *
   * @internal
   */
  run<Job extends DiskJob>(job: Job): Promise<DiskResults[Job["op"]]> {
    const description = this.#torrents.get(job.torrent);
    if (this.#closing || !description) {
      return Promise.reject(new Error(`Cannot ${job.op}: the storage is closed`));
    }
    const worker = this.#workerFor(job);
    if (!worker.torrents.has(job.torrent)) {
      worker.torrents.add(job.torrent);
      worker.tell({ op: "open", torrent: job.torrent, description });
    }
    return worker.ask(job, this.#now()) as Promise<DiskResults[Job["op"]]>;
  }

  /**
   * Starts Workers until there are `count` of them. One takes 80 ms, most of which the caller can use for something
   * else if it knows that there will be work.
   *
   * @internal
   */
  warm(count: number): void {
    while (!this.#closing && this.#workers.length < Math.min(count, this.size)) this.#start();
  }

  /** Waits for the torrent's jobs, then closes its files. */
  async remove(torrent: number): Promise<void> {
    if (!this.#torrents.delete(torrent)) return;
    this.#homes.delete(torrent);
    if (this.#closing) return this.#closing;
    const known = this.#workers.filter((worker) => worker.torrents.delete(torrent));
    await Promise.all(known.map((worker) => worker.ask({ op: "forget", torrent }, this.#now())));
  }

  /** Finishes the jobs under way, closes all files and ends the Workers. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#workers.map((worker) => worker.close(this.#now()))).then(() => {});
    return this.#closing;
  }

  #workerFor(job: DiskJob): PooledWorker {
    const isLong = job.op === "check" || job.op === "hash";
    const home = this.#homeOf(job.torrent);
    const now = this.#now();
    if (!isLong && (!home.isLate(now) || home.isBehindItsOwn(job))) return home;
    const idlest = this.#workers.reduce((a, b) => b.waiting < a.waiting ? b : a, home);
    const isEnough = isLong ? idlest.waiting === 0 : !idlest.isLate(now);
    const helper = isEnough || this.#workers.length === this.size ? idlest : this.#start();
    // Another torrent is what it waits for: it has found a better place. Its own writes would follow it there.
    if (!isLong && home.torrentAtWork !== job.torrent) this.#homes.set(job.torrent, helper);
    return helper;
  }

  #homeOf(torrent: number): PooledWorker {
    let home = this.#homes.get(torrent);
    if (home === undefined || !this.#workers.includes(home)) {
      home = this.#workers[torrent % this.#workers.length] ?? this.#start();
      this.#homes.set(torrent, home);
    }
    return home;
  }

  #start(): PooledWorker {
    const worker = new PooledWorker(() => this.#workers = this.#workers.filter((other) => other !== worker));
    this.#workers.push(worker);
    return worker;
  }
}
