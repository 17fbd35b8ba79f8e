import assert from "node:assert/strict";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatFrequency,
  formatMoment,
  formatPercent,
  formatRate,
  formatShare,
  formatShortCount,
  formatTime,
  shortHash,
} from "../../admin/format.ts";

/** One function with what goes in and what comes out. */
function table<Value>(name: string, format: (value: Value) => string, rows: [Value, string][]): void {
  Deno.test(name, () => {
    for (const [value, expected] of rows) assert.equal(format(value), expected, `of ${value}`);
  });
}

table("formatBytes() has three digits and the unit that fits", formatBytes, [
  [0, "0 B"],
  [1, "1 B"],
  [999, "999 B"],
  [1000, "1.00 kB"],
  [1_234_567, "1.23 MB"],
  [12_345_678, "12.3 MB"],
  [123_456_789, "123 MB"],
  [5_000_000_000_000, "5.00 TB"],
  [Number.MAX_SAFE_INTEGER, "9.01 PB"],
]);

table("formatBytes() goes to the next unit before it rounds up to 1000", formatBytes, [
  [999_499, "999 kB"],
  [999_500, "1.00 MB"],
  [9_999_000, "10.0 MB"],
  [99_990_000, "100 MB"],
  [999_999_999, "1.00 GB"],
]);

table("formatRate() is bytes a second", formatRate, [[0, "0 B/s"], [2_500_000, "2.50 MB/s"]]);

table("formatCount() groups thousands, and rounds", formatCount, [
  [0, "0"],
  [999, "999"],
  [999.6, "1,000"],
  [12_345, "12,345"],
  [1_234_567, "1,234,567"],
]);

table("formatShortCount() fits on an axis", formatShortCount, [
  [0, "0"],
  [0.5, "0.5"],
  [999, "999"],
  [1000, "1k"],
  [12_340, "12.3k"],
  [999_949, "999.9k"],
  [999_950, "1M"],
  [2_500_000, "2.5M"],
  [999_999_999, "1G"],
  [12_345_000_000, "12.3G"],
]);

table("formatFrequency() keeps one decimal while the number is small", formatFrequency, [
  [0, "0.0"],
  [3.14, "3.1"],
  [99.94, "99.9"],
  [99.96, "100"],
  [80_000, "80,000"],
]);

table("formatPercent() says 100 % of what is complete and of nothing else", formatPercent, [
  [0, "0 %"],
  [-1, "0 %"],
  [0.0001, "0.0 %"],
  [0.4237, "42.3 %"],
  [0.99999, "99.9 %"],
  [1, "100 %"],
]);

table("formatShare() rounds, though not to the whole what isn't", formatShare, [
  [0.787, "79 %"],
  [0, "0 %"],
  [0.9999, "99 %"],
  [1, "100 %"],
]);

table("formatAge() names the largest unit", formatAge, [
  [-500, "now"],
  [999, "now"],
  [1000, "1 s ago"],
  [59_999, "59 s ago"],
  [60_000, "1 min ago"],
  [3_599_999, "59 min ago"],
  [3_600_000, "1 h ago"],
  [86_400_000 * 12, "12 d ago"],
]);

table("formatDuration() names the two largest units", formatDuration, [
  [-1, "0 s"],
  [59.9, "59 s"],
  [60, "1 min 0 s"],
  [3599, "59 min 59 s"],
  [3600, "1 h 0 min"],
  [86_399, "23 h 59 min"],
  [273_912, "3 d 4 h"],
]);

Deno.test("formatTime() is the reader's time of day, with seconds or without", () => {
  const noon = new Date(2025, 5, 1, 9, 5, 7).getTime();
  assert.equal(formatTime(noon), "09:05:07");
  assert.equal(formatTime(noon, { seconds: false }), "09:05");
});

Deno.test("formatMoment() has the day before the time", () => {
  assert.equal(formatMoment(new Date(2025, 0, 31, 9, 5, 7).getTime()), "31 Jan, 09:05:07");
  assert.equal(formatMoment(new Date(2025, 11, 1, 23, 59, 59).getTime()), "1 Dec, 23:59:59");
});

Deno.test("shortHash() keeps both ends of a hash and all of a short word", () => {
  assert.equal(shortHash("0123456789abcdef0123456789abcdef01234567"), "01234567…234567");
  assert.equal(shortHash("0123456789abcdef"), "0123456789abcdef");
});
