// Programs that leave by themselves, timed from their start to their end. GNU time tells what they cost, where there is one.

import { join } from "node:path";
import { type Needed, version } from "../../support/drivers/needed.ts";
import { findOnPath, type Launch, output } from "../../support/drivers/program.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import type { Figures } from "./rounds.ts";

/** Without it CPU time and memory of programs that leave are not known. */
export const gnuTime: Needed = {
  name: "GNU time",
  install: "apt-get install time",
  async find() {
    const path = findOnPath("time");
    if (path === undefined) return undefined;
    const text = await output({ name: "time", command: [path, "--version"], cwd: "." }).catch(() => "");
    return /GNU.* ([\d.]+)/.exec(text)?.[1];
  },
};

/**
 * Runs a program on the stage until it leaves with 0: `seconds`, `cpuSeconds` and `peakRssBytes`, of it and of what it
 * started and waited for.
 */
export async function timedRun(stage: Stage, launch: Launch): Promise<Figures> {
  const hasTime = await version(gnuTime) !== undefined;
  const costs = join(stage.folder, "costs");
  const wrapper = hasTime ? [findOnPath("time") ?? "time", "-f", "%U %S %M", "-o", costs] : [];
  const program = stage.start({ ...launch, command: [...wrapper, ...launch.command] });
  const status = await program.ended;
  const seconds = (performance.now() - program.startedAt) / 1000;
  if (!status.success) throw new Error(`${launch.name} left with ${status.signal ?? status.code}`);
  if (!hasTime) return { seconds };
  const [user = NaN, system = NaN, peakKib = NaN] = (await Deno.readTextFile(costs)).trim().split(" ").map(
    Number,
  );
  return { seconds, cpuSeconds: user + system, peakRssBytes: peakKib * 1024 };
}
