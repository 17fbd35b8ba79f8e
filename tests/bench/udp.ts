// Announces a second over UDP, numwant 50, in 1,000 swarms of a hundred peers each: our tracker by its command line, beside
// a socket that only echoes, opentracker and bittorrent-tracker. All of them run during the whole bench and are asked in
// turn; the peers are inside before the first turn that counts. The load comes from one core, the trackers have another.
//
// The tracker's CPU for each announce is what holds on a busy machine, too. What the load takes of its own core is in the
// table: below 100 %, it is the tracker that is waited for.
//
//   deno run -P=bench tests/bench/udp.ts [--rounds N] [--only opentracker]

import { seedling, seedlingTracker } from "../support/drivers/clients/seedling.ts";
import { findPython } from "../support/drivers/clients/libtorrent.ts";
import { type Needed, version } from "../support/drivers/needed.ts";
import { output } from "../support/drivers/program.ts";
import type { Stage } from "../support/drivers/stage.ts";
import { bittorrentTracker } from "../support/drivers/trackers/bittorrent_tracker.ts";
import { opentracker } from "../support/drivers/trackers/opentracker.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { infoHashes, share, taskset } from "./support/announce_load.ts";
import { ProcessTable } from "./support/process_figures.ts";
import type { FigureKind } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";
import { yardstick } from "./support/yardstick.ts";

const PEERS = 100_000;
const QUICK_PEERS = 2000;
const SECONDS = 2;
const QUICK_SECONDS = 0.3;
/** Any odd number that shares no factor with the peers: neighbours in time are none in memory. */
const SCATTER = 7919;
const ECHO = "empty echo";
const SCRIPT = new URL("support/udp_load.py", import.meta.url).pathname;

const RATE: FigureKind = { key: "rate", title: "per s", unit: "/s", name: "announces", better: "more" };
const LOST: FigureKind = { key: "lost", title: "lost", unit: "", name: "lost", better: "less" };
const CPU: FigureKind = { key: "cpu", title: "CPU, µs", unit: "µs", name: "CPU", better: "less", digits: 1 };
const LOAD: FigureKind = { key: "load", title: "load's core, %", unit: "%", name: "load", better: "less" };

const python: Needed = {
  name: "python3",
  install: "apt-get install python3-libtorrent",
  find: () => Promise.resolve(findPython() === undefined ? undefined : "installed"),
};

const echo = yardstick(ECHO, "udp_echo.ts");

/** What the load says of a turn. */
interface Turn {
  answered: number;
  refused: number;
  lost: number;
  seconds: number;
  cpuSeconds: number;
}

async function send(url: string, peers: number, seconds: number): Promise<Turn> {
  const text = await output({
    name: "udp_load.py",
    command: [
      ...["taskset", "-c", "1", findPython() ?? "python3", SCRIPT, new URL(url).host],
      ...[String(seconds), String(peers), String(SCATTER), ...infoHashes()],
    ],
    cwd: ".",
  });
  const turn: Turn = JSON.parse(text);
  if (turn.refused > 0 || turn.answered === 0) throw new Error(`Some announces were refused: got ${text}`);
  return turn;
}

async function contestants(run: BenchRun, stage: Stage): Promise<Contestant[]> {
  const { isQuick, only } = run.options;
  const peers = isQuick ? QUICK_PEERS : PEERS;
  const all: Contestant[] = [];
  for (const tracker of [seedlingTracker, echo, bittorrentTracker, opentracker]) {
    if (await version(tracker) === undefined) continue;
    if (only !== undefined && !tracker.isOurs && !only.includes(tracker.name)) continue;
    const url = await tracker.start(stage, infoHashes());
    const program = stage.programs.at(-1);
    const cpuSeconds = async () => (program && (await ProcessTable.read())?.of(program))?.cpuSeconds ?? NaN;
    // All of its peers, once at least.
    for (let sent = 0; !isQuick && tracker !== echo && sent < peers;) {
      sent += (await send(url, peers, 2)).answered;
    }
    all.push({
      name: tracker === seedlingTracker ? seedling.name : tracker.name,
      needs: [tracker],
      run: async () => {
        const before = await cpuSeconds();
        const turn = await send(url, peers, isQuick ? QUICK_SECONDS : SECONDS);
        const { answered, lost, seconds } = turn;
        return {
          rate: answered / seconds,
          cpu: (await cpuSeconds() - before) / answered * 1e6,
          lost,
          load: turn.cpuSeconds / seconds * 100,
        };
      },
    });
  }
  return all;
}

export const udpBenches: Bench[] = [{
  name: "udp",
  summary: "announces over UDP",
  programs: [taskset, python, bittorrentTracker, opentracker],
  async run(run) {
    for (const needed of [python, taskset]) {
      if (await version(needed) !== undefined) continue;
      return console.log(`## ${this.summary}\n\nleft out: ${needed.name} is missing (${needed.install})\n`);
    }
    await share(() =>
      run.workspace.turn(async (stage) => {
        const results = await run.play(await contestants(run, stage), { warmUps: 1 });
        run.report(results, {
          title: this.summary,
          figures: [RATE, CPU, LOST, LOAD],
          ours: seedling.name,
          targets: [
            { figure: RATE.key, of: seedling.name, against: bittorrentTracker.name, must: 12 },
            { figure: RATE.key, of: seedling.name, against: opentracker.name, must: 0.55 },
            { figure: RATE.key, of: seedling.name, against: ECHO, must: 0.7 },
          ],
        });
      })
    );
  },
}];

if (import.meta.main) await runAlone(udpBenches);
