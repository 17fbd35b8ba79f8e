// When the next announce is due: the tracker's intervals, and a back-off while none answers. Time comes in, times come
// out; whom to ask is the announcer's.

const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 300_000;
/** Between announces that are made because peers are needed, where the tracker names no min interval. */
const DEFAULT_MIN_INTERVAL_SECONDS = 30;
/** Whoever goes on needing peers asks half as often each time, down to this. */
const LONGEST_NEED_MS = 300_000;
/** Whatever a tracker says: not more often than this, not more seldom than that. */
const SHORTEST_INTERVAL_SECONDS = 5;
const LONGEST_INTERVAL_SECONDS = 86_400;

/** Due times of one torrent's announces, in the milliseconds of whoever asks. */
export class AnnounceSchedule {
  readonly #random: () => number;
  #nextAt = Infinity;
  /** When an announce may be made before it is due. */
  #earliestAt = Infinity;
  /** Rounds that failed, one after the other. */
  #failures = 0;

  /** `random` is in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** When the next announce is due; Infinity for never. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** When it is time. `isNeedy`: the interval need not be over, the min interval must. */
  dueAt(isNeedy: boolean): number {
    return isNeedy ? Math.min(this.#nextAt, this.#earliestAt) : this.#nextAt;
  }

  /** Makes it due at `now`, but doesn't cut a back-off short. */
  hurry(now: number): void {
    if (this.#failures === 0) this.#nextAt = now;
  }

  /**
   * A tracker answered, and named its intervals in seconds.
   *
   * @param needyRounds rounds in a row that were made for want of peers: 1,000 torrents that nobody has would otherwise
   * ask 33 times a second for ever.
   */
  onAnswer(
    now: number,
    { interval, minInterval }: { interval: number; minInterval?: number },
    needyRounds = 0,
  ): void {
    const least = clamp(minInterval ?? DEFAULT_MIN_INTERVAL_SECONDS);
    const usual = Math.max(clamp(interval), minInterval === undefined ? 0 : least);
    this.#failures = 0;
    const patience = Math.min(least * 1000 * 2 ** needyRounds, LONGEST_NEED_MS);
    this.#earliestAt = now + Math.max(least * 1000, patience);
    this.#nextAt = now + usual * 1000;
  }

  /** None answered: 5 s, 10, 20 … 5 min, but nothing before `notBefore`. */
  onFailure(now: number, notBefore: number): void {
    const exact = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures, LONGEST_BACKOFF_MS);
    this.#failures++;
    // Jitter: a tracker that comes back shall not meet all of its peers in the same second.
    const jittered = exact * (0.8 + 0.4 * this.#random());
    this.waitUntil(Math.max(now + jittered, notBefore));
  }

  /** Nobody may be asked before `time`. */
  waitUntil(time: number): void {
    this.#nextAt = this.#earliestAt = time;
  }
}

function clamp(seconds: number): number {
  return Math.min(Math.max(seconds, SHORTEST_INTERVAL_SECONDS), LONGEST_INTERVAL_SECONDS);
}
