// Puts up to millions of rows in order without ever holding up an announce: a merge sort in slices of a millisecond or two,
// between which the event loop has its turn. Clock and pause are passed in.

/** How long a slice may take. */
const SLICE_MS = 2;
/** Rows that are sorted by the runtime in one go: a third of a slice. */
const RUN = 1024;
/** Steps between two looks at the clock. */
const STEPS = 256;

/** What slices need of the world around them. */
export interface Slicing {
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  /** Resolves after everything else that waits has had its turn. */
  pause: () => Promise<void>;
}

/** Pauses when a slice has taken long enough. */
export class Slices {
  readonly #slicing: Slicing;
  #startedAt: number;
  #steps = 0;
  #spentMs = 0;

  constructor(slicing: Slicing) {
    this.#slicing = slicing;
    this.#startedAt = slicing.now();
  }

  /** Whether it is time for pause(). Cheap: it looks at the clock now and then. */
  get isOver(): boolean {
    if (++this.#steps % STEPS !== 0) return false;
    return this.#slicing.now() - this.#startedAt >= SLICE_MS;
  }

  /** Pauses if it is time to: after work that takes about as long as the steps between two looks. */
  async rest(): Promise<void> {
    if (this.#slicing.now() - this.#startedAt >= SLICE_MS) await this.pause();
  }

  async pause(): Promise<void> {
    this.#spentMs += this.#slicing.now() - this.#startedAt;
    await this.#slicing.pause();
    this.#startedAt = this.#slicing.now();
  }

  /** Milliseconds of work so far, pauses not counted. */
  get spentMs(): number {
    return this.#spentMs + this.#slicing.now() - this.#startedAt;
  }
}

/** Puts `rows` in order. `compare` must be a total order that stays the same meanwhile. Returns the same rows, or others. */
export async function sortSliced<Row>(
  rows: Row[],
  compare: (a: Row, b: Row) => number,
  slices: Slices,
): Promise<Row[]> {
  for (let from = 0; from < rows.length; from += RUN) {
    const run = rows.slice(from, from + RUN).sort(compare);
    for (const [i, row] of run.entries()) rows[from + i] = row;
    await slices.rest();
  }
  let source = rows;
  for (let width = RUN; width < rows.length; width *= 2) {
    const target: Row[] = new Array(rows.length);
    for (let from = 0; from < rows.length; from += 2 * width) {
      const middle = Math.min(from + width, rows.length);
      const end = Math.min(from + 2 * width, rows.length);
      let left = from;
      let right = middle;
      for (let at = from; at < end; at++) {
        const takesLeft = left < middle &&
          (right >= end || compare(source[left] as Row, source[right] as Row) <= 0);
        target[at] = source[takesLeft ? left++ : right++] as Row;
        if (slices.isOver) await slices.pause();
      }
    }
    source = target;
  }
  return source;
}
