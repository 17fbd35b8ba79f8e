// Which swarms are announced to most. Of a busy tracker only one announce in so many is looked at, so that this costs none of
// them more than a comparison. Times are given, never read.

/** Announces a second that are looked at, at most, by about. */
const SAMPLES_PER_SECOND = 1000;
/** Swarms are counted over the last one to two of these. */
const WINDOW_MS = 30_000;
/** Swarms counted in one window. Those that come first while there is room are the busy ones, most likely. */
const MAX_SWARMS = 20_000;

/** An odd number whose multiples go all over 32 bits. */
const SCATTER = 0x9e3779b1;

/** How often swarms were announced to of late. */
export class Activity {
  /** All announces are looked at, or one of two, of four… */
  mask = 0;

  #windowAt: number;
  #current = new Map<number, number>();
  #before = new Map<number, number>();
  #beforeMs = 0;

  constructor(now: number) {
    this.#windowAt = now;
  }

  /**
   * Whether the announce of this number is looked at. Not simply every fourth: a client that goes through its torrents in
   * turn would have some of them look busy, and the others idle.
   */
  isDue(number: number): boolean {
    return ((Math.imul(number, SCATTER) >>> 16) & this.mask) === 0;
  }

  /** An announce that is looked at. */
  note(swarm: number): void {
    const count = this.#current.get(swarm);
    if (count === undefined && this.#current.size >= MAX_SWARMS) return;
    this.#current.set(swarm, (count ?? 0) + this.mask + 1);
  }

  /** A swarm that is gone: its number may be another's soon. */
  forget(swarm: number): void {
    this.#current.delete(swarm);
    this.#before.delete(swarm);
  }

  /** Call it once a second, with the rate of all announces. */
  tick(now: number, announcesPerSecond: number): void {
    let mask = 0;
    while (announcesPerSecond / (mask + 1) > SAMPLES_PER_SECOND) mask = mask * 2 + 1;
    this.mask = mask;
    if (now - this.#windowAt < WINDOW_MS) return;
    this.#before = this.#current;
    this.#beforeMs = now - this.#windowAt;
    this.#current = new Map();
    this.#windowAt = now;
  }

  /** The busiest swarms, with announces a second. */
  busiest(most: number, now: number): { swarm: number; perSecond: number }[] {
    const ms = Math.max(1000, now - this.#windowAt + this.#beforeMs);
    const counts = new Map(this.#before);
    for (const [swarm, count] of this.#current) counts.set(swarm, (counts.get(swarm) ?? 0) + count);
    const top: { swarm: number; perSecond: number }[] = [];
    for (const [swarm, count] of counts) {
      const perSecond = Math.round(count / ms * 10_000) / 10;
      const last = top.at(-1);
      if (top.length === most && last !== undefined && perSecond <= last.perSecond) continue;
      top.push({ swarm, perSecond });
      top.sort((a, b) => b.perSecond - a.perSecond || a.swarm - b.swarm);
      if (top.length > most) top.pop();
    }
    return top;
  }
}
