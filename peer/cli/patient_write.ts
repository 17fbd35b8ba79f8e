// Writing to a reader that takes its time, also through a pipe that doesn't wait for it (O_NONBLOCK, which whoever shares the
// pipe may have set).

/** So many bytes a pipe takes in one piece, on Linux; no system promises less than 512. */
const PIPE_BUF = 4096;
const LINE_FEED = 10;

/** Where bytes go; a part of them may be taken at a time. */
export interface Output {
  write(bytes: Uint8Array): Promise<number>;
}

/** The same for who does nothing else meanwhile. */
export interface SyncOutput {
  writeSync(bytes: Uint8Array): number;
}

/** A pipe that was full is tried again after so long, and after twice as long each time that it still is. */
const FIRST_WAIT_MS = 1;
/** A reader that has stopped costs so few calls that it doesn't show, and one that has gone is noticed by the next. */
const LONGEST_WAIT_MS = 64;

/**
 * Writes it all, however long the reader takes.
 *
 * @throws what the system says, `BrokenPipe` if the reader has gone
 */
export async function writePatiently(
  output: Output,
  bytes: Uint8Array,
  wait: (ms: number) => Promise<void> = pause,
): Promise<void> {
  const waits = new Waits();
  for (let at = 0; at < bytes.length;) {
    try {
      at += await output.write(bytes.subarray(at));
      waits.restart();
    } catch (error) {
      await wait(waits.after(error));
    }
  }
}

/**
 * The same, and nothing else of the program goes on until it is done: so the system itself holds up who writes to a pipe
 * that waits. For what a program has to say before it goes on.
 *
 * @throws what the system says, `BrokenPipe` if the reader has gone
 */
export function writePatientlySync(
  output: SyncOutput,
  bytes: Uint8Array,
  wait: (ms: number) => void = holdUp,
): void {
  const waits = new Waits();
  for (let at = 0; at < bytes.length;) {
    try {
      at += output.writeSync(atOnce(bytes.subarray(at)));
      waits.restart();
    } catch (error) {
      wait(waits.after(error));
    }
  }
}

/**
 * What a full pipe takes whole or not at all. The runtime keeps what stands behind the last line break, and says that nothing
 * was taken when only a part was: all of it would be written again.
 */
function atOnce(bytes: Uint8Array): Uint8Array {
  const most = bytes.subarray(0, PIPE_BUF);
  return most.subarray(0, most.lastIndexOf(LINE_FEED) + 1 || most.length);
}

/** How long to wait before each try. */
class Waits {
  #nextMs = FIRST_WAIT_MS;

  /** Something was taken. */
  restart(): void {
    this.#nextMs = FIRST_WAIT_MS;
  }

  /**
   * Milliseconds after a try that ended so. The runtime has nothing that tells when a pipe has room again.
   *
   * @throws what doesn't get better by waiting
   */
  after(error: unknown): number {
    if (!(error instanceof Deno.errors.WouldBlock)) throw error;
    const ms = this.#nextMs;
    this.#nextMs = Math.min(2 * ms, LONGEST_WAIT_MS);
    return ms;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets so much time pass, in which nothing of the program goes on. */
export function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
