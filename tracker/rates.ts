// How fast counters grow: their values over the last seconds, a sample each. Times are given, never read.

/** Milliseconds over which rates are taken. */
const SPAN_MS = 5000;
/** A shorter time says nothing. */
const LEAST_MS = 100;

/** Rates of counters that are always named in the same order. */
export class Rates {
  readonly #samples: { at: number; counters: readonly number[] }[] = [];

  /** Notes where the counters stand: once a second, or about that. */
  tick(now: number, counters: readonly number[]): void {
    this.#samples.push({ at: now, counters });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) >= SPAN_MS) this.#samples.shift();
  }

  /** How much the counters grow in a second, to a tenth. */
  get perSecond(): number[] {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return [];
    const span = last.at - first.at;
    return last.counters.map((value, i) =>
      span < LEAST_MS ? 0 : Math.round((value - (first.counters[i] ?? 0)) / span * 10_000) / 10
    );
  }
}
