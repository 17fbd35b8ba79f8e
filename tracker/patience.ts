// For how long peers may be silent after the rules have changed: who was told to come back after a long interval is waited
// for until then, though the interval is a shorter one now. Times are given, never read.

/** A former time of silence, and until when it counts: undefined before the first look at it. */
interface Owed {
  seconds: number;
  until: number | undefined;
}

/** What former rules still promise. */
export class Patience {
  /** The longest first: one that is shorter than a later one never counts. */
  #owed: Owed[] = [];

  /**
   * Up to now peers were told an interval after which they may be silent for so long. Counts from the next look on: rules
   * change without a time.
   */
  owe(seconds: number): void {
    this.#owed = this.#owed.filter((each) => each.seconds > seconds);
    this.#owed.push({ seconds, until: undefined });
  }

  /** The longest time of silence that somebody may still count on, in seconds; 0 if nobody does. `now`: milliseconds. */
  owed(now: number): number {
    for (const each of this.#owed) each.until ??= now + each.seconds * 1000;
    while ((this.#owed[0]?.until ?? Infinity) <= now) this.#owed.shift();
    return this.#owed[0]?.seconds ?? 0;
  }
}
