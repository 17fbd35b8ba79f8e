// Looks at the processes of a soak now and then.

import { type Level, LevelSeries, levelsOf } from "./levels.ts";

/** Process ids by what the processes are; who is not there at the moment is undefined. */
export type Watched = Record<string, readonly (number | undefined)[]>;

export interface LookoutOptions {
  lookMs: number;
  leastLeakBytes: number;
  onLook?: (line: string) => void;
}

export class Lookout {
  readonly #options: LookoutOptions;
  readonly #watched: () => Watched;
  readonly #series = new Map<string, LevelSeries>();
  /** Kinds of one process that was the same at every look. */
  readonly #pids = new Map<string, number>();

  /** `watched` is asked at every look. */
  constructor(options: LookoutOptions, watched: () => Watched) {
    this.#options = options;
    this.#watched = watched;
  }

  /** Looks until then. */
  async watch(end: number): Promise<void> {
    const startedAt = performance.now();
    const { lookMs, onLook } = this.#options;
    for (let n = 1; startedAt + n * lookMs <= end; n++) {
      const wait = startedAt + n * lookMs - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
      const line = await this.#look();
      onLook?.(`after ${Math.round((performance.now() - startedAt) / 1000)} s: ${line}`);
    }
  }

  /** What has grown of those that were never started again. */
  leaks(): string[] {
    return [...this.#series].flatMap(([name, series]) =>
      this.#pids.has(name) ? series.leaks(name, this.#options.leastLeakBytes) : []
    );
  }

  /** For a note: peaks, and growth of those that stay. */
  get summary(): string {
    return [...this.#series].map(([name, series]) => {
      const growth = (series.growth("rssBytes") / 2 ** 20).toFixed(1);
      return `${name} at most ${describe(series.peak)}${
        this.#pids.has(name) ? `, ${growth} MiB in the second half` : ""
      }`;
    }).join("; ");
  }

  async #look(): Promise<string> {
    const watched = this.#watched();
    const found = await levelsOf(Object.values(watched).flat().filter((pid) => pid !== undefined));
    const lines: string[] = [];
    for (const [name, pids] of Object.entries(watched)) {
      const levels = pids.map((pid) => found.get(pid ?? 0)).filter((level) => level !== undefined);
      if (levels.length === 0) continue;
      const largest = largestOf(levels);
      const [pid] = pids;
      if (pids.length === 1 && pid !== undefined) this.#pids.set(name, pid);
      let series = this.#series.get(name);
      if (series === undefined) this.#series.set(name, series = new LevelSeries());
      series.add(performance.now(), largest);
      lines.push(`${name} ${describe(largest)}`);
    }
    return lines.join("; ");
  }
}

function largestOf(levels: readonly Level[]): Level {
  const most = (key: keyof Level) => Math.max(...levels.map((level) => level[key]));
  return { rssBytes: most("rssBytes"), handles: most("handles"), threads: most("threads") };
}

function describe({ handles, rssBytes, threads }: Level): string {
  return `${Math.round(rssBytes / 2 ** 20)} MiB, ${handles} handles, ${threads} threads`;
}
