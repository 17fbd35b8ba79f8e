// Counts what the tracker did. Peers and swarms are counted where they are kept.

/** Seconds over which the rate of announces is taken. */
const RATE_SPAN_MS = 5000;

/** Counters since the start, and one rate. */
export class TrackerStats {
  /** Announces answered. */
  announces = 0;
  /** Scrapes answered. */
  scrapes = 0;
  /** Announces and scrapes answered with a failure reason. */
  rejected = 0;
  /** `completed` events, one for each peer. */
  completed = 0;

  readonly #samples: { at: number; announces: number }[];

  constructor(now: number) {
    this.#samples = [{ at: now, announces: 0 }];
  }

  /** Notes where the counters stand: once a second, or about that. */
  tick(now: number): void {
    this.#samples.push({ at: now, announces: this.announces });
    while (this.#samples.length > 2 && now - (this.#samples[1]?.at ?? now) >= RATE_SPAN_MS) {
      this.#samples.shift();
    }
  }

  /** Announces a second over the last five seconds or so. */
  announcesPerSecond(now: number): number {
    const first = this.#samples[0];
    if (first === undefined || now - first.at < 100) return 0;
    return Math.round((this.announces - first.announces) / (now - first.at) * 10_000) / 10;
  }
}
