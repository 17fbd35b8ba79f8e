// What open admin pages cost the tracker, and how soon a page is there.
//
//   deno run -P=bench tests/bench/admin.ts [admin:cpu] [--rounds N]

import { projectFolder, seedlingTracker, startTracker } from "../support/drivers/clients/seedling.ts";
import { findOnPath, output, type Program } from "../support/drivers/program.ts";
import { type Needed, version } from "../support/drivers/needed.ts";
import type { Stage } from "../support/drivers/stage.ts";
import { freePort } from "../support/free_port.ts";
import { send, share, taskset, wrk } from "./support/announce_load.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import type { Paints } from "./support/first_paint.ts";
import { ProcessTable } from "./support/process_figures.ts";
import type { FigureKind } from "./support/report.ts";
import { type Contestant, Results } from "./support/rounds.ts";
import { median } from "./support/statistics.ts";

const support = (name: string) => new URL(`support/${name}`, import.meta.url).pathname;
const TOKEN = "token-of-the-bench";
const PAGES = 100;
const PEERS = 100_000;
const QUICK_PEERS = 5000;
const SECONDS = 10;
const QUICK_SECONDS = 1;
/** The pages are open before the load begins. */
const AHEAD_SECONDS = 2;
/** Of the rate that the tracker would reach without a page. */
const MOST_SHARE = 0.05;
const SWARMS = 1000;
const PAINTS = 20;

const RATE: FigureKind = { key: "rate", title: "per s", unit: "/s", name: "announces", better: "more" };
const CPU: FigureKind = {
  ...{ key: "cpu", title: "CPU ms per s", unit: "ms/s", name: "CPU time", better: "less" },
  digits: 1,
};
const PAINT: FigureKind = { key: "paint", title: "ms", unit: "ms", name: "first paint", better: "less" };
const NONE = "no page";
const MANY = `${PAGES} overviews`;
const VIEWS: Record<string, string> = {
  [MANY]: "overview",
  [`${PAGES} tables of swarms`]: "swarms",
  [`${PAGES} times the largest swarm`]: "swarm",
};

const chromium: Needed = {
  name: "chromium",
  install: "apt-get install chromium",
  find: () => Promise.resolve(findOnPath("chromium") === undefined ? undefined : "installed"),
};

/** Whether these are there; says what is missing. */
async function areThere(summary: string, needs: readonly Needed[]): Promise<boolean> {
  for (const needed of needs) {
    if (await version(needed) !== undefined) continue;
    console.log(`## ${summary}\n\nleft out: ${needed.name} is missing (${needed.install})\n`);
    return false;
  }
  return true;
}

async function openPages(origin: string, seconds: number, view: string): Promise<string> {
  return await output({
    name: "the pages",
    command: [
      ...[
        "taskset",
        "-c",
        "1",
        Deno.execPath(),
        "run",
        "-q",
        "--no-prompt",
        "--no-check",
        "--allow-net=127.0.0.1",
      ],
      ...[support("admin_pages.ts"), origin, TOKEN, String(PAGES), String(seconds), view],
    ],
    cwd: projectFolder,
  });
}

/** Does something while pages are open. */
async function whileOpen<T>(
  origin: string,
  view: string,
  seconds: number,
  body: () => Promise<T>,
): Promise<T> {
  const ahead = Math.min(AHEAD_SECONDS, seconds);
  const pages = openPages(origin, seconds + 2 * ahead, view);
  await new Promise((resolve) => setTimeout(resolve, ahead * 1000));
  const result = await body();
  console.error(`${view}: the pages' answers, and 304s among them: ${(await pages).trim()}`);
  return result;
}

/** What a second of announces is, and costs the tracker. */
interface Second {
  announces: number;
  /** Milliseconds. */
  cpu: number;
}

/** Announces at a rate, over HTTP and UDP; rate 0 is as fast as they are answered. */
async function announceAt(
  tracker: Program,
  url: string,
  { peers, rate, seconds }: { rate: number; seconds: number; peers: number },
): Promise<Second> {
  const spent = async () => (await ProcessTable.read())?.of(tracker)?.cpuSeconds ?? NaN;
  const before = await spent();
  const text = await output({
    name: "the load",
    command: [
      ...["taskset", "-c", "1", Deno.execPath(), "run", "-q", "--no-config", "--unstable-net"],
      ...["--allow-net=127.0.0.1", support("mixed_load.ts"), new URL(url).port],
      ...[seconds, rate, peers, SWARMS].map(String),
    ],
    cwd: projectFolder,
  });
  const cpu = (await spent() - before) * 1000;
  const taken = JSON.parse(text.trim().split("\n").at(-1) ?? "");
  const announces = (taken.http.answered + taken.udp.answered) / taken.seconds;
  return { announces, cpu: cpu / taken.seconds };
}

/**
 * What the pages take of the tracker's announce rate. A tracker at its top rate has a core to itself: what pages need of one is
 * what announces lose. Where the load fell behind, fewer announces are counted off.
 */
function describeShares(results: Results): string {
  const each = (name: string, figure: string) => median(results.values(name, figure));
  const cost = each(NONE, CPU.key) / each(NONE, RATE.key);
  const lines = [
    `An announce costs ${(cost * 1000).toFixed(1)} µs of CPU. Of a core, and so of the announce rate:`,
  ];
  for (const name of Object.keys(VIEWS)) {
    const ms = each(name, CPU.key) - each(name, RATE.key) * cost;
    const share = ms / 1000;
    const verdict = share <= MOST_SHARE ? "reached" : "NOT reached";
    const took = `${ms.toFixed(1)} ms a second, ${(share * 100).toFixed(1)} %`;
    lines.push(`${name}: ${took}, at most ${MOST_SHARE * 100} %: ${verdict}`);
  }
  return `${lines.join("\n")}\n`;
}

async function startTheTracker(stage: Stage): Promise<{ url: string; origin: string; tracker: Program }> {
  const url = await startTracker(stage, { args: ["--admin-token", TOKEN] });
  return { url, origin: new URL(url).origin, tracker: stage.programs.at(-1) as Program };
}

async function measureRate(run: BenchRun, stage: Stage, summary: string): Promise<void> {
  const { isQuick } = run.options;
  const seconds = isQuick ? QUICK_SECONDS : SECONDS;
  const { origin, url } = await startTheTracker(stage);
  const announce = async () => {
    const peers = isQuick ? QUICK_PEERS : PEERS;
    const { rate } = await send(url, { first: 0, peers, isScattered: true, isClosed: false, seconds });
    return { rate };
  };
  const contestants: Contestant[] = [
    { name: NONE, needs: [seedlingTracker], run: announce },
    {
      name: MANY,
      needs: [seedlingTracker],
      run: () => whileOpen(origin, "overview", seconds, announce),
    },
  ];
  const results = await run.play(contestants, { warmUps: 1 });
  run.report(results, {
    title: summary,
    figures: [RATE],
    ours: MANY,
    targets: [{ figure: RATE.key, of: MANY, against: NONE, must: 1 - MOST_SHARE }],
  });
}

async function measureCpu(run: BenchRun, stage: Stage, summary: string): Promise<void> {
  const { isQuick } = run.options;
  const seconds = isQuick ? QUICK_SECONDS : SECONDS;
  const peers = isQuick ? QUICK_PEERS : PEERS;
  const { origin, tracker, url } = await startTheTracker(stage);
  // Once to let all peers in, once to see how fast it is then.
  await announceAt(tracker, url, { rate: 0, seconds, peers });
  const top = await announceAt(tracker, url, { rate: 0, seconds, peers });
  const rate = Math.floor(top.announces / 2);
  const announce = async () => {
    const { announces, cpu } = await announceAt(tracker, url, { rate, seconds, peers });
    return { rate: announces, cpu };
  };
  const contestants: Contestant[] = [
    { name: NONE, needs: [seedlingTracker], run: announce },
    ...Object.entries(VIEWS).map(([name, view]) => ({
      name,
      needs: [seedlingTracker],
      run: () => whileOpen(origin, view, seconds, announce),
    })),
  ];
  const results = await run.play(contestants, { warmUps: 1 });
  run.report(results, { title: summary, figures: [CPU, RATE], ours: MANY, targets: [] });
  console.log(describeShares(results));
}

async function measurePaint(run: BenchRun, stage: Stage, summary: string): Promise<void> {
  const { origin } = await startTheTracker(stage);
  const port = freePort();
  const plain = stage.start({
    name: "a plain page",
    command: [Deno.execPath(), "run", "-q", "--allow-net=127.0.0.1", support("plain_page.ts"), String(port)],
    cwd: projectFolder,
  });
  const plainUrl = `http://127.0.0.1:${port}/`;
  await plain.reaches("answer", 10_000, async () => {
    const response = await fetch(plainUrl).catch(() => undefined);
    await response?.body?.cancel();
    return response !== undefined;
  });
  const times = run.options.isQuick ? 2 : PAINTS;
  const text = await output({
    name: "the browser",
    command: [
      Deno.execPath(),
      "run",
      "-q",
      "-P=test",
      "--no-check",
      support("first_paint.ts"),
      plainUrl,
      `${origin}/`,
      String(times),
    ],
    cwd: projectFolder,
    limitSeconds: 600,
  });
  const paints = JSON.parse(text) as Paints;
  const results = new Results();
  for (
    const [name, key] of Object.entries(
      {
        "a plain page": "plain",
        "ours": "ours",
        "a plain page, again": "plainAgain",
        "ours, again": "oursAgain",
      } as const,
    )
  ) for (const paint of paints[key]) results.add(name, { paint });
  run.report(results, {
    title: summary,
    figures: [PAINT],
    ours: "ours",
    targets: [{ figure: PAINT.key, of: "ours", must: 100 }],
  });
}

export const adminBenches: Bench[] = [
  {
    name: "admin:rate",
    summary: "HTTP announces while admin pages are open",
    programs: [wrk, taskset],
    async run(run) {
      if (!await areThere(this.summary, [wrk, taskset])) return;
      await share(() => run.workspace.turn((stage) => measureRate(run, stage, this.summary)));
    },
  },
  {
    name: "admin:cpu",
    summary: "The tracker's CPU time while admin pages are open, at half its top rate",
    programs: [taskset],
    async run(run) {
      if (!await areThere(this.summary, [taskset])) return;
      await share(() => run.workspace.turn((stage) => measureCpu(run, stage, this.summary)));
    },
  },
  {
    name: "admin:paint",
    summary: "From a navigation to the first contentful paint, in a new tab of a browser that runs",
    programs: [chromium],
    async run(run) {
      if (!await areThere(this.summary, [chromium])) return;
      await run.workspace.turn((stage) => measurePaint(run, stage, this.summary));
    },
  },
];

if (import.meta.main) await runAlone(adminBenches);
