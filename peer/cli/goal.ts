// When a torrent has done what it was started for.

import type { Torrent, TorrentEvent } from "../mod.ts";

export interface GoalOptions {
  /** Complete is enough. */
  exit?: boolean;
  /** Bytes sent to bytes received, over all runs; of a torrent that was never received, to its size. */
  seedRatio?: number;
  /** Seconds after completion. */
  seedTime?: number;
  /** Seconds in which nobody has taken anything, after completion. */
  seedIdle?: number;
}

/** True for a program that ends by itself. */
export function hasGoal({ exit, ...seeding }: GoalOptions): boolean {
  return exit === true || hasSeedingGoal(seeding);
}

/** True if it seeds first. */
export function hasSeedingGoal({ seedIdle, seedRatio, seedTime }: GoalOptions): boolean {
  return seedRatio !== undefined || seedTime !== undefined || seedIdle !== undefined;
}

/** Watches one torrent's events. Of several goals the first one reached counts. */
export class Goal {
  readonly #options: GoalOptions;
  readonly #torrent: Pick<Torrent, "totals" | "metainfo">;
  /** ms of the caller's clock. */
  #completeAt: number | undefined;
  /** When something was given last, or it became complete; ms. */
  #busyAt = 0;
  #given = 0;

  constructor(torrent: Pick<Torrent, "totals" | "metainfo">, options: GoalOptions) {
    this.#torrent = torrent;
    this.#options = options;
  }

  /** True once the torrent may leave. `now` is ms of a monotonic clock. */
  isReached(event: TorrentEvent, now: number): boolean {
    const { uploaded } = this.#torrent.totals;
    if (event.type === "complete" || uploaded > this.#given) this.#busyAt = now;
    this.#given = uploaded;
    if (event.type === "complete") this.#completeAt = now;
    // More is wanted than before: it begins anew when that is here.
    if (event.type === "progress" && event.state === "downloading") this.#completeAt = undefined;
    if (this.#completeAt === undefined) return false;
    const { exit, seedIdle, seedRatio, seedTime } = this.#options;
    if (exit) return true;
    if (seedTime !== undefined && now - this.#completeAt >= seedTime * 1000) return true;
    if (seedIdle !== undefined && now - this.#busyAt >= seedIdle * 1000) return true;
    return seedRatio !== undefined && this.#ratio() >= seedRatio;
  }

  #ratio(): number {
    const { downloaded, uploaded } = this.#torrent.totals;
    const whole = downloaded > 0 ? downloaded : this.#torrent.metainfo.totalLength;
    return whole === 0 ? Infinity : uploaded / whole;
  }
}
