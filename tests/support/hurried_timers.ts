// Simulated time for code that sets timers of its own: a timer is over at the next turn of the event loop, and the time that
// it was set for counts as passed. What waits for sockets and files waits for these, and takes no time.

/** Stands in for `setTimeout` until the end of the scope. */
export class HurriedTimers implements Disposable {
  /** Milliseconds that all this would have taken. */
  passedMs = 0;
  readonly #setTimeout = globalThis.setTimeout;

  constructor() {
    const real = this.#setTimeout;
    const hurried = (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const dueAt = this.passedMs + ms;
      return real(() => {
        this.passedMs = Math.max(this.passedMs, dueAt);
        callback(...args);
      });
    };
    globalThis.setTimeout = hurried as typeof setTimeout;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#setTimeout;
  }
}
