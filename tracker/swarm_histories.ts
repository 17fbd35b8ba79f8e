// Seeders and leechers over the last hour, of the swarms whose pages were opened last. Nothing is noted of others: with a
// million swarms it would be more than all their peers. Times are given, never read.

/** Swarms that are followed: 4 KB each. */
const MAX_SWARMS = 500;
/** An hour in steps of ten seconds. */
const MAX_POINTS = 360;
const STEP_MS = 10_000;

/** Counts over time, oldest first, in columns. */
export interface SwarmHistory {
  /** Unix seconds. */
  time: number[];
  seeders: number[];
  leechers: number[];
}

/** Tells how many peers a torrent has now, by its info hash (binary). */
export type CountPeers = (infoHash: string) => { seeders: number; leechers: number };

/** The histories that are kept. */
export class SwarmHistories {
  readonly #count: CountPeers;
  /** By info hash, the one asked for last at the end. */
  readonly #histories = new Map<string, SwarmHistory>();
  #lastAt = -Infinity;

  constructor(count: CountPeers) {
    this.#count = count;
  }

  /** A swarm's history; it is followed from now on. */
  open(infoHash: string, unix: number): SwarmHistory {
    let history = this.#histories.get(infoHash);
    if (history === undefined) {
      history = { time: [], seeders: [], leechers: [] };
      this.#add(history, infoHash, unix);
    }
    this.#histories.delete(infoHash);
    this.#histories.set(infoHash, history);
    const oldest = this.#histories.keys().next();
    if (this.#histories.size > MAX_SWARMS && !oldest.done) this.#histories.delete(oldest.value);
    return history;
  }

  /** Whether a swarm is followed. */
  has(infoHash: string): boolean {
    return this.#histories.has(infoHash);
  }

  /** Call it once a second. */
  tick(now: number, unix: number): void {
    if (now - this.#lastAt < STEP_MS) return;
    this.#lastAt = now;
    for (const [infoHash, history] of this.#histories) this.#add(history, infoHash, unix);
  }

  #add(history: SwarmHistory, infoHash: string, unix: number): void {
    const { leechers, seeders } = this.#count(infoHash);
    history.time.push(Math.floor(unix / 1000));
    history.seeders.push(seeders);
    history.leechers.push(leechers);
    if (history.time.length > MAX_POINTS) {
      for (const column of Object.values(history)) column.shift();
    }
  }
}
