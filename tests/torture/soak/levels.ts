// How much memory, and how many open files and threads, processes have over time, and whether that grows.

/** Of one process at one moment. */
export interface Level {
  rssBytes: number;
  handles: number;
  threads: number;
}

/** Levels of processes by their ids; who is gone, or all where there is no /proc, is missing. */
export async function levelsOf(pids: readonly number[]): Promise<Map<number, Level>> {
  const levels = new Map<number, Level>();
  if (Deno.build.os !== "linux") return levels;
  // Deno itself opens nothing in /proc without `--allow-all`.
  const script = pids.map((pid) =>
    `echo ${pid} $(grep -E '^(VmRSS|Threads)' /proc/${pid}/status) $(ls /proc/${pid}/fd | wc -l)`
  ).join("\n");
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" }).output();
  const lines = new TextDecoder().decode(stdout).matchAll(
    /^(\d+) VmRSS: (\d+) kB Threads: (\d+) (\d+)$/gm,
  );
  for (const [, pid, kib, threads, handles] of lines) {
    levels.set(Number(pid), {
      rssBytes: Number(kib) * 1024,
      handles: Number(handles),
      threads: Number(threads),
    });
  }
  return levels;
}

/** Growth within the second half of a run that is no leak: the larger of a part of the mean and a number. */
interface Allowance {
  part: number;
  least: number;
}

const HANDLES: Allowance = { part: 0.25, least: 50 };
// The runtime starts threads for work on files when there is some, 38 in all at most where it has two cores.
const THREADS: Allowance = { part: 0.25, least: 32 };
const MEMORY_PART = 0.25;
/** Fewer samples than this in the second half tell nothing. */
const FEWEST = 4;

/** One process, looked at again and again. */
export class LevelSeries {
  readonly #samples: { atMs: number; level: Level }[] = [];

  /** `atMs`: any clock's, later with each call. */
  add(atMs: number, level: Level): void {
    this.#samples.push({ atMs, level });
  }

  /** The most there was of each. */
  get peak(): Level {
    const most = (key: keyof Level) => Math.max(0, ...this.#samples.map(({ level }) => level[key]));
    return { rssBytes: most("rssBytes"), handles: most("handles"), threads: most("threads") };
  }

  /** By how much the second half grew: the rise of the straight line that fits it best. The first half is for warming up. */
  growth(key: keyof Level): number {
    const half = this.#secondHalf;
    const [first, last] = [half[0], half.at(-1)];
    if (first === undefined || last === undefined || half.length < FEWEST) return 0;
    const meanAt = half.reduce((sum, { atMs }) => sum + atMs, 0) / half.length;
    const mean = this.#mean(key);
    let [products, squares] = [0, 0];
    for (const { atMs, level } of half) {
      products += (atMs - meanAt) * (level[key] - mean);
      squares += (atMs - meanAt) ** 2;
    }
    return products / squares * (last.atMs - first.atMs);
  }

  /** What has grown beyond what is no leak; `leastBytes` of memory never are one. */
  leaks(name: string, leastBytes: number): string[] {
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    const plain = (count: number) => count.toFixed(1);
    return [
      this.#leak(`memory of ${name}`, "rssBytes", { part: MEMORY_PART, least: leastBytes }, mib),
      this.#leak(`handles of ${name}`, "handles", HANDLES, plain),
      this.#leak(`threads of ${name}`, "threads", THREADS, plain),
    ].flat();
  }

  #leak(
    what: string,
    key: keyof Level,
    { least, part }: Allowance,
    format: (value: number) => string,
  ): string[] {
    const [growth, mean] = [this.growth(key), this.#mean(key)];
    if (growth <= Math.max(least, part * mean)) return [];
    return [`${what}: ${format(growth)} more at the end of the second half, ${format(mean)} on average`];
  }

  get #secondHalf(): { atMs: number; level: Level }[] {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined) return [];
    const middle = (first.atMs + last.atMs) / 2;
    return this.#samples.filter(({ atMs }) => atMs >= middle);
  }

  #mean(key: keyof Level): number {
    const half = this.#secondHalf;
    return half.reduce((sum, { level }) => sum + level[key], 0) / Math.max(1, half.length);
  }
}
