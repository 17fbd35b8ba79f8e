// Time as a number that the test moves.

/** A clock that stands still until it is told. */
export class FakeClock {
  #now: number;

  constructor(startMs = 1_000_000) {
    this.#now = startMs;
  }

  /** What to hand to code that takes `now: () => number`. */
  readonly read = (): number => this.#now;

  get now(): number {
    return this.#now;
  }

  /** Moves on and returns the new time. */
  advance(ms: number): number {
    this.#now += ms;
    return this.#now;
  }
}

/** Lets everything run that waits for promises only. What waits for a socket or a timer goes on waiting. */
export function runPromises(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
