// A thread that copies parts of files to standard output. A full pipe holds up nobody else there, so every write may be a
// plain system call, which takes a tenth of the time of one that the runtime waits for. So 4 KiB at a time are enough, the
// most that a pipe surely takes whole or not at all (see patient_write.ts), and it doesn't matter whether this one waits
// for its reader (O_NONBLOCK): the runtime doesn't tell, and whoever shares the pipe may change it meanwhile.
//
// Both sides are in this one file: so `deno compile` embeds what the thread runs.

import { writePatientlySync } from "./patient_write.ts";
import { unwritable } from "./terminal.ts";

const CHUNK_BYTES = 1024 * 1024;

/** Bytes of a file. */
export interface FilePart {
  path: string;
  offset: number;
  length: number;
}

/** What became of it: `reader-gone` if nobody wants it any more. */
export type CopyResult = "written" | "reader-gone" | { failure: string };

interface WorkerScope {
  onmessage: ((event: MessageEvent<FilePart>) => void) | null;
  postMessage(result: CopyResult): void;
}

/** Runs until it is closed; a program that leaves doesn't wait for it. */
export class OutputThread implements Disposable {
  readonly #worker = new Worker(import.meta.url, { type: "module" });

  /** Copies one part; the next not before it is done. */
  copy(part: FilePart): Promise<CopyResult> {
    const { promise, resolve, reject } = Promise.withResolvers<CopyResult>();
    this.#worker.onmessage = ({ data }: MessageEvent<CopyResult>) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Output thread: ${event.message}`));
    };
    this.#worker.postMessage(part);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

function copyPart({ path, offset, length }: FilePart): CopyResult {
  try {
    using file = Deno.openSync(path);
    file.seekSync(offset, Deno.SeekMode.Start);
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, length));
    for (let left = length; left > 0;) {
      const n = file.readSync(chunk.subarray(0, left));
      if (n === null) throw new Error("it ends too early");
      const result = write(chunk.subarray(0, n));
      if (result !== "written") return result;
      left -= n;
    }
    return "written";
  } catch (error) {
    return { failure: `Cannot read ${path}: ${error instanceof Error ? error.message : error}` };
  }
}

function write(bytes: Uint8Array): CopyResult {
  try {
    writePatientlySync(Deno.stdout, bytes);
    return "written";
  } catch (error) {
    return error instanceof Deno.errors.BrokenPipe ? "reader-gone" : { failure: unwritable(error).message };
  }
}

// Whoever starts the thread reads this file, too.
if ("WorkerGlobalScope" in globalThis) {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data: part }) => scope.postMessage(copyPart(part));
}
