// Numbers for people. Decimal units (1 MB = 1,000,000 bytes), as the field's programs and disks use them.

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `1536000` → `"1.5 MB"`: at most four characters before the unit, none of them a needless zero. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  // 999.5 would be shown as "1000": it belongs to the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1);
  return `${text} ${UNITS[unit]}`;
}

/** Bytes a second, `"12.3 MB/s"`. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `3725` → `"1h 02m"`, `65` → `"1m 05s"`, `9` → `"9s"`; beyond a hundred days `"–"`. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds > 100 * 86400) return "–";
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${two(Math.floor(whole / 60) % 60)}m`;
  return `${Math.floor(whole / 86400)}d ${two(Math.floor(whole / 3600) % 24)}h`;
}

/** 0 to 1 → `"42.1%"`. Never "100.0%" before it is. */
export function formatPercent(part: number): string {
  return part >= 1 ? "100%" : `${(Math.floor(part * 1000) / 10).toFixed(1)}%`;
}

/** `1234567` → `"1,234,567"`. */
export function formatCount(count: number): string {
  // Not toLocaleString(): its first call sets up the language data, which took 18 ms of each start.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1, "piece"` → `"1 piece"`; `2, "piece"` → `"2 pieces"`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Text from outside without what a terminal obeys: escapes, line breaks, marks that turn the direction of writing. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
