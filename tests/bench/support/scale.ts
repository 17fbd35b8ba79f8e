// Whether a cost stays level while the work grows: what a unit of it costs at three sizes, in turn, and the largest size
// against the smallest.

import type { Bench, BenchRun } from "./bench.ts";
import type { FigureKind } from "./report.ts";
import type { Contestant, Figures } from "./rounds.ts";

/** The largest size may cost so many times the smallest for each unit. Some of it is the processor's cache. */
const LEVEL = 1.5;

/** One size of what grows. */
export interface Size {
  /** "100,000 pieces". */
  name: string;
  /** Does the work of all figures once and says what a unit of it cost. */
  measure(): Figures | Promise<Figures>;
}

export interface ScalePlan {
  name: string;
  summary: string;
  figures: readonly [FigureKind, ...FigureKind[]];
  /** Figures that are shown and have no target. */
  shown?: readonly string[];
  warmUps?: number;
  /** Smallest first. Made when the bench begins. */
  sizes(run: BenchRun): Size[] | Promise<Size[]>;
}

/** A bench that lets the sizes run in turn and compares the last with the first. */
export function scaleBench({ name, summary, figures, shown = [], warmUps = 1, sizes }: ScalePlan): Bench {
  return {
    name,
    summary,
    programs: [],
    async run(run) {
      const made = await sizes(run);
      const contestants: Contestant[] = made.map(({ name, measure }) => ({
        name,
        needs: [],
        run: async () => await measure(),
      }));
      const [first, last] = [made[0]?.name ?? "", made.at(-1)?.name ?? ""];
      run.report(await run.play(contestants, { warmUps }), {
        title: summary,
        figures,
        ours: last,
        targets: figures.filter(({ key }) => !shown.includes(key)).map(({ key }) => (
          { figure: key, of: last, against: first, must: LEVEL }
        )),
      });
    },
  };
}

/** Nanoseconds for each unit of something. */
export function nanoseconds(key: string, title: string): FigureKind {
  return { key, title: `${title}, ns`, unit: "ns", name: title, better: "less" };
}

/** Nanoseconds that each of `units` took. */
export async function timeEach(units: number, work: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) * 1e6 / units;
}
