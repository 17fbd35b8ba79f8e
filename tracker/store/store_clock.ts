// The store's clock, as far as a tracker can tell without asking: trackers of one store have to agree on when a peer was
// last seen, whatever the clocks of their machines say.
//
// What the store says of the time was true somewhere between question and answer. A slow store's word is worth less than
// what a faster answer told before, unless they contradict each other: then one of the clocks was set.

/** What two clocks may come apart by, of the time that passes: ten times as much as those of machines do. */
const DRIFT = 1 / 1000;

/** Milliseconds since the Unix epoch by the store's clock. */
export class StoreClock {
  readonly #now: (() => number) | undefined;
  #offset: number;
  /** What the offset may be wrong by, and since when that was so. */
  #error = Infinity;
  #heardAt = 0;

  /** `by`: the tracker's clock, in milliseconds, or what that is behind: then the store's own word is ignored. */
  constructor(by: (() => number) | number) {
    this.#now = typeof by === "number" ? undefined : by;
    this.#offset = typeof by === "number" ? by : 0;
  }

  /** The time there at the tracker's time `now`. */
  at(now: number): number {
    return now + this.#offset;
  }

  /** The tracker's time when it was so late there. */
  from(storeTime: number): number {
    return storeTime - this.#offset;
  }

  /** Call it before the store is asked what time it is. Returns what follow() wants to know. */
  ask(): number {
    return this.#now?.() ?? 0;
  }

  /** Takes over what the store has just said, seconds and microseconds, to a question of `askedAt`. */
  follow(askedAt: number, [seconds, microseconds]: readonly number[]): void {
    if (this.#now === undefined || seconds === undefined || microseconds === undefined) return;
    const now = this.#now();
    const error = (now - askedAt) / 2;
    const offset = seconds * 1000 + microseconds / 1000 - (now + askedAt) / 2;
    const known = this.#error + (now - this.#heardAt) * DRIFT;
    if (error > known && Math.abs(offset - this.#offset) <= error + known) return;
    this.#offset = offset;
    this.#error = error;
    this.#heardAt = now;
  }
}
