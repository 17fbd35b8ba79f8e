// The plots' points of the last hour, day and month: each stands for a step of time that has ended, with the means of what
// can be counted and the rates of what only grows. Bounded by being coarser the longer it goes back. Times are given,
// never read; where points are kept is admin_records.ts's business.

import type { HistoryAnswer, HistoryRange, HistorySeries } from "./admin_api.ts";

/** The ranges, seconds between their points, and how many there are at most. */
const RANGES: Record<HistoryRange, { step: number; most: number }> = {
  hour: { step: 10, most: 360 },
  day: { step: 300, most: 288 },
  month: { step: 7200, most: 372 },
};

/** The series in the order in which points have them. */
const LEVELS = ["swarms", "seeders", "leechers", "memory"] as const satisfies HistorySeries[];
const GROWING = [
  "http",
  "udp",
  "websocket",
  "rejected",
  "completed",
  "bytesIn",
  "bytesOut",
] as const satisfies HistorySeries[];
const SERIES: readonly HistorySeries[] = [...LEVELS, ...GROWING];

/** Where the tracker stands: levels as they are, and counters since the start. */
export type TimelineSample = Record<HistorySeries, number>;

/** A point: Unix seconds, and the numbers of all series in their order. */
export interface TimelinePoint {
  time: number;
  values: number[];
}

/** Keeps points over restarts. */
export interface PointStore {
  savePoints(step: number, points: readonly TimelinePoint[], since: number): void;
  points(step: number, since: number): TimelinePoint[];
}

/** The points of all ranges. */
export class Timeline {
  readonly #lines: ReadonlyMap<HistoryRange, Line>;
  readonly #store: PointStore;

  /** Brings back what is kept. */
  constructor(store: PointStore, unix: number) {
    this.#store = store;
    const seconds = Math.floor(unix / 1000);
    const ranges = Object.entries(RANGES) as [HistoryRange, { step: number; most: number }][];
    this.#lines = new Map(ranges.map(([range, { most, step }]) => {
      // Not those that an earlier clock told of a time to come: they stay in the file, where this one may be the wrong one.
      const points = store.points(step, seconds - step * most).filter(({ time, values }) =>
        time <= seconds && values.length === SERIES.length
      );
      return [range, new Line(step, most, points.slice(-most))];
    }));
  }

  /** Takes in where the tracker stands. Call it once a second. */
  tick(unix: number, sample: TimelineSample): void {
    for (const [range, line] of this.#lines) {
      const point = line.add(unix / 1000, sample);
      if (point === undefined) continue;
      const { most, step } = RANGES[range];
      this.#store.savePoints(step, [point], point.time - step * (most - 1));
    }
  }

  /** The points of a range after a time, Unix seconds. */
  answer(range: HistoryRange, after = -Infinity): HistoryAnswer {
    const line = this.#lines.get(range) as Line;
    const points = line.points.slice(line.points.findLastIndex(({ time }) => time <= after) + 1);
    const columns = SERIES.map((series, i) => [series, points.map(({ values }) => values[i] ?? 0)]);
    return {
      range,
      step: RANGES[range].step,
      time: points.map(({ time }) => time),
      series: Object.fromEntries(columns),
    };
  }
}

/** The points of one range, and the one that is being made. */
class Line {
  readonly points: TimelinePoint[];
  readonly #step: number;
  readonly #most: number;
  /** When the step at hand ends, Unix seconds; undefined before the first sample. */
  #endsAt: number | undefined;
  #startedAt = 0;
  /** Counters where it began. */
  #before: number[] = [];
  /** Sums of levels in it, and of how many samples. */
  #sums: number[] = LEVELS.map(() => 0);
  #samples = 0;

  constructor(step: number, most: number, points: TimelinePoint[]) {
    this.#step = step;
    this.#most = most;
    this.points = points;
  }

  /** Returns the point that is complete with this sample, if one is. */
  add(seconds: number, sample: TimelineSample): TimelinePoint | undefined {
    let point: TimelinePoint | undefined;
    if (this.#endsAt === undefined) this.#begin(seconds, sample);
    else if (seconds >= this.#endsAt || seconds < this.#startedAt) {
      // A clock that was set back begins a step anew.
      if (seconds >= this.#endsAt) point = this.#end(seconds, sample);
      this.#begin(seconds, sample);
    }
    for (const [i, name] of LEVELS.entries()) this.#sums[i] = (this.#sums[i] ?? 0) + sample[name];
    this.#samples++;
    return point;
  }

  #begin(seconds: number, sample: TimelineSample): void {
    this.#startedAt = seconds;
    this.#endsAt = (Math.floor(seconds / this.#step) + 1) * this.#step;
    this.#before = GROWING.map((name) => sample[name]);
    this.#sums = LEVELS.map(() => 0);
    this.#samples = 0;
  }

  #end(seconds: number, sample: TimelineSample): TimelinePoint {
    const span = Math.max(1, seconds - this.#startedAt);
    const levels = this.#sums.map((sum) => Math.round(sum / Math.max(1, this.#samples)));
    const rates = GROWING.map((name, i) => {
      return Math.round((sample[name] - (this.#before[i] ?? 0)) / span * 1000) / 1000;
    });
    // The step that has just ended: after a sleep of the machine that is not the one that was at hand.
    const time = Math.floor(seconds / this.#step) * this.#step;
    const point = { time, values: [...levels, ...rates] };
    // What a clock told that was set back since gives way: times always go up.
    while ((this.points.at(-1)?.time ?? -Infinity) >= time) this.points.pop();
    this.points.push(point);
    if (this.points.length > this.#most) this.points.shift();
    return point;
  }
}
