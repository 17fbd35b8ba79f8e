// The store's clock, as far as a tracker can tell without asking: trackers of one store have to agree on when a peer was
// last seen, whatever the clocks of their machines say.

/** Milliseconds since the Unix epoch by the store's clock. */
export class StoreClock {
  #offset: number;
  readonly #isFixed: boolean;

  /** `offset`: what the tracker's clock is behind; with it the store's own word on the time is ignored. */
  constructor(offset?: number) {
    this.#offset = offset ?? 0;
    this.#isFixed = offset !== undefined;
  }

  /** The time there at the tracker's time `now`. */
  at(now: number): number {
    return now + this.#offset;
  }

  /** The tracker's time when it was so late there. */
  from(storeTime: number): number {
    return storeTime - this.#offset;
  }

  /** Takes over what the store said: seconds and microseconds. */
  follow(now: number, [seconds, microseconds]: readonly number[]): void {
    if (this.#isFixed || seconds === undefined || microseconds === undefined) return;
    this.#offset = seconds * 1000 + microseconds / 1000 - now;
  }
}
