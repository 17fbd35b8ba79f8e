// Figures as a reader wants them: short, of steady width, and never rounded up to something that is not so yet.
// Knows no signals and no page. Nor `Intl`: the first formatter of that takes a browser 15 ms, as long as all else that
// happens before the page is drawn.

import { text } from "./text.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
/** Where a whole number has a comma: before each three digits to its end. */
const THOUSANDS = /\B(?=(?:\d{3})+$)/g;

/** 12345 → "12,345". */
export function formatCount(count: number): string {
  return Math.round(count).toFixed(0).replaceAll(THOUSANDS, ",");
}

/** 12345 → "12.3k": for the plot's axis, where room is short. */
export function formatShortCount(count: number): string {
  const short = (unit: number) => Math.round(count / unit * 10) / 10;
  // What would print as "1000k" belongs to the next unit already.
  if (short(1) < 1000) return String(short(1));
  if (short(1e3) < 1000) return `${short(1e3)}k`;
  return short(1e6) < 1000 ? `${short(1e6)}M` : `${short(1e9)}G`;
}

/** Events a second: one decimal while it says something, none when the number is large. */
export function formatFrequency(perSecond: number): string {
  return perSecond < 99.95 ? perSecond.toFixed(1) : formatCount(perSecond);
}

/** 1234567 → "1.23 MB": decimal units, three significant digits. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would print as "1000": it belongs to the next unit already.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Bytes a second. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** 0 to 1 as a percentage, cut off rather than rounded: "100 %" is said of what is complete and of nothing else. */
export function formatPercent(fraction: number): string {
  if (fraction <= 0) return "0 %";
  if (fraction >= 1) return "100 %";
  return `${(Math.floor(fraction * 1000) / 10).toFixed(1)} %`;
}

/** 0 to 1 as a share of a whole: "79 %". Only the whole is "100 %". */
export function formatShare(fraction: number): string {
  return `${fraction < 1 ? Math.min(99, Math.round(fraction * 100)) : 100} %`;
}

/** Milliseconds that have passed → "12 s ago". */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Seconds → the two largest units: "3 d 4 h", "12 min 5 s". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor(whole % 86_400 / 3600)} h`;
}

/** Unix milliseconds → "14:03:22", in the reader's own time zone. */
export function formatTime(unixMs: number, options: { seconds: boolean } = { seconds: true }): string {
  const date = new Date(unixMs);
  const parts = [date.getHours(), date.getMinutes()];
  if (options.seconds) parts.push(date.getSeconds());
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** Unix milliseconds → "24 Nov". */
export function formatDay(unixMs: number): string {
  const date = new Date(unixMs);
  return `${date.getDate()} ${text.months[date.getMonth()]}`;
}

/** Unix milliseconds → "24 Nov, 14:03:22". */
export function formatMoment(unixMs: number): string {
  return `${formatDay(unixMs)}, ${formatTime(unixMs)}`;
}

/** A 40-character hash as its two ends: enough to tell swarms apart by eye. */
export function shortHash(hex: string): string {
  return hex.length <= 16 ? hex : `${hex.slice(0, 8)}…${hex.slice(-6)}`;
}
