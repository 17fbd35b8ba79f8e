// How long announces take, in buckets as Prometheus wants them. Two looks at the clock cost as much as a tenth of an
// announce, so the frontends measure one in SAMPLED only. Times are given, never read.

/** One announce in so many is measured: the shares of the buckets are what they would be with all of them. */
export const SAMPLED = 64;

/** Upper bounds in milliseconds: an announce takes some 10 µs, one that waited for the garbage collector a few ms. */
const BOUNDS_MS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100];

/** A bucket of the answer: how many took at most so long. */
export interface LatencyBucket {
  /** Infinity for the last one. */
  seconds: number;
  /** Of all that were measured, those of the smaller buckets included. */
  count: number;
}

/** Counts durations. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BOUNDS_MS.length + 1);
  #sumMs = 0;
  #skipped = 0;

  /** Whether the next announce is to be measured. Call it once for each. */
  isDue(): boolean {
    if (++this.#skipped < SAMPLED) return false;
    this.#skipped = 0;
    return true;
  }

  note(ms: number): void {
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sumMs += ms;
  }

  /** Of all that were measured. */
  get sumSeconds(): number {
    return this.#sumMs / 1000;
  }

  get buckets(): LatencyBucket[] {
    let count = 0;
    return Array.from(this.#counts, (n, i) => {
      count += n;
      return { seconds: (BOUNDS_MS[i] ?? Infinity) / 1000, count };
    });
  }
}
