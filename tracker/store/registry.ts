// What this tracker tells the others of its swarms, and what it knows of all of them together. The scripts are in
// registry_scripts.ts. Behind by a second or two: counts for people, not for answers.

import { ACTIVE, NOTE } from "./registry_scripts.ts";
import type { StoreClock } from "./store_clock.ts";
import type { StoreLink } from "./store_link.ts";
import { type ActiveSwarm, count, list, readActiveReply } from "./store_reply.ts";
import { REGISTRY_KEYS } from "./swarm_keys.ts";

/** Swarms in one call: two milliseconds of the store's time. */
const NOTED_AT_ONCE = 500;
/** Calls a second. */
const MOST_CALLS = 20;
/** Swarms that are asked for by name: a millisecond of the store's time. */
const MOST_ACTIVE = 1000;
/** Swarms that may wait for their turn; what comes beyond is told with its next announce. */
const MOST_WAITING = 100_000;

/** All swarms of a store in numbers. */
export interface StoreTotals {
  swarms: number;
  seeders: number;
  leechers: number;
  /** Peers in browsers that are connected to other trackers: no seeders or leechers of these counts. */
  browsersElsewhere: number;
}

/** What a tracker says of itself. */
export interface TrackerState {
  /** Of silence, after which it forgets peers, by its own rules. */
  timeoutMs: number;
  /** Peers in browsers that are connected to it. */
  browsers: number;
}

export class Registry {
  readonly #link: StoreLink;
  readonly #clock: StoreClock;
  /** By info hash (binary): seeders and leechers. */
  readonly #waiting = new Map<string, [complete: number, incomplete: number]>();
  /** Which of the trackers this is. */
  readonly #id = crypto.randomUUID();
  #totals: StoreTotals = { swarms: 0, seeders: 0, leechers: 0, browsersElsewhere: 0 };
  #longestTimeoutMs = 0;
  #hasLeft = false;

  constructor(link: StoreLink, clock: StoreClock) {
    this.#link = link;
    this.#clock = clock;
  }

  /** The longest time of silence, in ms, that a tracker of the store grants or lately did; 0 before the first tick. */
  get longestTimeoutMs(): number {
    return this.#longestTimeoutMs;
  }

  /** As of the last tick that was answered. */
  get totals(): StoreTotals {
    return this.#totals;
  }

  /** Notes what an announce found. */
  note(infoHash: string, complete: number, incomplete: number): void {
    if (this.#waiting.size < MOST_WAITING) this.#waiting.set(infoHash, [complete, incomplete]);
  }

  /** Tells the store, and asks it for its totals. Call it once a second. Trouble is the link's to tell. */
  async tick(now: number, { browsers, timeoutMs }: TrackerState): Promise<void> {
    for (let call = 0; call < MOST_CALLS; call++) {
      const args: (string | number | Uint8Array)[] = [
        Math.round(this.#clock.at(now)),
        timeoutMs,
        this.#id,
        this.#hasLeft ? 0 : browsers,
      ];
      const before = args.length;
      for (const [infoHash, [complete, incomplete]] of this.#waiting) {
        args.push(Uint8Array.from(infoHash, (char) => char.charCodeAt(0)), complete, incomplete);
        this.#waiting.delete(infoHash);
        if (args.length - before >= 3 * NOTED_AT_ONCE) break;
      }
      const askedAt = this.#clock.ask();
      const reply = list(await this.#link.run(NOTE, REGISTRY_KEYS, args)).map(count);
      const [swarms = 0, seeders = 0, leechers = 0, browsersElsewhere = 0, longest = 0, ...time] = reply;
      this.#longestTimeoutMs = longest;
      this.#totals = { swarms, seeders, leechers, browsersElsewhere };
      this.#clock.follow(askedAt, time);
      if (this.#waiting.size === 0) return;
    }
  }

  /** Tells the store what is left to tell, and that this tracker has no browsers any more. */
  async leave(now: number, timeoutMs: number): Promise<void> {
    this.#hasLeft = true;
    await this.tick(now, { browsers: 0, timeoutMs });
  }

  /** The swarms that were announced last, those longest ago first. */
  async active(now: number, timeoutMs: number): Promise<ActiveSwarm[]> {
    const args = [Math.round(this.#clock.at(now)), timeoutMs, MOST_ACTIVE];
    const swarms = readActiveReply(await this.#link.run(ACTIVE, REGISTRY_KEYS, args));
    return swarms.map((swarm) => ({ ...swarm, announcedAt: this.#clock.from(swarm.announcedAt) })).reverse();
  }
}
