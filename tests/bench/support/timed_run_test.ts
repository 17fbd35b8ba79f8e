import assert from "node:assert/strict";
import { Stage } from "../../support/drivers/stage.ts";
import { gnuTime, timeToEnd } from "./timed_run.ts";

const script = "Deno.stdout.writeSync(new Uint8Array(32 << 20).fill(10).subarray(0, 1))";
const command = [Deno.execPath(), "eval", "--no-config", script];

Deno.test("timeToEnd() takes time and rate, and what it cost where there is GNU time", async () => {
  const hasTime = await gnuTime.find() !== undefined;
  const figures = await Stage.run((stage) =>
    timeToEnd(stage, 5e6, { name: "child", command, cwd: stage.folder })
  );
  const { seconds = NaN, rate, cpuSeconds = NaN, peakMib = NaN } = figures;
  assert.ok(seconds > 0);
  assert.equal(rate, 5 / seconds);
  assert.equal(cpuSeconds > 0, hasTime);
  assert.equal(peakMib > 32, hasTime);
});

Deno.test("timeToEnd() throws when the program fails", async () => {
  const fails = [Deno.execPath(), "eval", "--no-config", "Deno.exit(3)"];
  await assert.rejects(
    Stage.run((stage) => timeToEnd(stage, 1, { name: "child", command: fails, cwd: stage.folder })),
    /child left with 3/,
  );
});
