// A disk thread: takes jobs in order, answers each. Synchronous system calls, because this thread has nothing else
// to do. Started by worker_pool.ts only; it looks at no arguments, which Workers inherit from the program.

import type { CarriedError, DiskAnswer, DiskJob, DiskMessage, DiskRequest } from "./disk_jobs.ts";
import { StorageError } from "./errors.ts";
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

scope.onmessage = ({ data: messages }) => {
  let answers: DiskAnswer[] = [];
  let since = performance.now();
  for (const { id, request } of messages) {
    const answer = answerTo(id, request);
    if (request.op !== "open") answers.push(answer);
    const now = performance.now();
    if (now - since < TOGETHER_MS || answers.length === 0) continue;
    scope.postMessage(answers);
    answers = [];
    since = now;
  }
  if (answers.length > 0) scope.postMessage(answers);
};

function answerTo(id: number, request: DiskRequest): DiskAnswer {
  try {
    return { id, result: handle(request) };
  } catch (error) {
    return { id, error: carry(error) };
  }
}

function handle(request: DiskRequest): unknown {
  switch (request.op) {
    case "open":
      return torrents.set(request.torrent, new TorrentFiles(request.description, openFiles));
    case "forget":
      torrents.get(request.torrent)?.close();
      torrents.delete(request.torrent);
      return;
    case "close":
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
