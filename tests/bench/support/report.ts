// How results are shown: a row for each contestant, then a line for each target. It says what was reached and decides
// nothing: no exit code and no test hangs on a timed figure.

import type { Results } from "./rounds.ts";
import { compare, median, spread } from "./statistics.ts";
import { layOutTable } from "./table.ts";

/** One kind of figure. */
export interface FigureKind {
  /** As in `Figures`. */
  key: string;
  /** The column's title: "seeder MiB". */
  title: string;
  /** "MiB". */
  unit: string;
  /** What a target's line calls it: "rate". */
  name: string;
  better: "more" | "less";
  /** Digits behind the point. Default 0. */
  digits?: number;
}

/** What shall be reached. */
export interface Target {
  /** A figure's key. */
  figure: string;
  /** Whose figure it is. */
  of: string;
  /** Who has the figure that it is a multiple of. Without, the figure itself is meant. */
  against?: string;
  /** The least that counts, or the most where less is better. */
  must: number;
  beyond?: number;
}

export interface ReportPlan {
  title: string;
  /** The first has its spread and its ratio shown too. */
  figures: readonly [FigureKind, ...FigureKind[]];
  /** Whom the others are compared with. */
  ours: string;
  targets: readonly Target[];
}

/** The whole report as text. */
export function describeResults(results: Results, plan: ReportPlan): string {
  const parts = [`## ${plan.title}`, "", describeTable(results, plan), ""];
  for (const [contestant, needed] of results.missing) {
    const why = needed.map(({ name, install }) => `${name} is missing (${install})`).join(", ");
    parts.push(`${contestant}: left out: ${why}`);
  }
  for (const target of plan.targets) parts.push(describeTarget(results, plan, target));
  return parts.join("\n").trimEnd() + "\n";
}

function describeTable(results: Results, { figures, ours }: ReportPlan): string {
  const [main, ...others] = figures;
  const head = ["", main.title, "least–most", `${ours} / it`, ...others.map(({ title }) => title)];
  const ourValues = results.values(ours, main.key);
  const rows = results.contestants.map((contestant) => {
    const values = results.values(contestant, main.key);
    const { min, max } = spread(values);
    const isCompared = contestant !== ours && ourValues.length > 0 && values.length > 0;
    return [
      contestant,
      show(median(values), main),
      values.length > 1 ? `${show(min, main)}–${show(max, main)}` : "",
      isCompared ? showRatio(compare(ourValues, values).ratio) : "",
      ...others.map((kind) => show(median(results.values(contestant, kind.key)), kind)),
    ];
  });
  return layOutTable(head, rows);
}

function describeTarget(results: Results, { figures }: ReportPlan, target: Target): string {
  const { figure, of, against, must, beyond } = target;
  const kind = figures.find(({ key }) => key === figure);
  if (kind === undefined) throw new Error(`Cannot describe a target: no figure is called ${figure}`);
  const bound = kind.better === "more" ? "at least" : "at most";
  const limit = (value: number) => against === undefined ? `${show(value, kind)} ${kind.unit}` : `${value} ×`;
  const what = against === undefined ? "" : ` that of ${against}`;
  const further = beyond === undefined ? "" : `, beyond that ${limit(beyond)}`;
  const line = `${of}: ${kind.name} ${bound} ${limit(must)}${what}${further}`;
  const ours = results.values(of, figure);
  const theirs = against === undefined ? [] : results.values(against, figure);
  if (ours.length === 0 || (against !== undefined && theirs.length === 0)) return `${line}: not measured`;
  const fits = (value: number, bound: number) => kind.better === "more" ? value >= bound : value <= bound;
  const { ratio, pairs } = compare(ours, theirs);
  const value = against === undefined ? median(ours) : ratio;
  const shown = against === undefined
    ? `${show(value, kind)} ${kind.unit}`
    : `${showRatio(ratio)} (${showRatio(pairs.min)} to ${showRatio(pairs.max)} within a round)`;
  const verdict = !fits(value, must)
    ? "NOT reached"
    : beyond !== undefined && fits(value, beyond)
    ? "reached, and beyond"
    : "reached";
  return `${line}: ${shown}: ${verdict}`;
}

function show(value: number, { digits = 0 }: FigureKind): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "";
}

function showRatio(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}
