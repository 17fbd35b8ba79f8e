import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import { parseCount, parseDuration, parseHttpUrl, parsePort, parseRatio } from "../../../peer/cli/values.ts";

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

Deno.test("values that make no sense are refused with a sentence", () => {
  const rows: [(text: string) => unknown, string[]][] = [
    [parseDuration, ["", "m", "-1", "1.5h", "1w", "1h30m", "99999999999"]],
    [parseRatio, ["", "-1", "1,5", "NaN", "1e3", "."]],
    [parseCount, ["", "0", "-1", "1.5", "9999999999"]],
    [parsePort, ["", "65536", "-1", "80x", "1.5"]],
    [parseHttpUrl, ["", "example.org", "ftp://example.org/", "http://"]],
  ];
  for (const [parse, texts] of rows) {
    for (const text of texts) assert.throws(() => parse(text), InvalidArgumentError, `${parse.name} ${text}`);
  }
});

Deno.test("parseRatio() reads whole numbers and decimals", () => {
  assert.deepEqual(["0", "2", "1.5"].map(parseRatio), [0, 2, 1.5]);
});
