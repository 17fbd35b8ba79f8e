// How long the peer program takes from its process' start to its first announce, as a tracker sees it arrive, beside an
// empty script that Deno starts and ends.
//
//   deno run -P=bench tests/bench/start.ts [--rounds N] [--only aria2] [--beside CHECKOUT]

import { join } from "node:path";
import { aria2, aria2Command } from "../support/drivers/clients/aria2.ts";
import type { Job } from "../support/drivers/clients/client.ts";
import { seedling, taskCommand } from "../support/drivers/clients/seedling.ts";
import { describeContent } from "../support/drivers/content.ts";
import type { Needed } from "../support/drivers/needed.ts";
import { type Launch, output } from "../support/drivers/program.ts";
import { freePort } from "../support/free_port.ts";
import type { Stage } from "../support/drivers/stage.ts";
import { makers } from "../support/drivers/torrents/programs.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { checkouts } from "./support/checkouts.ts";
import type { FigureKind } from "./support/report.ts";
import type { Contestant } from "./support/rounds.ts";

const MIB = 2 ** 20;
const ANNOUNCE_LIMIT_MS = 30_000;
/** A start is short and everything else on the machine shows in it. */
const TURNS_PER_ROUND = 4;

const MS: FigureKind = { key: "ms", title: "ms", unit: "ms", name: "time", better: "less" };
const emptyScript = "deno run of nothing";

/** Answers every announce with no peers, and tells when one arrives. */
class WaitingTracker implements AsyncDisposable {
  readonly #server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (new URL(request.url).searchParams.get("event") === "started") this.#arrived?.(performance.now());
    return new Response("d8:intervali1800e5:peers0:e");
  });
  #arrived: ((at: number) => void) | undefined;

  get announce(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/announce`;
  }

  /** When the next announce with event=started has arrived, on `performance.now()`'s clock. */
  nextStart(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const timer = setTimeout(
      () => reject(new Error(`No announce within ${ANNOUNCE_LIMIT_MS} ms`)),
      ANNOUNCE_LIMIT_MS,
    );
    this.#arrived = resolve;
    return promise.finally(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Nothing of the content is there: the peer would download. */
const content = describeContent("one file", "16 MiB", MIB, [["", 16 * MIB]]);

async function makeTorrent(run: BenchRun, stage: Stage, announce: string): Promise<string> {
  const path = join(await run.workspace.content(content), content.name);
  const target = join(stage.folder, "start.torrent");
  await output(makers.seedling.launch({ path, output: target, pieceLength: MIB, announce }));
  return target;
}

function contestants(run: BenchRun, tracker: WaitingTracker): Contestant[] {
  const { options, workspace } = run;
  const peer = (name: string, needed: Needed, launch: (job: Job) => Launch): Contestant => ({
    name,
    needs: [needed],
    run: () =>
      workspace.turn(async (stage) => {
        const torrent = await makeTorrent(run, stage, tracker.announce);
        const folder = await stage.makeFolder("leecher");
        const job = { stage, content, torrent, folder, host: "127.0.0.1", port: freePort(), enter: [] };
        const arrives = tracker.nextStart();
        const program = stage.start({ ...launch(job), limitSeconds: Infinity, stopSignal: "SIGINT" });
        return { ms: await arrives - program.startedAt };
      }),
  });
  return [
    {
      name: emptyScript,
      needs: [],
      run: () =>
        workspace.turn(async (stage) => {
          await Deno.writeTextFile(join(stage.folder, "empty.ts"), "");
          const command = [Deno.execPath(), "run", "empty.ts"];
          const program = stage.start({
            name: emptyScript,
            command,
            cwd: stage.folder,
            limitSeconds: Infinity,
          });
          await program.ended;
          return { ms: performance.now() - program.startedAt };
        }),
    },
    ...checkouts(options).map(({ name, folder }) =>
      peer(name, seedling, (job) => ({
        name,
        command: taskCommand("peer", String(job.port), job.torrent, join(job.folder, content.name)),
        cwd: folder,
      }))
    ),
    peer(aria2.name, aria2, (job) => ({
      name: aria2.name,
      command: [...aria2Command(job), job.torrent],
      cwd: job.folder,
    })),
  ];
}

const start: Bench = {
  name: "start",
  summary: "from the process' start to the first announce",
  programs: [aria2],
  async run(run) {
    await using tracker = new WaitingTracker();
    const rounds = run.options.rounds * TURNS_PER_ROUND;
    run.report(await run.play(contestants(run, tracker), { rounds, warmUps: 1 }), {
      title: this.summary,
      figures: [MS],
      ours: seedling.name,
      targets: [{ figure: MS.key, of: seedling.name, against: emptyScript, must: 6, beyond: 4 }],
    });
  },
};

export const startBenches: Bench[] = [start];

if (import.meta.main) await runAlone(startBenches);
