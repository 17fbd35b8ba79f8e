// A swarm that never rests: peers of ours and foreign ones move torrents through one tracker, ours are ended at random and
// start again, and now and then one has lost a copy. In the end everybody has everything.

import { createHash } from "node:crypto";
import { join } from "node:path";
import { aria2 } from "../../support/drivers/clients/aria2.ts";
import { libtorrent } from "../../support/drivers/clients/libtorrent.ts";
import type { RunningClient } from "../../support/drivers/clients/client.ts";
import { describeContent } from "../../support/drivers/content.ts";
import { version } from "../../support/drivers/needed.ts";
import { Stage } from "../../support/drivers/stage.ts";
import { TrackerProcess } from "../../support/programs.ts";
import { freePort } from "../../support/free_port.ts";
import type { SeededRandom } from "../../support/random.ts";
import { makeTorrentFile, type TorrentFile } from "../../support/torrent_file.ts";
import { leaks, levelOf } from "./levels.ts";
import { Member } from "./member.ts";

export interface SoakOptions {
  seconds: number;
  /** Of ours, the seeder included, and foreign ones. */
  peers: number;
  foreign: number;
  torrents: number;
  /** Bytes of each. */
  size: number;
  random: SeededRandom;
}

export interface SoakOutcome {
  lost: string[];
  /** Lives of peers that were ended. */
  restarts: number;
  /** Bytes that came to peers of ours. */
  received: number;
  peers: number;
}

const INTERVAL_SECONDS = "5";
/** Between two of the things that happen, at most. */
const MOST_PAUSE_MS = 3000;
/** After the last of them everybody must be complete within this. */
const END_MS = 120_000;

/** Runs it. */
export function soak(options: SoakOptions): Promise<SoakOutcome> {
  return Stage.run((stage) => soakOn(stage, options), { limitSeconds: options.seconds + 2 * END_MS / 1000 });
}

async function soakOn(stage: Stage, options: SoakOptions): Promise<SoakOutcome> {
  const { peers, random, seconds, size, torrents } = options;
  await using tracker = await TrackerProcess.start(0, [
    "--interval",
    INTERVAL_SECONDS,
    "--host",
    "127.0.0.1",
  ]);
  const made: TorrentFile[] = [];
  const original = join(stage.folder, "original");
  await Deno.mkdir(original);
  for (let i = 0; i < torrents; i++) {
    made.push(await makeTorrentFile(original, { size: size + i, announce: tracker.announce, name: `t${i}` }));
  }
  const paths = made.map(({ torrent }) => torrent);
  await using members = new AsyncDisposableStack();
  const seeder = members.use(new Member(original, paths));
  seeder.start();
  await inTime(seeder.complete(), () => "the seeder's check");
  const ours: Member[] = [];
  for (let i = 1; i < peers; i++) {
    const member = members.use(new Member(join(stage.folder, `peer-${i}`), paths));
    await Deno.mkdir(member.folder);
    member.start();
    ours.push(member);
  }
  const foreign = await startForeign(stage, options, paths);

  const end = performance.now() + seconds * 1000;
  const pids = { tracker: tracker.process.pid, "the seeder": seeder.pid ?? 0 };
  let before: Map<string, Awaited<ReturnType<typeof levelOf>>> | undefined;
  let restarts = 0;
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, random.next() * MOST_PAUSE_MS));
    // The first third is for warming up.
    if (before === undefined && performance.now() > end - seconds * 667) before = await levels(pids);
    const member = ours[random.below(ours.length)];
    if (member === undefined) continue;
    await member.end(random.below(2) === 0 ? "SIGKILL" : "SIGINT");
    if (random.below(3) === 0) {
      await Deno.remove(join(member.folder, `t${random.below(torrents)}.bin`)).catch(() => {});
    }
    member.start();
    restarts++;
  }

  const lost: string[] = [];
  const waiting = () => ours.map((member) => `${member.completed} of ${torrents}`).join(", ");
  try {
    await inTime(Promise.all(ours.map((member) => member.complete())), waiting);
    await inTime(Promise.all(foreign.map(({ running }) => running.complete(END_MS))), () => "foreign peers");
  } catch (error) {
    lost.push(String(error));
  }
  const after = await levels(pids);
  for (const name of Object.keys(pids)) lost.push(...leaks(name, before?.get(name), after.get(name)));
  for (const member of [seeder, ...ours]) await member.end("SIGINT");
  for (const { running } of foreign) await running.stop();
  const copies = [
    ...ours.flatMap(({ folder }) => made.map((each) => ({ each, copy: join(folder, nameOf(each)) }))),
    ...foreign.map(({ folder, torrent }) => {
      const each = made[torrent] as TorrentFile;
      return { each, copy: join(folder, nameOf(each)) };
    }),
  ];
  for (const { copy, each } of copies) {
    const found = await Deno.readFile(copy).catch(() => new Uint8Array());
    const sha1 = createHash("sha1").update(found).digest("hex");
    if (sha1 !== await each.sha1(each.path)) lost.push(`${copy} is another file`);
  }
  for (const member of [seeder, ...ours]) lost.push(...member.complaints);
  if (tracker.process.complaints !== "") lost.push(tracker.process.complaints);
  const received = ours.reduce((sum, member) => sum + member.received, 0);
  return { lost, restarts, received, peers: peers + foreign.length };
}

interface ForeignMember {
  running: RunningClient;
  folder: string;
  /** The number of its torrent. */
  torrent: number;
}

/** Foreign peers have a torrent each; those that aren't installed stay away. */
async function startForeign(
  stage: Stage,
  { foreign, size, torrents }: SoakOptions,
  paths: readonly string[],
): Promise<ForeignMember[]> {
  const members: ForeignMember[] = [];
  for (let i = 0; i < foreign; i++) {
    const client = i % 2 === 0 ? libtorrent : aria2;
    if (await version(client) === undefined) continue;
    const torrent = i % torrents;
    const folder = await stage.makeFolder(client.name);
    const running = await client.leech({
      stage,
      content: describeContent("one file", `t${torrent}.bin`, 1 << 18, [["", size + torrent]]),
      torrent: paths[torrent] as string,
      folder,
      host: "127.0.0.1",
      port: freePort(),
      enter: [],
    });
    members.push({ running, folder, torrent });
  }
  return members;
}

async function levels(pids: Record<string, number>) {
  const found = new Map<string, Awaited<ReturnType<typeof levelOf>>>();
  for (const [name, pid] of Object.entries(pids)) found.set(name, await levelOf(pid));
  return found;
}

function nameOf({ path }: TorrentFile): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

async function inTime(promise: Promise<unknown>, what: () => string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${END_MS / 1000} s in vain: ${what()}`)), END_MS);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
