// A disk thread: takes jobs in order, answers each. Synchronous system calls, because this thread has nothing else
// to do. Started by pooled_worker.ts only; it looks at no arguments, which Workers inherit from the program.

import type { Verdict } from "../engine/ports.ts";
import type { CarriedError, DiskAnswer, DiskJob, DiskMessage, DiskRequest } from "./disk_jobs.ts";
import { StorageError } from "./errors.ts";
import { JobRing, type RingJob } from "./job_ring.ts";
import { OpenFiles } from "./open_files.ts";
import { TorrentFiles } from "./torrent_files.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<DiskMessage[]>) => void) | null;
  postMessage(answers: DiskAnswer[]): void;
}

/** So long may an answer wait for others: a message between threads takes as long as a job on a small piece. */
const TOGETHER_MS = 1;

const scope = globalThis as unknown as WorkerScope;
const openFiles = new OpenFiles();
const torrents = new Map<number, TorrentFiles>();
/** What buffers of jobs in the ring lie in, by number. */
const memories = new Map<number, SharedArrayBuffer>();
/** Until it is closed. */
let ring: JobRing | undefined;

scope.onmessage = ({ data: messages }) => {
  let answers: DiskAnswer[] = [];
  let since = performance.now();
  const last = messages.at(-1);
  for (const message of messages) {
    const answer = answerTo(message);
    if (message.id !== 0) answers.push(answer);
    const now = performance.now();
    if (message === last || answers.length === 0 || now - since < TOGETHER_MS) continue;
    scope.postMessage(answers);
    answers = [];
    since = now;
  }
  ring?.hasRead(); // before the last answer, upon which the pool looks
  if (answers.length > 0) scope.postMessage(answers);
  if (ring !== undefined) workOff(ring);
};

/** Does what comes by the ring, and sleeps in between, until a message waits: this thread must be idle to hear it. */
function workOff(ring: JobRing): void {
  do {
    let since = performance.now();
    for (let job = ring.take(); job !== undefined; job = ring.take()) {
      answerInRing(ring, job);
      const now = performance.now();
      if (now - since < TOGETHER_MS && ring.hasJob) continue;
      if (ring.mustRing) scope.postMessage([]);
      since = now;
    }
  } while (ring.rest());
}

function answerInRing(ring: JobRing, job: RingJob): void {
  const { op, id, torrent, index, begin, offset, length, blockLength } = job;
  try {
    const memory = memories.get(job.memory);
    if (memory === undefined) throw new Error(`Cannot ${op}: memory ${job.memory} was not lent`);
    const buffer = new Uint8Array(memory, offset, length);
    const result = work({ op, torrent, index, begin, buffer, blockLength });
    ring.answer(id, result as Verdict | undefined);
  } catch (error) {
    scope.postMessage([{ id, error: carry(error) }]);
    ring.fail(id);
  }
}

function answerTo({ id, request }: DiskMessage): DiskAnswer {
  try {
    return { id, result: handle(request) };
  } catch (error) {
    return { id, error: carry(error) };
  }
}

function handle(request: DiskRequest): unknown {
  switch (request.op) {
    case "ring":
      ring = new JobRing(request.memory);
      return;
    case "lend":
      return memories.set(request.number, request.memory);
    case "release":
      return memories.delete(request.number);
    case "open":
      return torrents.set(request.torrent, new TorrentFiles(request.description, openFiles));
    case "forget":
      torrents.get(request.torrent)?.close();
      torrents.delete(request.torrent);
      return;
    case "close":
      ring = undefined;
      return openFiles.close();
    default:
      return work(request);
  }
}

function work(job: DiskJob): unknown {
  const files = torrents.get(job.torrent);
  if (!files) throw new Error(`Cannot ${job.op}: torrent ${job.torrent} is not open in this worker`);
  switch (job.op) {
    case "finish":
      return files.finish(job.index, job.buffer);
    case "keep":
      return files.keep(job.index, job.begin, job.bytes);
    case "read":
      return files.read(job.index, job.begin, job.buffer);
    case "readMessages":
      return files.readMessages(job.index, job.begin, job.buffer, job.blockLength);
    case "check":
      if (job.afresh) files.close();
      return files.check(job.from, job.to);
    case "hash":
      return files.hash(job.from, job.to);
    case "inspect":
      return files.inspect(job.files);
    case "create":
      return files.create(job.files);
    case "adopt":
      return files.adopt(job.file, job.pieces);
  }
}

function carry(error: unknown): CarriedError {
  if (error instanceof StorageError) return { message: error.message, path: error.path, kind: error.kind };
  return { message: error instanceof Error ? error.stack ?? error.message : String(error) };
}
