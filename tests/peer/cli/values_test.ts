import assert from "node:assert/strict";
import {
  parseChoice,
  parseCount,
  parseDuration,
  parseHttpUrl,
  parsePieceLength,
  parsePort,
  parseRatio,
  parseSwitch,
  parseTrackerUrl,
  ValueError,
} from "../../../peer/cli/values.ts";

Deno.test("parseDuration() reads seconds, minutes, hours and days", () => {
  assert.deepEqual(["0", "90", "90s", "30m", "12h", "7d"].map(parseDuration), [
    0,
    90,
    90,
    1800,
    43200,
    604800,
  ]);
});

Deno.test("parsePieceLength() reads bytes, and what `info` shows", () => {
  assert.deepEqual(
    ["16384", "16k", "256K", "256KiB", "256 KiB", "1M", "1MiB", "64 MiB"].map(parsePieceLength),
    [
      2 ** 14,
      2 ** 14,
      2 ** 18,
      2 ** 18,
      2 ** 18,
      2 ** 20,
      2 ** 20,
      2 ** 26,
    ],
  );
});

Deno.test("values that make no sense are refused with a sentence", () => {
  const rows: [(text: string) => unknown, string[]][] = [
    [parseDuration, ["", "m", "-1", "1.5h", "1w", "1h30m", "99999999999"]],
    [parseRatio, ["", "-1", "1,5", "NaN", "1e3", "."]],
    [parsePieceLength, ["", "k", "8k", "8192", "100000", "1.5M", "3M", "1G", "1MB", "-1M", "9999999999"]],
    [parseCount, ["", "0", "-1", "1.5", "9999999999"]],
    [parsePort, ["", "65536", "-1", "80x", "1.5"]],
    [parseSwitch, ["", "2", "maybe"]],
    [(text) => parseChoice(text, ["on", "off"]), ["", "o", "ON"]],
    [parseHttpUrl, ["", "example.org", "ftp://example.org/", "http://"]],
    [parseTrackerUrl, [
      "",
      "announce",
      "localhost:6969/announce",
      "example.org:6969",
      "http://",
      "http://a b/",
    ]],
  ];
  for (const [parse, texts] of rows) {
    for (const text of texts) assert.throws(() => parse(text), ValueError, `${parse.name} ${text}`);
  }
});

Deno.test("parseRatio() reads whole numbers and decimals", () => {
  assert.deepEqual(["0", "2", "1.5"].map(parseRatio), [0, 2, 1.5]);
});

Deno.test("parseSwitch() knows the words of files and environments", () => {
  assert.deepEqual(["true", "1", "Yes", "on"].map(parseSwitch), [true, true, true, true]);
  assert.deepEqual(["False", "0", "no", "off"].map(parseSwitch), [false, false, false, false]);
});

Deno.test("parseTrackerUrl() takes the addresses that trackers have", () => {
  const urls = ["http://a/announce", "HTTPS://a/", "udp://[::1]:6969", "ws://a", "wss://a/"];
  assert.deepEqual(urls.map(parseTrackerUrl), urls);
});
