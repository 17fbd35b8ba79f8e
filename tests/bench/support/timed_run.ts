// One program at work over so many bytes, timed from its process' start: until it leaves, or until it says that it has
// done what was asked. Figures: `seconds`, `rate` (MB/s), `cpuSeconds`, `peakMib`.

import { join } from "node:path";
import { type Needed, version } from "../../support/drivers/needed.ts";
import type { ForeignClient, Job } from "../../support/drivers/clients/client.ts";
import { findOnPath, type Launch, output } from "../../support/drivers/program.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import { type ProcessFigures, ProcessTable } from "./process_figures.ts";
import type { FigureKind } from "./report.ts";
import type { Figures } from "./rounds.ts";

/** How the figures are shown. */
export const RUN_FIGURES = {
  rate: { key: "rate", title: "MB/s", unit: "MB/s", name: "rate", better: "more" },
  seconds: { key: "seconds", title: "seconds", unit: "s", name: "time", better: "less", digits: 2 },
  cpuSeconds: {
    key: "cpuSeconds",
    title: "CPU-s",
    unit: "s",
    name: "CPU-seconds",
    better: "less",
    digits: 2,
  },
  peakMib: { key: "peakMib", title: "peak MiB", unit: "MiB", name: "peak RSS", better: "less" },
} satisfies Record<string, FigureKind>;

const COMPLETE_LIMIT_MS = 600_000;

/** Without it CPU time and memory of programs that leave are not known. */
export const gnuTime: Needed = {
  name: "GNU time",
  install: "apt-get install time",
  async find() {
    const path = findOnPath("time");
    if (path === undefined) return undefined;
    const text = await output({ name: "time", command: [path, "--version"], cwd: "." }).catch(() => "");
    return /GNU Time\) (\S+)/.exec(text)?.[1];
  },
};

/** A program that leaves by itself, with 0. */
export async function timeToEnd(stage: Stage, bytes: number, launch: Launch): Promise<Figures> {
  const hasTime = await version(gnuTime) !== undefined;
  const costs = join(stage.folder, "costs");
  const wrapper = hasTime ? [findOnPath("time") ?? "time", "-f", "%U %S %M", "-o", costs] : [];
  const program = stage.start({ ...launch, command: [...wrapper, ...launch.command] });
  const status = await program.ended;
  const seconds = (performance.now() - program.startedAt) / 1000;
  if (!status.success) throw new Error(`${launch.name} left with ${status.signal ?? status.code}`);
  if (!hasTime) return describe(bytes, seconds, undefined);
  const words = (await Deno.readTextFile(costs)).trim().split(" ");
  const [user = NaN, system = NaN, peakKib = NaN] = words.map(Number);
  return describe(bytes, seconds, { cpuSeconds: user + system, peakRssBytes: peakKib * 1024 });
}

/** A client that has all of it already, until it says so. */
export async function timeToComplete(client: ForeignClient, job: Job): Promise<Figures> {
  const running = await client.leech(job);
  await running.complete(COMPLETE_LIMIT_MS);
  const seconds = (performance.now() - running.program.startedAt) / 1000;
  const costs = (await ProcessTable.read())?.of(running.program);
  await running.stop();
  return describe(job.content.totalLength, seconds, costs);
}

function describe(bytes: number, seconds: number, costs: ProcessFigures | undefined): Figures {
  const figures = { seconds, rate: bytes / 1e6 / seconds };
  if (costs === undefined) return figures;
  return { ...figures, cpuSeconds: costs.cpuSeconds, peakMib: costs.peakRssBytes / 2 ** 20 };
}
