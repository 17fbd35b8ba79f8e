// How fast data that is there already is checked against its torrent: every piece read, hashed, compared. The data is in
// the page cache, so that the hashing is measured and not the disk.
//
//   deno run -P=bench tests/bench/check.ts [--rounds N] [--only libtorrent] [--beside CHECKOUT]

import { join } from "node:path";
import { aria2, aria2Command } from "../support/drivers/clients/aria2.ts";
import type { ForeignClient, Job } from "../support/drivers/clients/client.ts";
import { libtorrentWith } from "../support/drivers/clients/libtorrent.ts";
import { seedling, seedlingAt, stateFolder, taskCommand } from "../support/drivers/clients/seedling.ts";
import { describeContent } from "../support/drivers/content.ts";
import type { Launch } from "../support/drivers/program.ts";
import { freePort } from "../support/free_port.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { checkouts } from "./support/checkouts.ts";
import type { Contestant, Figures } from "./support/rounds.ts";
import { gnuTime, RUN_FIGURES, timeToComplete, timeToEnd } from "./support/timed_run.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** By itself it hashes on one thread. More are not always faster: it maps the files, and page faults get in each other's way. */
const libtorrent = libtorrentWith({});
const allCores = libtorrentWith({ hashing_threads: navigator.hardwareConcurrency });
const onAllCores = "libtorrent on all cores";

const verify = "seedling verify";
const atStart = "seedling at start";

/** The contestants, each of which gets the same folder with all of the data. */
function contestants(run: BenchRun): Contestant[] {
  const { options, workspace } = run;
  const length = options.isQuick ? 32 * MIB : 2 * GIB;
  const content = describeContent("one file", `${length / MIB} MiB`, MIB, [["", length]]);
  const contestant = (
    name: string,
    client: ForeignClient,
    work: (job: Job) => Promise<Figures>,
  ): Contestant => ({
    name,
    needs: [client],
    run: () =>
      workspace.turn(async (stage) => {
        const { path: torrent } = await workspace.torrent(content);
        const folder = await workspace.content(content);
        await workspace.warm(content);
        return await work({
          stage,
          content,
          torrent,
          folder,
          host: "127.0.0.1",
          port: freePort(),
          enter: [],
        });
      }),
  });
  const toEnd = (name: string, client: ForeignClient, launch: (job: Job) => Launch) =>
    contestant(name, client, (job) => timeToEnd(job.stage, length, launch(job)));
  const toComplete = (name: string, client: ForeignClient) =>
    contestant(name, client, async (job) => {
      await forget(job.folder);
      return await timeToComplete(client, job);
    });
  return [
    ...checkouts(options).flatMap(({ name, folder }) => [
      toEnd(`${name} verify`, seedling, (job) => ({
        name: `${name} verify`,
        command: taskCommand("verify", job.torrent, join(job.folder, content.name)),
        cwd: folder,
      })),
      toComplete(`${name} at start`, seedlingAt(folder, name)),
    ]),
    toComplete(libtorrent.name, libtorrent),
    toComplete(onAllCores, allCores),
    toEnd(aria2.name, aria2, (job) => ({
      name: aria2.name,
      command: [...aria2Command(job), "--check-integrity=true", "--hash-check-only=true", job.torrent],
      cwd: job.stage.folder,
    })),
  ];
}

/** Without what an earlier turn of ours kept beside the data: files that have not changed since are not read again. */
async function forget(folder: string): Promise<void> {
  await Deno.remove(join(folder, stateFolder), { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

const check: Bench = {
  name: "check",
  summary: "2 GiB of existing data against their torrent, pieces of 1 MiB",
  programs: [libtorrent, aria2, gnuTime],
  async run(run) {
    run.report(await run.play(contestants(run)), {
      title: this.summary,
      figures: [RUN_FIGURES.rate, RUN_FIGURES.seconds, RUN_FIGURES.cpuSeconds, RUN_FIGURES.peakMib],
      ours: verify,
      targets: [verify, atStart].flatMap((of) =>
        [libtorrent.name, onAllCores].map((against) => ({ figure: "rate", of, against, must: 2.2 }))
      ),
    });
  },
};

export const checkBenches: Bench[] = [check];

if (import.meta.main) await runAlone(checkBenches);
