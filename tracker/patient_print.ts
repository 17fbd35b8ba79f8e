// Printing to a reader that takes its time, also through a pipe that doesn't wait for it (O_NONBLOCK, which whoever shares the
// pipe may have set). The system itself holds up who writes to any other pipe that is full; here that is done by hand.

/** A full pipe is tried again after so long, ms: a reader that has stopped costs next to nothing, one that reads hardly waits. */
const WAIT_MS = 20;
/** So much of a line a pipe takes whole or not at all; of more the runtime keeps a part and says that nothing was taken. */
const PIPE_BUF = Deno.build.os === "linux" ? 4096 : 512;

const encoder = new TextEncoder();

/** Where lines go; a part of one may be taken at a time. */
export interface SyncOutput {
  writeSync(bytes: Uint8Array): number;
}

/** Lets so much time pass, in which nothing of the program goes on. */
function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * Prints a text and the end of its line, and nothing else goes on until it is taken. A reader that has gone is no error of ours,
 * be it `| head`.
 *
 * @throws what else the system says
 */
export function printPatiently(output: SyncOutput, text: string, wait?: (ms: number) => void): void {
  try {
    printSurely(output, text, wait);
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** The same for what must have a reader: one that has gone is an error, too. */
export function printSurely(output: SyncOutput, text: string, wait: (ms: number) => void = holdUp): void {
  for (const line of text.split("\n")) printLine(output, encoder.encode(`${line}\n`), wait);
}

function printLine(output: SyncOutput, line: Uint8Array, wait: (ms: number) => void): void {
  let left = line;
  while (left.length > 0) {
    try {
      left = left.subarray(output.writeSync(left.subarray(0, PIPE_BUF)));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      wait(WAIT_MS);
    }
  }
}
