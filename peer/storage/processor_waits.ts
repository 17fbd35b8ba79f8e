// How long this thread is kept waiting for a processor where more threads want one than there are. The system tells it to
// nobody who has our permissions; but what needs nothing else takes as long as at its best, and as much longer as it waited.

/** The longest wait counts half after some 700 pieces: a machine may become idle again. */
const FADE = 0.999;
/** A longer wait counts as this: who was stopped, or slept with the machine, has not waited for a processor. */
const MAX_WAIT_MS = 500;

/** The waits of one thread. */
export class ProcessorWaits {
  readonly #now: () => number;
  /** Milliseconds for a byte, at best. */
  #pace = Infinity;
  #longestMs = 0;

  /** `now` is a clock in milliseconds; by itself one that counts fractions of them. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The longest of late, in milliseconds. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** Does work on so many bytes that needs a processor and nothing else. */
  during<Result>(bytes: number, work: () => Result): Result {
    const began = this.#now();
    const result = work();
    const took = this.#now() - began;
    this.#pace = Math.min(this.#pace, took / bytes);
    const waited = Math.min(took - this.#pace * bytes, MAX_WAIT_MS);
    this.#longestMs = Math.max(waited, this.#longestMs * FADE);
    return result;
  }
}
