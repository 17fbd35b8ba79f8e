// Everyone in one swarm: one seeder at first, everyone complete at the end, through our tracker.

import assert from "node:assert/strict";
import { seedling, startTracker } from "../../support/drivers/clients/seedling.ts";
import type { ForeignClient, Job, RunningClient } from "../../support/drivers/clients/client.ts";
import type { Content } from "../../support/drivers/content.ts";
import { measure, type Measured, row } from "../support/harness.ts";
import { type Host, makeHosts, namespaces } from "../../support/drivers/namespaces.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import { makeOriginal, makeTorrent, prepare, stopAndCompare } from "../support/transfer.ts";
import { makers, readers } from "../../support/drivers/torrents/programs.ts";
import { scrapeUntil } from "../../support/drivers/trackers/tracker.ts";

export interface SwarmPlan {
  seeder: ForeignClient;
  leechers: ForeignClient[];
  content: Content;
}

const SWARM_LIMIT_MS = 120_000;

/** Registers a row with the whole swarm on loopback. */
export function loopbackSwarmRow(name: string, plan: SwarmPlan): Promise<void> {
  return row(name, [seedling, plan.seeder, ...plan.leechers], (stage) => runSwarm(stage, plan));
}

/** Registers a row in which the tracker and every peer have a network namespace and an address of their own. */
export function namespaceSwarmRow(name: string, plan: SwarmPlan): Promise<void> {
  return row(name, [namespaces, seedling, plan.seeder, ...plan.leechers], async (stage) => {
    return await runSwarm(stage, plan, await makeHosts(stage, plan.leechers.length + 2));
  });
}

async function runSwarm(
  stage: Stage,
  { seeder, leechers, content }: SwarmPlan,
  [trackerHost, seederHost, ...leecherHosts]: Host[] = [],
): Promise<Measured> {
  const original = await makeOriginal(stage, content);
  const announce = await startTracker(stage, { host: trackerHost });
  const torrent = await makeTorrent(stage, original, makers.seedling, announce);
  const { infoHash } = await readers.seedling.read(stage, torrent);
  const counted = (what: string, complete: number, incomplete: number) =>
    scrapeUntil(
      announce,
      infoHash,
      what,
      (counts) => counts.complete === complete && counts.incomplete === incomplete,
      trackerHost,
    );

  const seederJob = await prepare(stage, seeder, "seeder", { content, torrent, host: seederHost });
  const members: { client: ForeignClient; job: Job; running?: RunningClient }[] = [];
  for (const [i, client] of leechers.entries()) {
    members.push({
      client,
      job: await prepare(stage, client, "leecher", { content, torrent, host: leecherHosts[i] }),
    });
  }

  // Who can only be called comes first, so that those who come later learn of it and call.
  const early = members.filter(({ client }) => client.mustBeCalled);
  for (const member of early) member.running = await member.client.leech(member.job);
  await counted("those who have to be called", 0, early.length);
  const [seeding, measured] = await measure(content.totalLength * leechers.length, async () => {
    const seeding = await seeder.seed(seederJob);
    await Promise.all(members.map(async (member) => {
      member.running ??= await member.client.leech(member.job);
      await member.running.complete(SWARM_LIMIT_MS);
    }));
    return seeding;
  });
  const { downloaded } = await counted("everyone as complete", leechers.length + 1, 0);
  assert.equal(downloaded, leechers.length);
  for (const { running, job } of members) {
    if (running !== undefined) await stopAndCompare(running, job, original);
  }
  await stopAndCompare(seeding, seederJob, original);
  await counted("that everyone left", 0, 0);
  return measured;
}
