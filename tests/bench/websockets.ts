// Announces a second over WebSockets, by peers that make one offer each and answer those they get: what browsers do, with
// four messages for each announce. Our tracker by its command line, beside bittorrent-tracker. The load has one core, the
// tracker the other; how busy the load was stands beside the rates.
//
//   deno run -P=bench tests/bench/websockets.ts [--rounds N]

import { seedling, seedlingTracker } from "../support/drivers/clients/seedling.ts";
import type { Needed } from "../support/drivers/needed.ts";
import { version } from "../support/drivers/needed.ts";
import { output } from "../support/drivers/program.ts";
import { bittorrentTracker } from "../support/drivers/trackers/bittorrent_tracker.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { share, taskset } from "./support/announce_load.ts";
import type { FigureKind } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";

const LOAD = new URL("support/web_announces.ts", import.meta.url).pathname;
const CONNECTIONS = 200;
const SWARMS = 10;
const SECONDS = 3;

const RATE: FigureKind = { key: "rate", title: "per s", unit: "/s", name: "announces", better: "more" };
const BUSY: FigureKind = {
  key: "busy",
  title: "load's CPU",
  unit: "",
  name: "share of a core",
  better: "less",
};

async function announce(url: string, isQuick: boolean): Promise<{ rate: number; busy: number }> {
  const text = await output({
    name: "the load",
    command: [
      ...["taskset", "-c", "1", Deno.execPath(), "run", "-q", "--no-config", "--allow-net=127.0.0.1"],
      ...[LOAD, url, String(CONNECTIONS), String(SWARMS), String(isQuick ? 1 : SECONDS)],
    ],
    cwd: ".",
  });
  const [answered = 0, seconds = 1, busy = 0] = text.trim().split(" ").map(Number);
  return { rate: answered / seconds, busy };
}

export const webSocketBenches: Bench[] = [{
  name: "websockets",
  summary: "WebSocket announces with an offer each",
  programs: [taskset, bittorrentTracker],
  async run(run) {
    if (await version(taskset) === undefined) {
      return console.log(`## ${this.summary}\n\nleft out: taskset is missing (${taskset.install})\n`);
    }
    await share(() =>
      run.workspace.turn(async (stage) => {
        const contestants: Contestant[] = [];
        for (const tracker of [seedlingTracker, bittorrentTracker]) {
          if (await version(tracker) === undefined) continue;
          const url = (await tracker.start(stage, [])).replace(/^http/, "ws");
          const needs: Needed[] = [tracker];
          const name = tracker.isOurs ? seedling.name : tracker.name;
          contestants.push({ name, needs, run: () => announce(url, run.options.isQuick) });
        }
        const results = await run.play(contestants, { warmUps: 1 });
        run.report(results, {
          title: this.summary,
          figures: [RATE, BUSY],
          ours: seedling.name,
          targets: [{ figure: RATE.key, of: seedling.name, against: bittorrentTracker.name, must: 1.5 }],
        });
      })
    );
  },
}];

if (import.meta.main) await runAlone(webSocketBenches);
