// One disk thread as the network thread sees it, and the jobs that it still owes an answer. Jobs go in order, by a ring in
// shared memory where they can, which costs half as much as a message.

import type { CarriedError, DiskAnswer, DiskJob, DiskMessage, DiskRequest } from "./disk_jobs.ts";
import { StorageError } from "./errors.ts";
import { JobRing, MAX_ID, type RingJob } from "./job_ring.ts";

/** A thread whose oldest job has waited for so long doesn't keep up: another helps. */
const LATE_MS = 500;
/** Jobs of a thread under way at which it is sent those that have come meanwhile: it must not wait for the next message. */
const FEW_JOBS = 2;

interface Waiting {
  request: DiskRequest;
  /** True if it has gone by message. */
  isPosted: boolean;
  /** When it was asked, ms. */
  since: number;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One thread. It starts when this is made. */
export class PooledWorker {
  /** Torrents it was told about. */
  readonly torrents = new Set<number>();
  // The URL is written out here so that `deno compile --include` and bundlers find the file.
  readonly #worker = new Worker(new URL("./disk_worker.ts", import.meta.url), { type: "module" });
  readonly #ring = new JobRing();
  readonly #waiting = new Map<number, Waiting>();
  /** Jobs that are not sent yet: a message costs as much with one as with many. */
  #unsent: DiskMessage[] = [{ id: 0, request: { op: "ring", memory: this.#ring.memory } }];
  /** Jobs that are with the thread, by message. */
  #posted = 0;
  /** Numbers of memory that the thread has. */
  readonly #lent = new WeakMap<ArrayBufferLike, number>();
  #lastLent = 0;
  #isSending = false;
  #lastId = 0;
  #hasAnswered = false;
  #hasEnded = false;

  /** `onCrash` is called if the thread ends by itself, which only a bug of ours can do. */
  constructor(onCrash: () => void) {
    this.#worker.onmessage = ({ data: answers }: MessageEvent<DiskAnswer[]>) => {
      this.#ring.answers((id, result) => this.#onAnswer({ id, result }));
      for (const answer of answers) this.#onAnswer(answer);
      if (this.#unsent.length > 0) this.#sendSoon();
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      onCrash();
      this.#worker.terminate();
      const error = new Error(`Cannot reach the disk: its worker ended: ${event.message}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      this.#unsent = [];
      this.#hasEnded = true;
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
    return isWrite && request.torrent === torrent && op !== "read" && op !== "readMessages";
  }

  /** The torrent that it does something for; undefined if it waits for work. */
  get torrentAtWork(): number | undefined {
    const request = this.#oldest?.request;
    return request !== undefined && "torrent" in request ? request.torrent : undefined;
  }

  get #oldest(): Waiting | undefined {
    return this.#waiting.values().next().value;
  }

  /**
   * Nobody uses this memory any more. It has to be said: with --single-threaded the runtime tells of nothing that was
   * collected.
   */
  release(memory: SharedArrayBuffer): void {
    const number = this.#lent.get(memory);
    if (number === undefined) return;
    this.#lent.delete(memory);
    this.tell({ op: "release", number });
  }

  /** Sends what has no answer. */
  tell(request: DiskRequest): void {
    if (this.#hasEnded) return;
    this.#unsent.push({ id: 0, request });
    this.#sendSoon();
  }

  ask(request: DiskRequest, since: number): Promise<unknown> {
    if (this.#hasEnded) return Promise.reject(new Error(`Cannot ${request.op}: the disk's worker has ended`));
    const id = this.#lastId = this.#lastId % MAX_ID + 1;
    this.#unsent.push({ id, request });
    this.#sendSoon();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { request, isPosted: false, since, resolve, reject });
    });
  }

  /** When the caller is done: more may come in the same turn. */
  #sendSoon(): void {
    if (this.#isSending || this.#posted > FEW_JOBS) return;
    this.#isSending = true;
    queueMicrotask(() => {
      this.#isSending = false;
      if (!this.#hasEnded) this.#send();
    });
  }

  /**
   * In order. The thread does what is in the ring before it leaves for messages: so what could go by the ring waits for jobs
   * that have gone by message. Nothing tells when a message without an answer has been read; until then jobs follow it.
   */
  #send(): void {
    if (this.#posted === 0) {
      if (!this.#ring.isHeard || !this.#hasAnswered) return this.#post(this.#unsent.splice(0));
      this.#offer();
    }
    const next = this.#unsent.findIndex((message) => this.#ringJob(message) !== undefined);
    this.#post(this.#unsent.splice(0, next < 0 ? this.#unsent.length : next));
  }

  /** Puts what comes next into the ring, as long as it can go there. */
  #offer(): void {
    let sent = 0;
    for (const message of this.#unsent) {
      const job = this.#ringJob(message);
      if (job === undefined || !this.#ring.offer(job)) break;
      sent++;
    }
    this.#unsent.splice(0, sent);
  }

  #ringJob({ id, request }: DiskMessage): RingJob | undefined {
    if (!("buffer" in request)) return undefined;
    const { op, torrent, index, buffer: { buffer, byteOffset: offset, length } } = request;
    const memory = this.#lent.get(buffer);
    if (memory === undefined) return undefined;
    const begin = op === "finish" ? 0 : request.begin;
    const blockLength = op === "readMessages" ? request.blockLength : 0;
    return { op, id, torrent, index, begin, memory, offset, length, blockLength };
  }

  #post(messages: DiskMessage[]): void {
    if (messages.length === 0) return;
    const handedOver: Transferable[] = [];
    const lent: DiskMessage[] = [];
    for (const { id, request } of messages) {
      const waiting = this.#waiting.get(id);
      if (waiting !== undefined) {
        waiting.isPosted = true;
        this.#posted++;
      }
      if (request.op === "keep") handedOver.push(request.bytes.buffer);
      else if ("buffer" in request) this.#lend(request.buffer.buffer, lent);
    }
    this.#ring.announce();
    this.#worker.postMessage([...lent, ...messages], handedOver);
  }

  /** From the next time on, jobs on this memory can go by the ring. */
  #lend(memory: ArrayBufferLike, messages: DiskMessage[]): void {
    if (!(memory instanceof SharedArrayBuffer) || this.#lent.has(memory)) return;
    const number = ++this.#lastLent;
    this.#lent.set(memory, number);
    messages.push({ id: 0, request: { op: "lend", number, memory } });
  }

  async close(now: number): Promise<void> {
    // A thread that crashed has nothing left to finish.
    await this.ask({ op: "close" }, now).catch(() => {});
    this.#hasEnded = true;
    this.#worker.terminate();
  }

  #onAnswer({ id, result, error }: DiskAnswer): void {
    this.#hasAnswered = true;
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (waiting.isPosted) this.#posted--;
    if (error) waiting.reject(revive(error));
    else waiting.resolve(result);
  }
}

function revive({ message, path, kind }: CarriedError): Error {
  return kind === undefined || path === undefined
    ? new Error(message)
    : new StorageError(message, path, kind);
}
