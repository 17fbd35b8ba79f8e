// Where a plot's values stand, in pixels, and which of them are named at its edges. Knows no page and no drawing.

// @ts-types="@types/d3-array"
import { bisectCenter, ticks } from "d3-array";
// @ts-types="@types/d3-time"
import { timeTicks } from "d3-time";

export interface Tick {
  /** Pixels from the left or from the top. */
  at: number;
  value: number;
}

/** Pixels around the lines: room for the names of the values. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A young tracker's readings are spread over a sixtieth of the width at least: a minute of an hour. */
const MIN_SHARE = 1 / 60;
/** Pixels that the name of a time, or a line, has to itself at least. */
const TIME_PIXELS = 90;
const VALUE_PIXELS = 46;
/** Without anything to show there is still a scale. */
const MIN_TOP = 4;

export class PlotScales {
  readonly times: readonly Tick[];
  readonly values: readonly Tick[];
  /** Seconds between two named times. */
  readonly step: number;

  readonly #frame: Frame;
  readonly #time: readonly number[];
  readonly #from: number;
  readonly #to: number;
  readonly #most: number;

  /** `time`: Unix seconds in order, one at least; `most`: the largest value; `span`: seconds from edge to edge at most. */
  constructor(frame: Frame, { most, span, time }: { time: readonly number[]; most: number; span: number }) {
    this.#frame = frame;
    this.#time = time;
    this.#to = time.at(-1) ?? 0;
    this.#from = Math.max(this.#to - span, Math.min(time[0] ?? 0, this.#to - span * MIN_SHARE));
    this.#most = Math.max(MIN_TOP, most * 1.12);
    const { bottom, height, left, right, top, width } = frame;
    const times = timeTicks(
      new Date(this.#from * 1000),
      new Date(this.#to * 1000),
      Math.max(2, Math.floor((width - left - right) / TIME_PIXELS)),
    ).map((date) => date.getTime() / 1000);
    this.step = (times[1] ?? 0) - (times[0] ?? 0);
    this.times = times.map((value) => ({ at: this.x(value), value }));
    const count = Math.max(2, Math.floor((height - top - bottom) / VALUE_PIXELS));
    this.values = ticks(0, this.#most, count).map((value) => ({ at: this.y(value), value }));
  }

  x(time: number): number {
    const { left, right, width } = this.#frame;
    return left + (width - left - right) * (time - this.#from) / (this.#to - this.#from);
  }

  y(value: number): number {
    const { bottom, height, top } = this.#frame;
    return height - bottom - (height - top - bottom) * value / this.#most;
  }

  /** The reading nearest to a place. */
  indexAt(x: number): number {
    const { left, right, width } = this.#frame;
    return bisectCenter(
      this.#time,
      this.#from + (x - left) / (width - left - right) * (this.#to - this.#from),
    );
  }
}
