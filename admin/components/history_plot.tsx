/// <reference lib="dom" />
// The last hour as a plot: seeders and leechers, or announces, or swarms. uPlot draws; the legend is ours.

import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import type { HistoryPoint } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { formatCount, formatFrequency, formatTime } from "../format.ts";
import { createPlot, type PlotSeries } from "../plot.ts";
import { text } from "../text.ts";

const words = text.history;

type Topic = "peers" | "announces" | "swarms";

interface TopicSeries extends PlotSeries {
  label: string;
  read: (point: HistoryPoint) => number;
  format: (value: number) => string;
}

const TOPICS: Record<Topic, TopicSeries[]> = {
  peers: [
    { label: words.seeders, color: "--seeders", read: (point) => point.seeders, format: formatCount },
    { label: words.leechers, color: "--leechers", read: (point) => point.leechers, format: formatCount },
  ],
  announces: [{
    label: words.announcesPerSecond,
    color: "--accent",
    read: (point) => point.announcesPerSecond,
    format: formatFrequency,
  }],
  swarms: [{ label: words.swarms, color: "--accent", read: (point) => point.swarms, format: formatCount }],
};

export function HistoryPlot() {
  const { store } = useApp();
  const topic = useSignal<Topic>("peers");
  // Which reading the pointer or the arrow keys stand on; null for the newest.
  const picked = useSignal<number | null>(null);
  const shown = useComputed(() => {
    const points = store.history.value;
    return points[picked.value ?? points.length - 1] ?? points.at(-1);
  });
  const series = TOPICS[topic.value];
  const hasPlot = store.history.value.length > 1;
  const values = (point: HistoryPoint) =>
    series.map(({ label, read, format }) => `${label}: ${format(read(point))}`);
  return (
    <section class="panel history" aria-labelledby="history-heading">
      <div class="panel-head">
        <h2 id="history-heading">{words.heading}</h2>
        <p class="legend" aria-hidden="true">
          {hasPlot &&
            series.map(({ label, color, read, format }) => (
              <span key={label} class={`entry ${color.slice(2)}`}>
                {label} <b>{shown.value ? format(read(shown.value)) : ""}</b>
              </span>
            ))}
        </p>
        <fieldset class="segments">
          <legend class="unseen">{words.show}</legend>
          {(["peers", "announces", "swarms"] as const).map((choice) => (
            <label key={choice}>
              <input
                type="radio"
                name="topic"
                checked={topic.value === choice}
                onChange={() => topic.value = choice}
              />
              <span>{words[choice]}</span>
            </label>
          ))}
        </fieldset>
      </div>
      {hasPlot
        ? (
          <div class="plot-frame">
            <Plot
              key={topic.value}
              series={series}
              onPick={(index) => picked.value = index}
              label={words.summary(shown.value ? values(shown.value).join(", ") : "")}
            />
            {picked.value !== null && shown.value && (
              <span class="when" aria-hidden="true">{formatTime(shown.value.time * 1000)}</span>
            )}
          </div>
        )
        : <p class="plot-empty">{store.totals.value && words.empty}</p>}
    </section>
  );
}

interface PlotProps {
  series: readonly TopicSeries[];
  label: string;
  onPick: (index: number | null) => void;
}

function Plot({ series, label, onPick }: PlotProps) {
  const { store, theme } = useApp();
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    if (!frame.current) return;
    const root = frame.current;
    const made = createPlot(root, series, onPick);
    made.setData(toColumns(store.history.peek(), series));
    plot.current = made;
    const fit = new ResizeObserver(() =>
      made.setSize({ width: root.clientWidth, height: root.clientHeight })
    );
    fit.observe(root);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => made.redraw(false, true);
    scheme.addEventListener("change", redraw);
    return () => {
      scheme.removeEventListener("change", redraw);
      fit.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);
  useSignalEffect(() => plot.current?.setData(toColumns(store.history.value, series)));
  // A canvas does not follow the style sheet by itself. The attribute that the theme sets must be there first.
  useSignalEffect(() => {
    theme.value;
    requestAnimationFrame(() => plot.current?.redraw(false, true));
  });

  function onKeyDown(event: KeyboardEvent): void {
    const made = plot.current;
    if (!made) return;
    const last = made.data[0].length - 1;
    const at = made.cursor.idx ?? last;
    const steps: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    const index = steps[event.key];
    const time = index === undefined ? undefined : made.data[0][Math.max(0, Math.min(last, index))];
    if (time === undefined) return;
    event.preventDefault();
    made.setCursor({ left: made.valToPos(time, "x"), top: 0 });
  }

  return (
    <div
      ref={frame}
      class="plot"
      role="img"
      tabIndex={0}
      aria-label={label}
      onKeyDown={onKeyDown}
      onBlur={() => plot.current?.setCursor({ left: -10, top: -10 })}
    />
  );
}

function toColumns(points: readonly HistoryPoint[], series: readonly TopicSeries[]): uPlot.AlignedData {
  return [points.map((point) => point.time), ...series.map(({ read }) => points.map(read))];
}
