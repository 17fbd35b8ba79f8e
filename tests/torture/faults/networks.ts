// Bad networks as the kernel makes them: tracker, seeder and each leecher have a network namespace of their own, and every
// leecher another kind of wire. All download at the same time, since most of it is waiting.

import assert from "node:assert/strict";
import { ProcessTable } from "../../bench/support/process_figures.ts";
import type { RunningClient } from "../../support/drivers/clients/client.ts";
import {
  projectFolder,
  seedling,
  startTracker,
  taskCommand,
} from "../../support/drivers/clients/seedling.ts";
import { describeContent } from "../../support/drivers/content.ts";
import { makeWiredHosts, namespaces, type WiredHost } from "../../support/drivers/namespaces.ts";
import { version } from "../../support/drivers/needed.ts";
import { Stage } from "../../support/drivers/stage.ts";
import { makeTorrentFile, type TorrentFile } from "../../support/torrent_file.ts";
import { type Finding, lossesOf, type Scale } from "../trial.ts";
import { FAIR, NETWORK_FAULTS, type NetworkFault } from "./network_faults.ts";

/** Rounds for each minute of the run. */
const PER_MINUTE = 0.125;
/** From so many minutes on, if there is no other trial, what takes minutes is tried as well. */
const LONG_MINUTES = 8;
const SIZE = 3_000_000;
const PIECE_LENGTH = 64 * 1024;
const PORT = 6881;
/** A wire may be bad for so long after the worst of it, on a machine that has other work as well. */
const LIMIT_MS = 120_000;
/** A download that waits holds no more than one that runs. */
const MOST_MEMORY = 256 * 2 ** 20;

/** Downloads in every kind of network, or says why not. */
export async function* tryNetworks(scale: Scale): AsyncIterable<Finding> {
  const obstacle = await whyNoNetworks();
  const times = scale.times(PER_MINUTE);
  const outcomes = new Map<NetworkFault, Outcome>();
  for (const fault of NETWORK_FAULTS) {
    const why = obstacle ?? await whyNot(fault, scale);
    if (why === undefined) outcomes.set(fault, { lost: [], slowest: 0, harmed: 0 });
    else yield { tried: `a network: ${fault.name}`, times: 0, lost: [], note: `left out: ${why}` };
  }
  for (let i = 0; i < times && outcomes.size > 0; i++) await playRound(outcomes, scale.seed + i);
  for (const [{ name }, { harmed, lost, slowest }] of outcomes) {
    const note = `${slowest.toFixed(0)} s, ${harmed} packets harmed`;
    yield { tried: `a network: ${name}`, times, lost, note };
  }
}

interface Outcome {
  lost: string[];
  /** Seconds of the longest download. */
  slowest: number;
  /** Packets that were lost, late on purpose, there twice or spoilt. */
  harmed: number;
}

async function whyNoNetworks(): Promise<string | undefined> {
  if (await version(namespaces) === undefined) return namespaces.install;
  try {
    await Stage.run((stage) => makeWiredHosts(stage, 1, 0));
    return undefined;
  } catch {
    return "Python or /dev/net/tun is missing";
  }
}

async function whyNot(
  { client, isLong }: NetworkFault,
  { isAlone, minutes }: Scale,
): Promise<string | undefined> {
  if (isLong && !(isAlone && minutes >= LONG_MINUTES)) return "it takes minutes: deno task torture faults";
  if (client !== undefined && await version(client) === undefined) return client.install;
  return undefined;
}

async function playRound(outcomes: ReadonlyMap<NetworkFault, Outcome>, seed: number): Promise<void> {
  const faults = [...outcomes.keys()];
  await Stage.run(async (stage) => {
    const [trackerHost, seederHost, ...hosts] = await makeWiredHosts(stage, 2 + faults.length, seed) as [
      WiredHost,
      WiredHost,
      ...WiredHost[],
    ];
    const announce = await startTracker(stage, { host: trackerHost });
    const original = await stage.makeFolder("original");
    const made: TorrentFile[] = [];
    for (const i of faults.keys()) {
      made.push(
        await makeTorrentFile(original, { name: `t${i}`, size: SIZE, pieceLength: PIECE_LENGTH, announce }),
      );
    }
    await seedAll(stage, { host: seederHost, folder: original, made });
    await Promise.all([...outcomes].map(async ([fault, outcome], i) => {
      const [host, torrent] = [hosts[i] as WiredHost, made[i] as TorrentFile];
      const part = { host, torrent, seeder: seederHost.address };
      const startedAt = performance.now();
      const losses = await lossesOf(() => download(stage, fault, part));
      outcome.lost.push(...losses.map((loss) => `${loss} (seed ${seed})`));
      outcome.slowest = Math.max(outcome.slowest, (performance.now() - startedAt) / 1000);
      const harmed = await host.wire.change({});
      if (harmed === 0 && isHarmful(fault)) outcome.lost.push("no packet was harmed: the wire is no bad one");
      outcome.harmed += harmed;
    }));
  }, { limitSeconds: 400 });
}

function isHarmful({ fromHost, toHost }: NetworkFault): boolean {
  return [fromHost, toHost].some((weather) =>
    weather?.loss ?? weather?.duplicate ?? weather?.corrupt ?? weather?.delayMs
  );
}

/** One peer of ours has everything. */
async function seedAll(
  stage: Stage,
  { folder, host, made }: { folder: string; host: WiredHost; made: readonly TorrentFile[] },
): Promise<void> {
  const program = stage.start({
    name: "seedling (seeder)",
    command: [
      ...host.enter,
      ...taskCommand("peer", "get", ...made.map(({ torrent }) => torrent), "--dir", folder),
      ...["--port", String(PORT), "--seed", "--json"],
    ],
    cwd: projectFolder,
    env: { SEEDLING_RESUME: "false" },
    stopSignal: "SIGINT",
  });
  const isComplete = (line: string) => line.includes('"complete"') && JSON.parse(line).type === "complete";
  await program.reaches(
    "have everything",
    LIMIT_MS,
    () => Promise.resolve(program.lines.filter(isComplete).length === made.length),
  );
}

async function download(
  stage: Stage,
  { client = seedling, fromHost, storm, toHost }: NetworkFault,
  { host, seeder, torrent }: { host: WiredHost; torrent: TorrentFile; seeder: string },
): Promise<void> {
  await host.wire.change({ toFar: { ...FAIR, ...toHost }, toNear: { ...FAIR, ...fromHost } });
  const folder = await stage.makeFolder("copy");
  const name = torrent.path.slice(torrent.path.lastIndexOf("/") + 1);
  const running = await client.leech({
    stage,
    content: describeContent("one file", name, PIECE_LENGTH, [["", SIZE]]),
    torrent: torrent.torrent,
    folder,
    host: host.address,
    port: PORT,
    enter: host.enter,
  });
  try {
    const { program } = running;
    if (storm !== undefined) {
      await program.line("that a piece has come", (line) => line.includes('"type":"piece"'), LIMIT_MS);
      await storm({ host, leecher: program, seeder });
    }
    await running.complete(LIMIT_MS);
    await look(running);
  } catch (error) {
    throw new Error(`${error}\n${running.program.report()}`);
  }
  await running.stop();
  assert.equal(
    await torrent.sha1(`${folder}/${name}`),
    await torrent.sha1(torrent.path),
    "the copy is another file",
  );
}

/** It has used no more memory than it may, and met no mistake of ours. */
async function look({ program }: RunningClient): Promise<void> {
  const { peakRssBytes = 0 } = (await ProcessTable.read())?.of(program) ?? {};
  assert.ok(peakRssBytes < MOST_MEMORY, `${Math.round(peakRssBytes / 2 ** 20)} MiB were used`);
  assert.deepEqual(program.lines.filter((line) => line.includes('"kind":"internal"')), []);
}
