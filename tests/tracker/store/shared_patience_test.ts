import assert from "node:assert/strict";
import { SharedPatience } from "../../../tracker/store/shared_patience.ts";

Deno.test("SharedPatience waits as long as the most patient tracker, and no shorter than its own rules say", () => {
  const patience = new SharedPatience(() => {});
  assert.equal(patience.timeoutMs(480_000), 480_000);
  patience.follow(2_730_000, 480_000);
  assert.equal(patience.timeoutMs(480_000), 2_730_000);
  assert.equal(patience.timeoutMs(5_000_000), 5_000_000);
  patience.follow(480_000, 480_000);
  assert.equal(patience.timeoutMs(480_000), 480_000);
});

Deno.test("SharedPatience tells the operator once of each difference, and again of one that had gone", () => {
  const logged: string[] = [];
  const patience = new SharedPatience((line) => logged.push(/\d+ s/.exec(line)?.[0] ?? line));
  for (const longest of [480, 480, 900, 900, 2730, 480, 900]) patience.follow(longest * 1000, 480_000);
  assert.deepEqual(logged, ["900 s", "2730 s", "900 s"]);
});
