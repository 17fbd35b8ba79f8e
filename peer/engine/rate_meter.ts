// Bytes per second over the last few seconds, from a counter that only grows.
// Knows neither who counts nor a clock: both are passed in, and no byte costs a call of its own.

const BUCKET_MS = 250;
const BUCKETS = 20;

/** Below this age a rate would be noise: the first bytes count as if they had taken this long. */
const MIN_SPAN_MS = 1000;

/** A sliding window of 5 s in buckets of 250 ms. */
export class RateMeter {
  readonly #buckets = new Float64Array(BUCKETS);
  #sum = 0;
  #total = 0;
  #bucket = -1;
  #startedAt = 0;

  /** Takes the counter's value at `now`; what was added since the last call counts as arrived in this bucket. */
  sample(total: number, now: number): void {
    this.#roll(now);
    const added = total - this.#total;
    if (added === 0) return;
    this.#total = total;
    this.#sum += added;
    const at = this.#bucket % BUCKETS;
    this.#buckets[at] = (this.#buckets[at] as number) + added;
  }

  /** Bytes per second over the window that ends at `now`. */
  rate(now: number): number {
    this.#roll(now);
    if (this.#sum === 0) return 0;
    const window = (BUCKETS - 1) * BUCKET_MS + (now - this.#bucket * BUCKET_MS);
    const span = Math.min(window, Math.max(now - this.#startedAt, MIN_SPAN_MS));
    return this.#sum * 1000 / span;
  }

  /** Moves on to the bucket of `now` and forgets what has left the window. */
  #roll(now: number): void {
    const bucket = Math.floor(now / BUCKET_MS);
    if (bucket <= this.#bucket) return;
    if (this.#bucket < 0 || bucket - this.#bucket >= BUCKETS) {
      // A window without a byte is a new start, or the first second after a pause would look slow.
      this.#buckets.fill(0);
      this.#sum = 0;
      this.#startedAt = now;
    } else {
      for (let b = this.#bucket + 1; b <= bucket; b++) {
        this.#sum -= this.#buckets[b % BUCKETS] as number;
        this.#buckets[b % BUCKETS] = 0;
      }
    }
    this.#bucket = bucket;
  }
}
