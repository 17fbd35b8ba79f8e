// What open admin pages cost: announces a second over HTTP, of 100,000 peers that are known, with no page open and with a
// hundred that are shown. One tracker, asked in turn; it has a core, the load and the pages have the other. The pages take
// a little of the load's core, which counts against them here.
//
//   deno run -P=bench tests/bench/admin.ts [--rounds N]

import { seedlingTracker, startTracker } from "../support/drivers/clients/seedling.ts";
import { version } from "../support/drivers/needed.ts";
import { output } from "../support/drivers/program.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { send, share, taskset, wrk } from "./support/announce_load.ts";
import type { FigureKind } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";

const PAGES_PROGRAM = new URL("support/admin_pages.ts", import.meta.url).pathname;
const TOKEN = "token-of-the-bench";
const PAGES = 100;
const PEERS = 100_000;
const QUICK_PEERS = 5000;
const SECONDS = 5;
/** The pages are open before the load begins. */
const AHEAD_SECONDS = 2;

const RATE: FigureKind = { key: "rate", title: "per s", unit: "/s", name: "announces", better: "more" };
const NONE = "no page";
const MANY = `${PAGES} pages`;

async function openPages(origin: string, seconds: number): Promise<string> {
  return await output({
    name: "the pages",
    command: [
      ...["taskset", "-c", "1", Deno.execPath(), "run", "-q", "--no-config", "--allow-net=127.0.0.1"],
      ...[PAGES_PROGRAM, origin, TOKEN, String(PAGES), String(seconds)],
    ],
    cwd: ".",
  });
}

export const adminBenches: Bench[] = [{
  name: "admin",
  summary: "HTTP announces while admin pages are open",
  programs: [wrk, taskset],
  async run(run) {
    for (const needed of [wrk, taskset]) {
      if (await version(needed) !== undefined) continue;
      return console.log(`## ${this.summary}\n\nleft out: ${needed.name} is missing (${needed.install})\n`);
    }
    await share(() =>
      run.workspace.turn(async (stage) => {
        const peers = run.options.isQuick ? QUICK_PEERS : PEERS;
        const seconds = run.options.isQuick ? 1 : SECONDS;
        const url = await startTracker(stage, { args: ["--admin-token", TOKEN] });
        const { origin } = new URL(url);
        const announce = async () => {
          const announces = { first: 0, peers, isScattered: true, isClosed: false, seconds };
          return { rate: (await send(url, announces)).rate };
        };
        const contestants: Contestant[] = [
          { name: NONE, needs: [seedlingTracker], run: announce },
          {
            name: MANY,
            needs: [seedlingTracker],
            run: async () => {
              const pages = openPages(origin, seconds + 2 * AHEAD_SECONDS);
              await new Promise((resolve) => setTimeout(resolve, AHEAD_SECONDS * 1000));
              const figures = await announce();
              console.error(`the pages' answers, 304s, bytes: ${(await pages).trim()}`);
              return figures;
            },
          },
        ];
        const results = await run.play(contestants, { warmUps: 1 });
        run.report(results, {
          title: this.summary,
          figures: [RATE],
          ours: MANY,
          targets: [{ figure: RATE.key, of: MANY, against: NONE, must: 0.95 }],
        });
      })
    );
  },
}];

if (import.meta.main) await runAlone(adminBenches);
