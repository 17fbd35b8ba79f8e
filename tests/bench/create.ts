// How fast a torrent is made. The data is in the page cache, so that the hashing is measured and not the disk.
//
//   deno run -P=bench tests/bench/create.ts [--rounds N] [--only mktorrent] [--beside CHECKOUT]

import { join } from "node:path";
import { seedling } from "../support/drivers/clients/seedling.ts";
import { describeContent } from "../support/drivers/content.ts";
import type { Needed } from "../support/drivers/needed.ts";
import type { Launch } from "../support/drivers/program.ts";
import { createLaunch, makers } from "../support/drivers/torrents/programs.ts";
import type { TorrentMaker, TorrentPlan } from "../support/drivers/torrents/torrent_program.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { checkouts } from "./support/checkouts.ts";
import type { Contestant } from "./support/rounds.ts";
import { gnuTime, RUN_FIGURES, timeToEnd } from "./support/timed_run.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const { mktorrent, transmissionCreate, libtorrent } = makers;

function contestants({ options, workspace }: BenchRun): Contestant[] {
  const length = options.isQuick ? 32 * MIB : 2 * GIB;
  const content = describeContent("one file", `${length / MIB} MiB`, MIB, [["", length]]);
  const contestant = (name: string, needed: Needed, launch: (plan: TorrentPlan) => Launch): Contestant => ({
    name,
    needs: [needed],
    run: () =>
      workspace.turn(async (stage) => {
        const path = join(await workspace.content(content), content.name);
        const plan = {
          path,
          output: join(stage.folder, "made.torrent"),
          pieceLength: content.pieceLength,
          announce: "http://127.0.0.1:6969/announce",
          threads: navigator.hardwareConcurrency,
        };
        await workspace.warm(content);
        const figures = await timeToEnd(stage, length, launch(plan));
        await Deno.stat(plan.output);
        return figures;
      }),
  });
  const foreign = (maker: TorrentMaker) => contestant(maker.name, maker, (plan) => maker.launch(plan));
  return [
    ...checkouts(options).map(({ name, folder }) =>
      contestant(name, seedling, (plan) => createLaunch(plan, folder))
    ),
    ...[mktorrent, transmissionCreate, libtorrent].map(foreign),
  ];
}

const create: Bench = {
  name: "create",
  summary: "a torrent of 2 GiB, pieces of 1 MiB",
  programs: [mktorrent, transmissionCreate, libtorrent, gnuTime],
  async run(run) {
    run.report(await run.play(contestants(run)), {
      title: this.summary,
      figures: [RUN_FIGURES.seconds, RUN_FIGURES.rate, RUN_FIGURES.cpuSeconds, RUN_FIGURES.peakMib],
      ours: seedling.name,
      targets: [{ figure: "seconds", of: seedling.name, against: mktorrent.name, must: 1.3, beyond: 1 }],
    });
  },
};

export const createBenches: Bench[] = [create];

if (import.meta.main) await runAlone(createBenches);
