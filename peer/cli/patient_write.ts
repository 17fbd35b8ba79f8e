// Writing to a reader that takes its time, also through a pipe that doesn't wait for it (O_NONBLOCK, which whoever shares the
// pipe may have set).
//
// Standard output keeps what stands behind the last line break, and of what a full pipe has taken a part of it says that
// nothing was taken: that, written again, would come twice. So no more is written at once than a pipe takes whole or not at
// all, and nothing behind the last line break in it. What is short and has no line break is kept for certain.

/** So many bytes a pipe takes whole or not at all: Linux's number; no system promises less than 512. */
const PIPE_BUF = Deno.build.os === "linux" ? 4096 : 512;
/** What is shorter, and has no line break, is kept. */
const KEPT_BYTES = 1024;
const LINE_FEED = 10;
const NOTHING = new Uint8Array(0);

/** Where bytes go; a part of them may be taken at a time. */
export interface SyncOutput {
  writeSync(bytes: Uint8Array): number;
}

/** A pipe that was full is tried again after so long, and after twice as long each time that it still is. */
const FIRST_WAIT_MS = 1;
/** A reader that has stopped costs so few calls that it doesn't show, and one that has gone is noticed by the next. */
const LONGEST_WAIT_MS = 64;

/**
 * Writes it all, however long the reader takes. Nothing else of the thread goes on until it is done: so the system itself
 * holds up who writes to a pipe that waits. For what a program has to say before it goes on, and for a thread that only writes.
 *
 * @throws what the system says, `BrokenPipe` if the reader has gone
 */
export function writePatientlySync(
  output: SyncOutput,
  bytes: Uint8Array,
  wait: (ms: number) => void = holdUp,
): void {
  const part = new Part(bytes);
  while (!part.isDone) {
    try {
      part.onTaken(output.writeSync(part.next));
    } catch (error) {
      wait(part.onFull(error));
    }
  }
}

/** What is to be written next, of all. */
class Part {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Bytes that standard output has and the pipe has not. */
  #kept = 0;
  #waitMs = FIRST_WAIT_MS;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Nothing, which brings what is kept on its way, or what a pipe takes whole or not at all. */
  get next(): Uint8Array {
    if (this.#kept > 0) return NOTHING;
    const most = this.#bytes.subarray(this.#at, this.#at + PIPE_BUF);
    return most.subarray(0, most.lastIndexOf(LINE_FEED) + 1 || most.length);
  }

  onTaken(count: number): void {
    this.#at += this.#kept || count;
    this.#kept = 0;
    this.#waitMs = FIRST_WAIT_MS;
  }

  /**
   * How long to wait after a try that ended so, ms. The runtime has nothing that tells when a pipe has room again.
   *
   * @throws what doesn't get better by waiting
   */
  onFull(error: unknown): number {
    if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    const { next } = this;
    if (next.length < KEPT_BYTES && !next.includes(LINE_FEED)) this.#kept ||= next.length;
    const ms = this.#waitMs;
    this.#waitMs = Math.min(2 * ms, LONGEST_WAIT_MS);
    return ms;
  }
}

/** Lets so much time pass, in which nothing of the thread goes on. */
function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
