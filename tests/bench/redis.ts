// Announces a second by one, two and three trackers that share their swarms in one Redis, beside one that has them in its
// memory: HTTP over 32 connections for each tracker, 1,000 swarms of up to 100 peers, numwant 50. On few
// cores the programs wait for each other; what an announce costs each of them tells how many trackers one Redis bears.
//
//   deno run -P=bench tests/bench/redis.ts [--rounds N]

import { seedling, startTracker } from "../support/drivers/clients/seedling.ts";
import { version } from "../support/drivers/needed.ts";
import type { Stage } from "../support/drivers/stage.ts";
import { redis, RedisServer } from "../support/redis_server.ts";
import type { Program } from "../support/drivers/program.ts";
import { send, taskset, wrk } from "./support/announce_load.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { ProcessTable } from "./support/process_figures.ts";
import type { FigureKind } from "./support/report.ts";
import type { Contestant, Figures } from "./support/rounds.ts";

const PEERS = 100_000;
const QUICK_PEERS = 2000;
const SECONDS = 3;
const MOST_TRACKERS = 3;

const RATE: FigureKind = { key: "rate", title: "per s", unit: "/s", name: "announces", better: "more" };
const TRACKER: FigureKind = {
  ...{ key: "tracker", title: "tracker µs", unit: "µs", name: "a tracker's CPU time for an announce" },
  ...{ better: "less", digits: 1 },
};
const STORE: FigureKind = {
  ...{
    key: "store",
    title: "Redis µs",
    unit: "µs",
    name: "Redis' CPU time for an announce",
    better: "less",
    digits: 1,
  },
};
const IN_MEMORY = "in memory";
const names = ["one tracker", "two trackers", "three trackers"];

/** A tracker that runs. */
interface Tracker {
  url: string;
  program: Program;
}

async function start(stage: Stage, ...flags: string[]): Promise<Tracker> {
  const url = await startTracker(stage, { args: flags });
  return { url, program: stage.programs.at(-1) as Program };
}

/** Announces to all of them at once. */
async function load(
  trackers: readonly Tracker[],
  peers: number,
  seconds: number,
): Promise<{ requests: number; rate: number }> {
  const all = await Promise.all(
    trackers.map(({ url }, i) =>
      send(url, { first: i * 7, peers, isScattered: true, isClosed: false, seconds })
    ),
  );
  return {
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    rate: all.reduce((sum, { rate }) => sum + rate, 0),
  };
}

/** Seconds of CPU time that the trackers, or Redis, have used. */
async function cpuSeconds(
  trackers: readonly Tracker[],
  server?: RedisServer,
): Promise<[trackers: number, store: number]> {
  const table = await ProcessTable.read();
  const theirs = trackers.reduce((sum, { program }) => sum + (table?.of(program)?.cpuSeconds ?? NaN), 0);
  const info = await server?.command("INFO", "cpu") ?? "";
  const store = [...info.matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm)].reduce(
    (sum, [, s]) => sum + Number(s),
    0,
  );
  return [theirs, store];
}

async function measure(
  trackers: readonly Tracker[],
  server: RedisServer | undefined,
  { peers, seconds }: { peers: number; seconds: number },
): Promise<Figures> {
  const before = await cpuSeconds(trackers, server);
  const { rate, requests } = await load(trackers, peers, seconds);
  const after = await cpuSeconds(trackers, server);
  const micros = (i: 0 | 1) => (after[i] - before[i]) / requests * 1e6;
  return {
    rate,
    ...(Number.isFinite(micros(0)) && { tracker: micros(0) }),
    ...(server !== undefined && { store: micros(1) }),
  };
}

export const redisBenches: Bench[] = [{
  name: "redis",
  summary: "announces by trackers that share their swarms in one Redis",
  programs: [redis, wrk, taskset],
  async run(run) {
    for (const needed of [redis, wrk, taskset]) {
      if (await version(needed) !== undefined) continue;
      return console.log(`## ${this.summary}\n\nleft out: ${needed.name} is missing (${needed.install})\n`);
    }
    const { isQuick } = run.options;
    const sizes = isQuick ? { peers: QUICK_PEERS, seconds: 1 } : { peers: PEERS, seconds: SECONDS };
    await run.workspace.turn(async (stage) => {
      await using server = await RedisServer.start();
      const inMemory = await start(stage);
      const sharing: Tracker[] = [];
      for (let i = 0; i < MOST_TRACKERS; i++) sharing.push(await start(stage, "--store", server.url));
      const contestants: Contestant[] = [
        { name: IN_MEMORY, needs: [seedling], run: () => measure([inMemory], undefined, sizes) },
        ...names.map((name, i): Contestant => ({
          name,
          needs: [seedling],
          run: () => measure(sharing.slice(0, i + 1), server, sizes),
        })),
      ];
      // A warm-up round brings the peers in.
      const results = await run.play(contestants, { warmUps: isQuick ? 0 : 1 });
      run.report(results, {
        title: this.summary,
        figures: [RATE, TRACKER, STORE],
        ours: names[0] as string,
        targets: [],
      });
      const memory = /used_memory:(\d+)/.exec(await server.command("INFO", "memory"))?.[1];
      const held = Number(await server.command("DBSIZE"));
      console.log(`Redis holds ${(Number(memory) / 1e6).toFixed(0)} MB in ${held} keys\n`);
    });
  },
}];

if (import.meta.main) await runAlone(redisBenches);
