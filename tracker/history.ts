// The last hour in points of five seconds, for the plot of the admin page. Times are given, never read.

import type { HistoryPoint } from "./admin_api.ts";

/** Milliseconds between points. */
const SPACING_MS = 5000;
/** An hour of them. */
const MAX_POINTS = 720;

export class History {
  readonly #points: { point: HistoryPoint; revision: number }[] = [];
  #last = -Infinity;

  /** Whether it is time for the next point. */
  isDue(now: number): boolean {
    return now - this.#last >= SPACING_MS;
  }

  add(point: HistoryPoint, { now, revision }: { now: number; revision: number }): void {
    this.#points.push({ point, revision });
    if (this.#points.length > MAX_POINTS) this.#points.shift();
    // From point to point in even steps, as long as the caller isn't late by a whole one.
    this.#last = now - this.#last < 2 * SPACING_MS ? this.#last + SPACING_MS : now;
  }

  /** Puts points of before a restart in front, in their order. */
  restore(points: readonly HistoryPoint[], revision: number): void {
    this.#points.unshift(...points.slice(-MAX_POINTS).map((point) => ({ point, revision })));
  }

  /** The points that were added after a revision. */
  since(revision: number): HistoryPoint[] {
    let from = this.#points.length;
    while (from > 0 && (this.#points[from - 1]?.revision ?? 0) > revision) from--;
    return this.#points.slice(from).map(({ point }) => point);
  }
}
