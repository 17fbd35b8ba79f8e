// What a million peers cost the tracker: memory as the growth of the process' RSS, and time per announce, with the peers in
// 1,000 swarms, 100,000, or one each. The core without HTTP, with the flags that the tracker ships with; a process each.
//
//   deno run -P=bench tests/bench/swarms.ts [--rounds N]

import { projectFolder, seedling, taskCommand } from "../support/drivers/clients/seedling.ts";
import { output } from "../support/drivers/program.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import type { FigureKind } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";

const PEERS = 1_000_000;
const QUICK_PEERS = 20_000;
const SCRIPT = new URL("support/fill_tracker.ts", import.meta.url).pathname;

const BYTES: FigureKind = {
  key: "bytes",
  title: "B a peer",
  unit: "B",
  name: "memory a peer",
  better: "less",
};
const OTHERS: FigureKind[] = [
  { key: "coldBytes", title: "from a cold start", unit: "B", name: "memory a peer", better: "less" },
  { key: "joinUs", title: "µs to join", unit: "µs", name: "join", better: "less", digits: 2 },
  { key: "againUs", title: "µs again", unit: "µs", name: "announce", better: "less", digits: 2 },
];

const shapes = [
  { name: "1,000 swarms", share: 1000 },
  { name: "100,000 swarms", share: 10 },
  { name: "a swarm each", share: 1 },
];

function contestants(peers: number): Contestant[] {
  const flags = taskCommand("tracker").filter((word) => word.startsWith("--v8-flags="));
  return shapes.map(({ name, share }) => ({
    name,
    needs: [seedling],
    async run() {
      const swarms = share === 1000 ? Math.min(1000, peers) : peers / share;
      const args = [SCRIPT, String(peers), String(swarms)];
      const command = [Deno.execPath(), "run", "-q", ...flags, ...args];
      return JSON.parse(await output({ name: "fill_tracker", command, cwd: projectFolder }));
    },
  }));
}

const swarms: Bench = {
  name: "swarms",
  summary: "a million peers in the tracker: memory, and time per announce",
  programs: [],
  async run(run) {
    const results = await run.play(contestants(run.options.isQuick ? QUICK_PEERS : PEERS));
    run.report(results, {
      title: this.summary,
      figures: [BYTES, ...OTHERS],
      ours: "1,000 swarms",
      targets: [
        { figure: BYTES.key, of: "1,000 swarms", must: 80, beyond: 60 },
        { figure: BYTES.key, of: "a swarm each", must: 300, beyond: 200 },
      ],
    });
  },
};

export const swarmBenches: Bench[] = [swarms];

if (import.meta.main) await runAlone(swarmBenches);
