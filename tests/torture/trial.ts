// A trial: one kind of ill treatment, as often as the time that was given allows, and what was lost by it.

/** How much of everything. The same seed and minutes try the same things. */
export class Scale {
  /** `isAlone`: there is no other trial that wants its part of the time. */
  constructor(readonly seed: number, readonly minutes: number, readonly isAlone: boolean) {}

  /** So many for each minute of the whole run, at least one. */
  times(perMinute: number): number {
    return Math.max(1, Math.round(perMinute * this.minutes));
  }
}

/** A line of the table. */
export interface Finding {
  /** What was tried. */
  tried: string;
  /** How often. */
  times: number;
  /** What was lost: a sentence for each, with what it takes to see it again. */
  lost: readonly string[];
  /** A figure that is worth a look. */
  note?: string;
}

/** One kind of ill treatment. */
export interface Trial {
  name: string;
  summary: string;
  /** Why it can't run here; undefined if it can. */
  obstacle?(): Promise<string | undefined>;
  run(scale: Scale): AsyncIterable<Finding>;
}

/** Runs `attempt` and says what was lost by it. */
export async function lossesOf(attempt: () => Promise<void>): Promise<string[]> {
  try {
    await attempt();
    return [];
  } catch (error) {
    return [error instanceof Error ? error.stack ?? error.message : String(error)];
  }
}

/** Does `work` for each of these, as many at a time as there are cores. In order of their ends. */
export async function* inParallel<T, R>(items: Iterable<T>, work: (item: T) => Promise<R>): AsyncIterable<R> {
  const waiting = [...items];
  const running = new Map<number, Promise<{ number: number; result: R }>>();
  for (let number = 0; waiting.length > 0 || running.size > 0;) {
    while (waiting.length > 0 && running.size < navigator.hardwareConcurrency) {
      const mine = number++;
      running.set(mine, work(waiting.shift() as T).then((result) => ({ number: mine, result })));
    }
    const { number: ended, result } = await Promise.race(running.values());
    running.delete(ended);
    yield result;
  }
}

/** Does `work` for each of these, one after the other. */
export async function* inTurn<T, R>(items: Iterable<T>, work: (item: T) => Promise<R>): AsyncIterable<R> {
  for (const item of items) yield await work(item);
}
