// The points of a plot, in columns, as they come from the tracker: joined with what is here already, cut at the edge, and
// with a gap where the tracker did not run.

import type { HistoryAnswer, HistorySeries } from "../../tracker/admin_api.ts";

/** Columns of equal length; null where nothing is known. */
export interface Columns {
  time: number[];
  series: Record<HistorySeries, (number | null)[]>;
}

/** Seconds from edge to edge. */
export const SPANS = { hour: 3600, day: 86_400, month: 30 * 86_400 } as const;

/** Joins an answer to the points before it. */
export function joinHistory(known: HistoryAnswer | null, answer: HistoryAnswer): HistoryAnswer {
  const first = answer.time[0];
  if (known === null || known.range !== answer.range) return answer;
  if (first === undefined) return known;
  const last = answer.time.at(-1) ?? first;
  const from = known.time.findIndex((time) => time > last - SPANS[answer.range]);
  const end = known.time.findIndex((time) => time >= first);
  const keep = <Value>(values: Value[]) =>
    from < 0 ? [] : values.slice(from, end < 0 ? values.length : Math.max(from, end));
  return {
    ...answer,
    time: [...keep(known.time), ...answer.time],
    series: mapSeries(answer.series, (values, name) => [...keep(known.series[name]), ...values]),
  };
}

/** For the plot. */
export function withGaps({ series, step, time }: HistoryAnswer): Columns {
  const breaks: number[] = [];
  for (let i = 1; i < time.length; i++) {
    if ((time[i] ?? 0) - (time[i - 1] ?? 0) > 2.5 * step) breaks.push(i);
  }
  const insert = <Value>(values: readonly Value[], make: (at: number) => Value) =>
    breaks.length === 0
      ? [...values]
      : values.flatMap((value, i) => breaks.includes(i) ? [make(i), value] : [value]);
  return {
    time: insert(time, (at) => (time[at - 1] ?? 0) + step),
    series: mapSeries(series, (values) => insert<number | null>(values, () => null)),
  };
}

function mapSeries<From, To>(
  series: Record<HistorySeries, From>,
  change: (values: From, name: HistorySeries) => To,
): Record<HistorySeries, To> {
  const entries = Object.entries(series) as [HistorySeries, From][];
  return Object.fromEntries(entries.map(([name, values]) => [name, change(values, name)])) as Record<
    HistorySeries,
    To
  >;
}
