// Announces a second over HTTP, numwant 50, in 1,000 swarms with a million peers inside: our tracker by its command line,
// beside an empty Hono handler, bittorrent-tracker and opentracker, which have as many peers. All of them run during the
// whole bench and are asked in turn; the peers come in over HTTP before the first turn. Known peers announce again in
// scattered order, new ones are added to the million. The load comes from one core, the trackers have another.
// opentracker closes each connection: beside keep-alive its figure is that of a connection each.
//
//   deno run -P=bench tests/bench/announces.ts [--rounds N] [--only bittorrent-tracker]

import { seedling, seedlingTracker } from "../support/drivers/clients/seedling.ts";
import type { Needed } from "../support/drivers/needed.ts";
import { version } from "../support/drivers/needed.ts";
import type { Stage } from "../support/drivers/stage.ts";
import { bittorrentTracker } from "../support/drivers/trackers/bittorrent_tracker.ts";
import { opentracker } from "../support/drivers/trackers/opentracker.ts";
import type { ForeignTracker } from "../support/drivers/trackers/tracker.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { infoHashes, send, share, taskset, wrk } from "./support/announce_load.ts";
import type { FigureKind, Target } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";
import { yardstick } from "./support/yardstick.ts";

const PEERS = 1_000_000;
const QUICK_PEERS = 5000;
const SECONDS = 2;
const FILL_SECONDS = 10;

const RATE: FigureKind = { key: "rate", title: "per s", unit: "/s", name: "announces", better: "more" };
const EMPTY = "empty Hono handler";

const emptyHono = yardstick(EMPTY, "empty_hono.ts");

/** A tracker that runs, with its peers inside. */
class RunningTracker {
  readonly tracker: ForeignTracker;
  readonly #url: string;
  readonly #peers: number;
  /** The number of the next peer that it hasn't seen. */
  #next = 0;

  constructor(tracker: ForeignTracker, url: string, peers: number) {
    this.tracker = tracker;
    this.#url = url;
    this.#peers = peers;
  }

  async fill(seconds: number): Promise<void> {
    while (this.#next < this.#peers) await this.announceNew(this.tracker === opentracker, seconds);
  }

  async announceAgain(isClosed: boolean, seconds: number): Promise<number> {
    const announces = { first: 0, peers: this.#peers, isScattered: true, isClosed, seconds };
    return (await send(this.#url, announces)).rate;
  }

  async announceNew(isClosed: boolean, seconds: number): Promise<number> {
    const announces = { first: this.#next, peers: 1e12, isScattered: false, isClosed, seconds };
    const { rate, requests } = await send(this.#url, announces);
    this.#next += requests;
    return rate;
  }
}

async function startAll(run: BenchRun, stage: Stage): Promise<RunningTracker[]> {
  const { isQuick, only } = run.options;
  const running: RunningTracker[] = [];
  for (const tracker of [seedlingTracker, emptyHono, bittorrentTracker, opentracker]) {
    if (await version(tracker) === undefined) continue;
    if (only !== undefined && !tracker.isOurs && !only.includes(tracker.name)) continue;
    const url = await tracker.start(stage, infoHashes());
    const peers = isQuick ? QUICK_PEERS : PEERS;
    const one = new RunningTracker(tracker, url, peers);
    console.error(`${tracker.name}: ${tracker === emptyHono ? 0 : peers} peers`);
    if (tracker !== emptyHono) await one.fill(isQuick ? 1 : FILL_SECONDS);
    running.push(one);
  }
  return running;
}

function contestants(running: readonly RunningTracker[], isClosed: boolean, isQuick: boolean): Contestant[] {
  const seconds = isQuick ? 1 : SECONDS;
  return running.flatMap((one) => {
    const { tracker } = one;
    const isAlone = isClosed || tracker === opentracker;
    const needs: Needed[] = [tracker];
    const again: Contestant = {
      name: tracker === seedlingTracker ? seedling.name : tracker.name,
      needs,
      run: async () => ({ rate: await one.announceAgain(isAlone, seconds) }),
    };
    if (tracker === emptyHono) return [again];
    const fresh: Contestant = {
      name: `${again.name}, new peers`,
      needs,
      run: async () => ({ rate: await one.announceNew(isAlone, seconds) }),
    };
    return [again, fresh];
  });
}

function target(against: string, must: number, beyond?: number): Target {
  return { figure: RATE.key, of: seedling.name, against, must, ...(beyond === undefined ? {} : { beyond }) };
}

function bench(name: string, summary: string, isClosed: boolean, targets: Target[]): Bench {
  return {
    name,
    summary,
    programs: [wrk, taskset, bittorrentTracker, opentracker],
    async run(run) {
      for (const needed of [wrk, taskset]) {
        if (await version(needed) !== undefined) continue;
        return console.log(`## ${summary}\n\nleft out: ${needed.name} is missing (${needed.install})\n`);
      }
      await share(() =>
        run.workspace.turn(async (stage) => {
          const running = await startAll(run, stage);
          const results = await run.play(contestants(running, isClosed, run.options.isQuick), { warmUps: 1 });
          run.report(results, { title: summary, figures: [RATE], ours: seedling.name, targets });
        })
      );
    },
  };
}

export const announceBenches: Bench[] = [
  bench("announces:keep-alive", "HTTP announces over 32 connections that stay open", false, [
    target(bittorrentTracker.name, 12),
    target(EMPTY, 0.7, 0.85),
  ]),
  bench("announces:connections", "HTTP announces, a connection each", true, [
    target(opentracker.name, 0.65, 0.8),
    target(bittorrentTracker.name, 3.5),
  ]),
];

if (import.meta.main) await runAlone(announceBenches);
