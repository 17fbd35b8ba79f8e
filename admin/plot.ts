/// <reference lib="dom" />
// How the history plot looks: uPlot's options in this page's colours. Knows nothing of what is plotted.

import uPlot from "uplot";
import { formatShortCount, formatTime } from "./format.ts";

/** One line. */
export interface PlotSeries {
  /** Custom property of its colour; the area below is `<color>-area`. */
  color: `--${string}`;
}

/** A young tracker's readings are spread over this many seconds at least, not over the whole width. */
const MIN_SECONDS = 60;

/** Makes an empty plot as large as `root`. `onPick` is told the index under the pointer, null when it leaves. */
export function createPlot(
  root: HTMLElement,
  series: readonly PlotSeries[],
  onPick: (index: number | null) => void,
): uPlot {
  const color = colorReader(root);
  const axis: uPlot.Axis = {
    stroke: () => color("--muted"),
    font: `11px ${getComputedStyle(root).fontFamily}`,
    ticks: { show: false },
    border: { show: false },
  };
  return new uPlot(
    {
      width: root.clientWidth,
      height: root.clientHeight,
      padding: [10, 28, 0, 0], // half a time of day stands beyond the last reading
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { size: 8, width: 2, fill: () => color("--surface") },
      },
      scales: {
        x: { range: (_, min, max) => [Math.min(min, max - MIN_SECONDS), max] },
        y: { range: (_, _min, max) => [0, Math.max(4, max * 1.15)] },
      },
      axes: [
        { ...axis, size: 26, gap: 6, space: 90, grid: { show: false }, values: formatTimes },
        {
          ...axis,
          size: 40,
          gap: 8,
          space: 44,
          grid: { stroke: () => color("--line"), width: 1 },
          values: (_, values) => values.map(formatShortCount),
        },
      ],
      series: [
        {},
        ...series.map((line) => ({
          stroke: () => color(line.color),
          fill: () => color(`${line.color}-area`),
          width: 1.75,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => onPick(plot.cursor.idx ?? null)] },
    },
    [[], ...series.map(() => [])],
    root,
  );
}

function formatTimes(_plot: uPlot, times: number[], _axis: number, _space: number, step: number): string[] {
  return times.map((time) => formatTime(time * 1000, { seconds: step < 60 }));
}

// Custom properties hold light-dark() pairs; only a property that is a colour is resolved by the browser.
function colorReader(root: HTMLElement): (property: string) => string {
  const probe = document.createElement("span");
  root.append(probe);
  return (property) => {
    probe.style.color = `var(${property})`;
    return getComputedStyle(probe).color;
  };
}
