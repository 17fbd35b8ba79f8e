// Writing to a reader that takes its time, also through a pipe that doesn't wait for it (O_NONBLOCK, which whoever shares the
// pipe may have set).

/** Where bytes go; a part of them may be taken at a time. */
export interface Output {
  write(bytes: Uint8Array): Promise<number>;
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
  let waitMs = FIRST_WAIT_MS;
  for (let at = 0; at < bytes.length;) {
    try {
      at += await output.write(bytes.subarray(at));
      waitMs = FIRST_WAIT_MS;
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      // The runtime has nothing that tells when a pipe has room again.
      await wait(waitMs);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
