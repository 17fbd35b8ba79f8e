// A client of many torrents that have nothing to do, as a process of its own: what it costs, it measures itself.
//
//   deno run -P=bench tests/bench/support/idle_client.ts '{"count":1000,"kind":"complete",…}'
//
// Prints a line of JSON: `cpu` (CPU-seconds a second), `timers` started a second, `kib` of memory for each torrent.

import process from "node:process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Client, type Torrent } from "../../../peer/mod.ts";
import { encodeMetainfo } from "../../../protocol/mod.ts";

/** Short pieces: the check at the start reads all of them. */
const PIECE_LENGTH = 1024;

export interface IdlePlan {
  count: number;
  /** Has everything and nobody who asks; or misses everything and has nobody to ask. */
  kind: "complete" | "stalled";
  /** Pieces of each torrent. */
  pieces: number;
  seconds: number;
  /** Before each look at the memory: torrents sleep after ten seconds without a peer. */
  settleMs: number;
  /** Where its files go. */
  folder: string;
  announce: string;
}

export interface IdleFigures {
  cpu: number;
  timers: number;
  kib: number;
}

async function measure(plan: IdlePlan): Promise<IdleFigures> {
  const timers = countTimers();
  const zeros = join(plan.folder, "zeros");
  await Deno.writeFile(zeros, new Uint8Array(plan.pieces * PIECE_LENGTH));
  const client = new Client({ hostname: "127.0.0.1" });
  const idle = async () => {
    await new Promise((resolve) => setTimeout(resolve, plan.settleMs));
    return Deno.memoryUsage().rss;
  };
  // One first: what all share is no torrent's own.
  const first = await add(client, plan, zeros, -1);
  await isReady(first);
  const before = await idle();
  const torrents: Torrent[] = [];
  for (let i = 0; i < plan.count; i++) torrents.push(await add(client, plan, zeros, i));
  for (const torrent of torrents) await isReady(torrent);
  const after = await idle();
  const [started, from] = [performance.now(), process.cpuUsage()];
  timers.count = 0;
  await new Promise((resolve) => setTimeout(resolve, plan.seconds * 1000));
  const { user, system } = process.cpuUsage(from);
  const seconds = (performance.now() - started) / 1000;
  const figures = {
    cpu: (user + system) / 1e6 / seconds,
    timers: timers.count / seconds,
    kib: (after - before) / plan.count / 1024,
  };
  await client.close();
  return figures;
}

async function add(client: Client, plan: IdlePlan, zeros: string, i: number): Promise<Torrent> {
  const digest = createHash("sha1").update(new Uint8Array(PIECE_LENGTH)).digest();
  const pieces = new Uint8Array(plan.pieces * digest.length);
  for (let at = 0; at < pieces.length; at += digest.length) pieces.set(digest, at);
  const torrent = encodeMetainfo({
    name: `idle ${i}`,
    pieceLength: PIECE_LENGTH,
    pieces,
    length: plan.pieces * PIECE_LENGTH,
    trackers: [[plan.announce]],
  });
  const path = plan.kind === "complete" ? zeros : join(plan.folder, `idle ${i}`);
  return await client.add(torrent, { path });
}

async function isReady(torrent: Torrent): Promise<void> {
  while (torrent.state === "checking") await new Promise((resolve) => setTimeout(resolve, 10));
  if (torrent.state === "failed") throw new Error("A torrent has failed");
}

/** How often a timer runs, whoever set it. */
function countTimers(): { count: number } {
  const timers = { count: 0 };
  for (const name of ["setTimeout", "setInterval"] as const) {
    const original = globalThis[name] as unknown as (run: () => void, ms?: number) => number;
    const counting = (run: () => void, ms?: number) =>
      original(() => {
        timers.count++;
        run();
      }, ms);
    Reflect.set(globalThis, name, counting);
  }
  return timers;
}

const plan = JSON.parse(Deno.args[0] ?? "") as IdlePlan;
console.log(JSON.stringify(await measure(plan)));
