// The tracker's clock as the page knows it: set by each answer, and moved on between them, so that ages grow by themselves.

import { type ReadonlySignal, signal } from "@preact/signals";

/** Answers are shared for a second, and take their time to travel; one that is older still is of a clock that was set back. */
const MAX_AGE_MS = 2000;

export class Clock {
  /** Unix milliseconds by the tracker's clock; 0 before its first answer. */
  readonly tracker: ReadonlySignal<number>;
  /** The tracker's clock at its last answer; null before the first. */
  readonly answeredAt: ReadonlySignal<number | null>;
  /** The page's own monotonic clock, milliseconds. */
  readonly monotonic: ReadonlySignal<number>;

  readonly #now: () => number;
  readonly #tracker = signal(0);
  readonly #answeredAt = signal<number | null>(null);
  readonly #monotonic = signal(0);
  /** Answers that were heard: one that comes again, since nothing else is new, doesn't say what time it is now. */
  readonly #heard = new WeakSet<object>();
  #offset = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.tracker = this.#tracker;
    this.answeredAt = this.#answeredAt;
    this.monotonic = this.#monotonic;
  }

  /** The tracker has answered, and said what time it is. */
  hear(answer: { now: number }): void {
    if (!this.#heard.has(answer)) this.#compare(answer.now - this.#now());
    this.#heard.add(answer);
    this.#answeredAt.value = this.#now() + this.#offset;
    this.tick();
  }

  // The youngest answer tells best: older ones would have the ages on the page go back and forth.
  #compare(offset: number): void {
    const isOlder = this.#answeredAt.peek() !== null && offset < this.#offset;
    if (!isOlder || this.#offset - offset > MAX_AGE_MS) this.#offset = offset;
  }

  /** Time has passed. */
  tick(): void {
    this.#monotonic.value = this.#now();
    if (this.#answeredAt.peek() !== null) this.#tracker.value = this.#now() + this.#offset;
  }
}
