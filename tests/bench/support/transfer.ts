// One whole transfer between processes, timed. The seeder is up, verified and known to the tracker before the clock
// starts; it starts with the first leecher's process and stops when the last one says of itself that everything is
// verified and on the disk.

import assert from "node:assert/strict";
import { join } from "node:path";
import type { ForeignClient, Job } from "../../support/drivers/clients/client.ts";
import { type Content, digest } from "../../support/drivers/content.ts";
import { freePort } from "../../support/free_port.ts";
import { type Scrape, scrapeUntil } from "../../support/drivers/trackers/tracker.ts";
import { ProcessTable } from "./process_figures.ts";
import type { Figures } from "./rounds.ts";
import type { Workspace } from "./workspace.ts";

const TRANSFER_LIMIT_MS = 600_000;
const MIB = 2 ** 20;

export interface TransferPlan {
  content: Content;
  seeder: ForeignClient;
  leechers: readonly ForeignClient[];
  /** Whether the copies are read and compared afterwards, rather than only measured by their lengths. */
  isCompared: boolean;
}

/**
 * `seconds`, `rate` (MB/s, all leechers together), `cpuPerGb` (CPU-seconds of all processes for each GB that arrived;
 * the seeder's from the moment the leechers start), `seederMib` and `leecherMib` (peak RSS; of the largest leecher).
 */
export function runTransfer(workspace: Workspace, plan: TransferPlan): Promise<Figures> {
  return workspace.turn(async (stage) => {
    const { content, seeder, leechers } = plan;
    const { path: torrent, infoHash } = await workspace.torrent(content);
    const announce = await workspace.tracker();
    const counted = (what: string, test: (scrape: Scrape) => boolean) =>
      scrapeUntil(announce, infoHash, what, test);
    const job = (folder: string): Job => {
      return { stage, content, torrent, folder, host: "127.0.0.1", port: freePort(), enter: [] };
    };
    const jobs: Job[] = [];
    for (const { name } of leechers) jobs.push(job(await stage.makeFolder(name)));

    const seeding = await seeder.seed(job(await workspace.content(content)));
    await counted("a seeder", ({ complete }) => complete === 1);
    await workspace.fillMemory();
    const before = (await ProcessTable.read())?.of(seeding.program);
    const leeching = await Promise.all(leechers.map(async (client, i) => {
      const running = await client.leech(jobs[i] as Job);
      await running.complete(TRANSFER_LIMIT_MS);
      return running;
    }));
    const end = performance.now();
    const processes = await ProcessTable.read();
    const seconds = (end - Math.min(...leeching.map(({ program }) => program.startedAt))) / 1000;
    const bytes = content.totalLength * leechers.length;

    await Promise.all([...leeching, seeding].map((client) => client.stop()));
    await counted("that everyone left", ({ complete, incomplete }) => complete + incomplete === 0);
    for (const { folder } of jobs) {
      await requireLengths(folder, content);
      if (plan.isCompared) await requireSame(folder, await workspace.content(content), content);
      await workspace.empty(folder);
    }

    const after = processes?.of(seeding.program);
    const figures = { seconds, rate: bytes / 1e6 / seconds };
    const ends = leeching.map(({ program }) => processes?.of(program));
    if (before === undefined || after === undefined) return figures;
    const cpuSeconds = ends.reduce(
      (sum, end) => sum + (end?.cpuSeconds ?? NaN),
      after.cpuSeconds - before.cpuSeconds,
    );
    return {
      ...figures,
      cpuPerGb: cpuSeconds / (bytes / 1e9),
      seederMib: after.peakRssBytes / MIB,
      leecherMib: Math.max(...ends.map((end) => end?.peakRssBytes ?? NaN)) / MIB,
    };
  });
}

/** Whoever said that all is on the disk has files there, of the right lengths. Their hashes are the leecher's word. */
async function requireLengths(folder: string, { name, files }: Content): Promise<void> {
  for (const { path, length } of files) {
    const { size } = await Deno.stat(join(folder, name, path));
    if (size !== length) throw new Error(`A complete copy has ${size} of ${length} bytes in ${path || name}`);
  }
}

async function requireSame(folder: string, source: string, { name }: Content): Promise<void> {
  assert.deepEqual(await digest(join(folder, name)), await digest(join(source, name)));
}
