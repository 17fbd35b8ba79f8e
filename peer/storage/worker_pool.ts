// The threads that hash and touch the disk: a fixed number for the whole process, shared by all torrents. On the
// network thread the same work would stall every transfer whenever the system writes its page cache back.
//
// Pieces and spans of a torrent go to one Worker as long as that keeps up: two that write to one file wait for each
// other in the kernel, spinning, and a second Worker costs 15 MB and 40 ms of a core. While the system holds a torrent's
// writes back, its other writes wait too, whichever thread they are on; only what peers want to read doesn't have to. Long work
// (checks, making torrents) goes to all. A Worker does its jobs in order, so the answer to a job also says that all
// earlier ones of that Worker are done; closing needs nothing else.

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
/** A Worker whose oldest job has waited for so long doesn't keep up: another helps. */
const LATE_MS = 500;

/** Jobs of a Worker under way at which it is sent those that have come meanwhile: it must not wait for the next message. */
const FEW_JOBS = 2;

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

interface Waiting {
  request: DiskRequest;
  /** When it was asked, ms. */
  since: number;
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
  /** Jobs that are not sent yet: a message costs as much with one as with many. */
  #unsent: DiskMessage[] = [];
  /** Jobs that are with the thread. */
  #sent = 0;
  #isSending = false;
  #lastId = 0;
  #hasAnswered = false;

  /** `onCrash` is called if the thread ends by itself, which only a bug of ours can do. */
  constructor(onCrash: () => void) {
    this.#worker.onmessage = ({ data: answers }: MessageEvent<DiskAnswer[]>) => {
      this.#sent -= answers.length;
      if (this.#unsent.length > 0) this.#sendSoon();
      for (const answer of answers) this.#onAnswer(answer);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onCrash();
      this.#worker.terminate();
      const error = new Error(`Cannot reach the disk: its worker ended: ${event.message}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      this.#unsent = [];
    };
  }

  /** Jobs without an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** True if it is up and its oldest job has waited for too long. */
  isLate(now: number): boolean {
    if (!this.#hasAnswered) return false;
    const oldest = this.#oldest;
    return oldest !== undefined && now - oldest.since > LATE_MS;
  }

  /**
   * True while the thread writes for the same torrent: another write would wait for the same disk on any thread, and nobody
   * waits for anything else but reads.
   */
  isBehindItsOwn({ op, torrent }: DiskJob): boolean {
    const request = this.#oldest?.request;
    const isWrite = request?.op === "finish" || request?.op === "keep";
    return isWrite && request.torrent === torrent && op !== "read";
  }

  /** The torrent that it does something for; undefined if it waits for work. */
  get torrentAtWork(): number | undefined {
    const request = this.#oldest?.request;
    return request === undefined || request.op === "close" ? undefined : request.torrent;
  }

  get #oldest(): Waiting | undefined {
    return this.#waiting.values().next().value;
  }

  /** Sends what has no answer. */
  tell(request: DiskRequest): void {
    this.#unsent.push({ id: 0, request });
    this.#sendSoon();
  }

  ask(request: DiskRequest, since: number): Promise<unknown> {
    const id = ++this.#lastId;
    this.#unsent.push({ id, request });
    this.#sendSoon();
    return new Promise((resolve, reject) => this.#waiting.set(id, { request, since, resolve, reject }));
  }

  /** When the caller is done: more may come in the same turn. */
  #sendSoon(): void {
    if (this.#isSending || this.#sent > FEW_JOBS) return;
    this.#isSending = true;
    queueMicrotask(() => {
      this.#isSending = false;
      this.#send();
    });
  }

  #send(): void {
    const messages = this.#unsent;
    if (messages.length === 0) return; // it has crashed meanwhile
    this.#unsent = [];
    this.#sent += messages.filter(({ request }) => request.op !== "open").length;
    const handedOver = messages.flatMap(({ request }) => request.op === "keep" ? [request.bytes.buffer] : []);
    this.#worker.postMessage(messages, handedOver);
  }

  async close(now: number): Promise<void> {
    // A thread that crashed has nothing left to finish.
    await this.ask({ op: "close" }, now).catch(() => {});
    this.#worker.terminate();
  }

  #onAnswer({ id, result, error }: DiskAnswer): void {
    this.#hasAnswered = true;
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
