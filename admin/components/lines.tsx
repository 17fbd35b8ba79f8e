/// <reference lib="dom" />
// The drawing of a plot, as large as its place: lines with the area below, named values and times, and a cursor that follows
// the pointer and the arrow keys. SVG, so that colours follow the style sheet by themselves.

import { type Signal, useSignal } from "@preact/signals";
// @ts-types="@types/d3-shape"
import { area, line } from "d3-shape";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { formatBytes, formatDay, formatShortCount, formatTime } from "../format.ts";
import { type Frame, PlotScales } from "../plot_scales.ts";
import type { PlotPanelProps } from "./plot.tsx";

const DAY_SECONDS = 86_400;

export interface LinesProps extends Required<Pick<PlotPanelProps, "isBytes" | "lines" | "span">> {
  time: readonly number[];
  /** Which reading the pointer or the arrow keys stand on; null for none. */
  picked: Signal<number | null>;
  label: string;
}

export function Lines({ isBytes, label, lines, picked, span, time }: LinesProps) {
  const place = useRef<HTMLDivElement>(null);
  const size = useSignal({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const measure = () => size.value = { width: element.clientWidth, height: element.clientHeight };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const frame = { ...size.value, left: isBytes ? 62 : 44, right: 26, top: 8, bottom: 26 };
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const scales = new PlotScales(frame, { time, most, span });

  function onKeyDown(event: KeyboardEvent): void {
    const last = time.length - 1;
    const at = picked.peek() ?? last;
    const steps: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    const index = steps[event.key];
    if (index === undefined) return;
    event.preventDefault();
    picked.value = Math.max(0, Math.min(last, index));
  }

  return (
    <div
      ref={place}
      class="plot"
      role="img"
      tabIndex={0}
      aria-label={label}
      onKeyDown={onKeyDown}
      onBlur={() => picked.value = null}
      onPointerMove={({ clientX, currentTarget }) =>
        picked.value = scales.indexAt(clientX - currentTarget.getBoundingClientRect().left)}
      onPointerLeave={() => picked.value = null}
    >
      {frame.width > 0 && (
        <svg width={frame.width} height={frame.height}>
          <Axes frame={frame} scales={scales} isBytes={isBytes} />
          <Paths lines={lines} scales={scales} time={time} frame={frame} />
          <Cursor frame={frame} lines={lines} picked={picked} scales={scales} time={time} />
        </svg>
      )}
    </div>
  );
}

interface PartProps extends Pick<LinesProps, "lines" | "time"> {
  scales: PlotScales;
  frame: Frame;
}

function Axes({ frame, isBytes, scales }: { frame: Frame; scales: PlotScales; isBytes: boolean }) {
  const { height, left, right, width } = frame;
  const nameTime = (seconds: number) =>
    scales.step >= DAY_SECONDS
      ? formatDay(seconds * 1000)
      : formatTime(seconds * 1000, { seconds: scales.step < 60 });
  return (
    <g class="axes">
      {scales.values.map(({ at, value }) => (
        <g key={value}>
          <line x1={left} x2={width - right} y1={at} y2={at} />
          <text x={left - 8} y={at} dy="0.32em" text-anchor="end">
            {isBytes ? formatBytes(value) : formatShortCount(value)}
          </text>
        </g>
      ))}
      {scales.times.map(({ at, value }) => (
        <text key={value} x={at} y={height - 6} text-anchor="middle">{nameTime(value)}</text>
      ))}
    </g>
  );
}

function Paths({ frame, lines, scales, time }: PartProps) {
  // A drawing of 360 points is made in well under a millisecond, but not with every movement of the pointer.
  const paths = useMemo(() => {
    const x = (_: unknown, i: number) => scales.x(time[i] ?? 0);
    const y = (value: number | null) => scales.y(value ?? 0);
    const isKnown = (value: number | null) => value !== null;
    const stroke = line<number | null>().defined(isKnown).x(x).y(y);
    const fill = area<number | null>().defined(isKnown).x(x).y0(scales.y(0)).y1(y);
    return lines.map(({ color, values }) => ({
      color,
      stroke: stroke([...values]) ?? "",
      fill: fill([...values]) ?? "",
    }));
  }, [lines, time, frame.width, frame.height]);
  return (
    <>
      {paths.map(({ color, fill, stroke }) => (
        <g key={color} class={color}>
          <path class="fill" d={fill} />
          <path class="stroke" d={stroke} />
        </g>
      ))}
    </>
  );
}

function Cursor({ frame, lines, picked, scales, time }: PartProps & Pick<LinesProps, "picked">) {
  const at = picked.value;
  if (at === null || at >= time.length) return null;
  const x = scales.x(time[at] ?? 0);
  return (
    <g class="cursor">
      <line x1={x} x2={x} y1={frame.top} y2={frame.height - frame.bottom} />
      {lines.map(({ color, values }) => {
        const value = values[at];
        return typeof value === "number" && (
          <circle key={color} class={color} cx={x} cy={scales.y(value)} r={4} />
        );
      })}
    </g>
  );
}
