import assert from "node:assert/strict";
import { seldom } from "../../tracker/seldom.ts";

Deno.test("seldom() lets a line through once a minute, the first one at once", () => {
  const lines: string[] = [];
  let now = 5;
  const say = seldom((line) => lines.push(line), () => now);
  for (
    const [at, line] of [[5, "a"], [60_004, "b"], [60_005, "c"], [120_004, "d"], [120_005, "e"]] as const
  ) {
    now = at;
    say(line);
  }
  assert.deepEqual(lines, ["a", "c", "e"]);
});
