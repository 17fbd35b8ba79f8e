/// <reference lib="dom" />
// Lines over time in a panel. The legend tells the newest values, or those under the pointer or the arrow keys.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { formatMoment } from "../format.ts";
import { text } from "../text.ts";
import { Lines } from "./lines.tsx";

/** One line, and how its values are told. Null where nothing is known. */
export interface Line {
  label: string;
  values: readonly (number | null)[];
  format: (value: number) => string;
  /** Name of its colour in the style sheet. */
  color: "seeders" | "leechers" | "third" | "alert";
}

export interface PlotPanelProps {
  heading: string;
  /** Unix seconds, as many as there are values. Null while they aren't known. */
  time: readonly number[] | null;
  lines: readonly Line[];
  /** Seconds from edge to edge. */
  span: number;
  isBytes?: boolean;
  /** Stands below it: what else there is to say of its readings. */
  note?: string | null;
  /** What is chosen about it. */
  children?: ComponentChildren;
}

export function PlotPanel(
  { children, heading, isBytes = false, lines, note = null, span, time }: PlotPanelProps,
) {
  // Which reading is told; null for the newest.
  const picked = useSignal<number | null>(null);
  const last = (time?.length ?? 0) - 1;
  const at = picked.value === null || picked.value > last ? last : picked.value;
  const told = ({ format, values }: Line) => {
    const value = values[at];
    return value === null || value === undefined ? "–" : format(value);
  };
  const summary = lines.map((line) => `${line.label}: ${told(line)}`).join(", ");
  return (
    <section class="panel history" aria-label={heading}>
      <div class="panel-head">
        <h2>{heading}</h2>
        <p class="legend" aria-hidden="true">
          {last > 0 && lines.map((line) => (
            <span key={line.label} class={`entry ${line.color}`}>
              {line.label} <b>{told(line)}</b>
            </span>
          ))}
        </p>
        {children}
      </div>
      {time !== null && last > 0
        ? (
          <div class="plot-frame">
            <Lines
              time={time}
              lines={lines}
              span={span}
              isBytes={isBytes}
              picked={picked}
              label={text.history.summary(heading, summary)}
            />
            {picked.value !== null && (
              <span class="when" aria-hidden="true">{formatMoment((time[at] ?? 0) * 1000)}</span>
            )}
          </div>
        )
        : <p class="plot-empty">{time !== null && text.history.empty}</p>}
      {note !== null && <p class="tail-note">{note}</p>}
    </section>
  );
}
