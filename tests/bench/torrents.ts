// What torrents in one client cost that have nothing to do: 1, 100 and 1,000 of them, in a process of their own. They have
// 1,000 pieces each and a tracker that knows of nobody and allows no second announce meanwhile: what an announce costs,
// about 1 ms of CPU, is apart. Otherwise a stalled torrent makes one after 30 s, then 60 s, 120 s… every 5 minutes at last.
//
//   deno run -P=bench tests/bench/torrents.ts [torrents:complete | torrents:stalled] [--rounds N]

import { projectFolder } from "../support/drivers/clients/seedling.ts";
import { output } from "../support/drivers/program.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import type { IdleFigures, IdlePlan } from "./support/idle_client.ts";
import type { FigureKind } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";

const TORRENTS = [1, 100, 1000];
const QUICK_TORRENTS = [1, 5, 10];
const CLIENT = "tests/bench/support/idle_client.ts";

/** Each turn takes most of a minute, and CPU time near nothing does not get steadier by more of them. */
const ROUNDS = 2;

const CPU: FigureKind = {
  key: "cpu",
  title: "CPU, % of a core",
  unit: "%",
  name: "CPU",
  better: "less",
  digits: 2,
};
const KIB: FigureKind = { key: "kib", title: "KiB a torrent", unit: "KiB", name: "memory", better: "less" };
const TIMERS: FigureKind = {
  key: "timers",
  title: "timers a second",
  unit: "",
  name: "timers",
  better: "less",
  digits: 1,
};

function bench(kind: IdlePlan["kind"], what: string): Bench {
  const summary = `torrents that ${what}, by their number`;
  return {
    name: `torrents:${kind}`,
    summary,
    programs: [],
    async run(run) {
      const { isQuick } = run.options;
      await using tracker = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        () => new Response("d8:intervali1800e12:min intervali1800e5:peers0:e"),
      );
      const announce = `http://127.0.0.1:${tracker.addr.port}/announce`;
      const contestants = (isQuick ? QUICK_TORRENTS : TORRENTS).map((count): Contestant => ({
        name: `${count.toLocaleString("en")} torrents`,
        needs: [],
        run: () =>
          run.workspace.turn(async ({ folder }) => {
            const plan: IdlePlan = {
              count,
              kind,
              announce,
              folder,
              pieces: 1000,
              settleMs: isQuick ? 100 : 15_000,
              seconds: isQuick ? 1 : 20,
            };
            const command = [Deno.execPath(), "run", "-q", "-P=bench", CLIENT, JSON.stringify(plan)];
            const text = await output({ name: CLIENT, command, cwd: projectFolder, limitSeconds: 180 });
            const { cpu, timers, kib } = JSON.parse(text) as IdleFigures;
            return { cpu: cpu * 100, timers, kib };
          }),
      }));
      const results = await run.play(contestants, { rounds: Math.min(run.options.rounds, ROUNDS) });
      const most = contestants.at(-1)?.name ?? "";
      run.report(results, {
        title: summary,
        figures: [CPU, TIMERS, KIB],
        ours: most,
        targets: [
          { figure: CPU.key, of: most, must: 1, beyond: 0.5 },
          { figure: TIMERS.key, of: most, must: 2 },
        ],
      });
    },
  };
}

export const torrentBenches: Bench[] = [
  bench("complete", "are complete and nobody asks for"),
  bench("stalled", "miss everything and have nobody to ask"),
];

if (import.meta.main) await runAlone(torrentBenches);
