// What this tracker knows of the swarms in a store: the counts that its last answers gave, of the swarms that were
// announced last. The admin page and peers in browsers are shown these; answers to announces never come from here.

import type { CountsElsewhere } from "../swarm_counts.ts";
import { NO_SWARM } from "../swarm.ts";
import type { Tracker } from "../tracker.ts";
import type { StoreTotals } from "./registry.ts";

/** Swarms that are known: as many as the admin page shows. About 200 bytes each. */
const MOST_SWARMS = 10_000;
/** Swarms that one tick forgets. */
const MOST_FORGOTTEN = 1000;

/** Counts of one swarm, as the store had them. */
export interface ViewedCounts {
  complete: number;
  incomplete: number;
  /** Undefined: as it was known before. */
  completed?: number | undefined;
}

interface Viewed {
  complete: number;
  incomplete: number;
  completed: number;
  /** Milliseconds of the tracker's clock. */
  announcedAt: number;
}

export class SwarmView implements CountsElsewhere {
  readonly #tracker: Tracker;
  readonly #totals: () => StoreTotals;
  readonly #onCompleted: (infoHash: Uint8Array) => void;
  /** By the swarm's number here, the one announced last at the end. */
  readonly #swarms = new Map<number, Viewed>();

  /**
   * `totals`: what is known of all swarms of the store. `onCompleted`: told of a swarm where one more download, of a
   * browser, is to be counted for all.
   */
  constructor(tracker: Tracker, totals: () => StoreTotals, onCompleted: (infoHash: Uint8Array) => void) {
    this.#tracker = tracker;
    this.#totals = totals;
    this.#onCompleted = onCompleted;
  }

  get swarms(): number {
    return this.#totals().swarms;
  }

  get size(): number {
    const { leechers, seeders } = this.#totals();
    return seeders + leechers;
  }

  get browsers(): number {
    return this.#totals().browsersElsewhere;
  }

  get seeders(): number {
    return this.#totals().seeders;
  }

  complete(swarm: number): number {
    return this.#swarms.get(swarm)?.complete ?? 0;
  }

  incomplete(swarm: number): number {
    return this.#swarms.get(swarm)?.incomplete ?? 0;
  }

  completed(swarm: number): number {
    return this.#swarms.get(swarm)?.completed ?? 0;
  }

  countCompleted(swarm: number): void {
    const viewed = this.#swarms.get(swarm);
    if (viewed !== undefined) viewed.completed++;
    this.#onCompleted(this.#tracker.swarms.infoHash(swarm));
  }

  forget(swarm: number): void {
    this.#swarms.delete(swarm);
  }

  /** Notes what the store had of a swarm (info hash, binary) when it was announced at `announcedAt`. Returns the swarm. */
  note(infoHash: string, { complete, completed, incomplete }: ViewedCounts, announcedAt: number): number {
    const { swarms } = this.#tracker;
    let swarm = swarms.find(infoHash);
    if (complete + incomplete === 0) {
      if (swarm !== NO_SWARM) this.#drop(swarm);
      return NO_SWARM;
    }
    if (swarm === NO_SWARM) {
      // Peers in browsers need swarms, too.
      if (this.#swarms.size >= Math.min(MOST_SWARMS, this.#tracker.rules.maxSwarms / 2)) this.#dropOldest();
      swarm = swarms.add(infoHash);
    }
    const viewed = this.#swarms.get(swarm) ??
      { complete: 0, incomplete: 0, completed: 0, announcedAt: -Infinity };
    this.#swarms.delete(swarm);
    this.#swarms.set(swarm, viewed);
    const isNew = announcedAt > viewed.announcedAt;
    if (isNew || complete !== viewed.complete || incomplete !== viewed.incomplete) swarms.touch(swarm);
    viewed.complete = complete;
    viewed.incomplete = incomplete;
    if (completed !== undefined) viewed.completed = completed;
    if (isNew) {
      viewed.announcedAt = announcedAt;
      swarms.noteAnnounce(swarm, this.#tracker.tenths(announcedAt));
    }
    return swarm;
  }

  /** Forgets swarms where nobody has announced for so long that their peers are gone. Call it once a second. */
  tick(now: number, timeoutMs: number): void {
    for (let i = 0; i < MOST_FORGOTTEN; i++) {
      const [oldest] = this.#swarms.values();
      if (oldest === undefined || now - oldest.announcedAt < timeoutMs) return;
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    const [swarm] = this.#swarms.keys();
    if (swarm !== undefined) this.#drop(swarm);
  }

  /** The swarm stays where browsers are in it. */
  #drop(swarm: number): void {
    this.#swarms.delete(swarm);
    if (!this.#tracker.forgetIfEmpty(swarm)) this.#tracker.swarms.touch(swarm);
  }
}
