import assert from "node:assert/strict";
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatRate,
  formatSeconds,
  plural,
  printable,
} from "../../../peer/cli/format.ts";

Deno.test("formatBytes() uses decimal units and at most three digits", () => {
  const rows: [number, string][] = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1536, "1.5 kB"],
    [99_949, "99.9 kB"],
    [99_950, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [1_500_000_000, "1.5 GB"],
    [7e18, "7000 PB"],
  ];
  for (const [bytes, text] of rows) assert.equal(formatBytes(bytes), text);
  assert.equal(formatRate(12_300_000), "12.3 MB/s");
});

Deno.test("formatSeconds() shows two units at most and no made-up eternity", () => {
  const rows: [number | null, string][] = [
    [0, "0s"],
    [8.2, "9s"],
    [65, "1m 05s"],
    [3725, "1h 02m"],
    [90_000, "1d 01h"],
    [null, "–"],
    [Infinity, "–"],
    [1e9, "–"],
  ];
  for (const [seconds, text] of rows) assert.equal(formatSeconds(seconds), text);
});

Deno.test("formatPercent() says 100% only when it is", () => {
  assert.equal(formatPercent(0), "0.0%");
  assert.equal(formatPercent(0.42159), "42.1%");
  assert.equal(formatPercent(0.99999), "99.9%");
  assert.equal(formatPercent(1), "100%");
});

Deno.test("formatCount() and plural() group thousands and know one from many", () => {
  assert.equal(formatCount(1234567), "1,234,567");
  assert.equal(plural(1, "piece"), "1 piece");
  assert.equal(plural(0, "piece"), "0 pieces");
  assert.equal(plural(1233, "piece"), "1,233 pieces");
});

Deno.test("printable() leaves no character that a terminal obeys", () => {
  assert.equal(printable("a\x1b[2Jb\r\n\u202etxt\u009b"), "a\ufffd[2Jb\ufffd\ufffd\ufffdtxt\ufffd");
  assert.equal(printable("Ünïcode – 漢字 🌱"), "Ünïcode – 漢字 🌱");
});
