import assert from "node:assert/strict";
import { parseRate } from "../../../peer/cli/values.ts";

Deno.test("parseRate() reads bytes a second, with decimal units", () => {
  const rates = { "0": 0, "800": 800, "800k": 800_000, "1.5M": 1_500_000, "2G": 2_000_000_000 };
  for (const [text, rate] of Object.entries(rates)) assert.equal(parseRate(text), rate);
  for (const text of ["", "k", "-1", "1,5M", "1.M", "1 M", "1m", "1MiB", "Infinity", "1e6"]) {
    assert.throws(() => parseRate(text), { message: /^A rate is bytes a second/ }, text);
  }
});
