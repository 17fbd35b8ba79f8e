// The steps that every transfer row is made of.

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Content, digest, writeContent } from "../../support/drivers/content.ts";
import type { Host } from "../../support/drivers/namespaces.ts";
import { output } from "../../support/drivers/program.ts";
import { freePort } from "../../support/free_port.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import type { ForeignClient, Job, RunningClient } from "../../support/drivers/clients/client.ts";
import type { TorrentMaker } from "../../support/drivers/torrents/torrent_program.ts";
import { measure, type Measured } from "./harness.ts";

/** What is to be transferred: the original, its digests and its torrent. */
export interface Original {
  content: Content;
  root: string;
  digests: Map<string, string>;
}

/** Writes the content into a folder of its own on the stage. */
export async function makeOriginal(stage: Stage, content: Content): Promise<Original> {
  const root = await writeContent(content, await stage.makeFolder("original"));
  return { content, root, digests: await digest(root) };
}

/** Lets `maker` make a torrent of the original. */
export async function makeTorrent(
  stage: Stage,
  { content, root }: Original,
  maker: TorrentMaker,
  announce: string,
  webSeed?: string,
): Promise<string> {
  const target = join(await stage.makeFolder("torrent"), `${content.name}.torrent`);
  const { pieceLength } = content;
  await output(maker.launch({ path: root, output: target, pieceLength, announce, webSeed }));
  return target;
}

/** A client's own folder and port; a seeder finds a copy of the content in it. */
export async function prepare(
  stage: Stage,
  client: ForeignClient,
  part: "seeder" | "leecher",
  { content, torrent, host }: { content: Content; torrent: string; host?: Host | undefined },
): Promise<Job> {
  const folder = await stage.makeFolder(`${client.name}-${part}`);
  if (part === "seeder") await writeContent(content, folder);
  const { address, enter } = host ?? { address: nextLoopbackAddress(), enter: [] };
  return { stage, content, torrent, folder, host: address, port: freePort(), enter };
}

/** Ends the client in its own way, then compares what it has with the original, byte for byte. */
export async function stopAndCompare(client: RunningClient, job: Job, original: Original): Promise<void> {
  await client.stop();
  assert.deepEqual(await digest(join(job.folder, job.content.name)), original.digests);
}

/** Downloads a job's torrent whole, compares the copy with the original, and says how long the download took. */
export async function download(client: ForeignClient, job: Job, original: Original): Promise<Measured> {
  const [downloading, measured] = await measure(job.content.totalLength, async () => {
    const downloading = await client.leech(job);
    await downloading.complete(60_000);
    return downloading;
  });
  await stopAndCompare(downloading, job, original);
  return measured;
}

/** Where everybody is in rows over IPv6, of which loopback has one address only. */
export const IP6_LOOPBACK: Host = { address: "::1", enter: [] };

let loopbackAddresses = 1;

/**
 * All of 127.x is loopback on Linux, and a client that can be bound to an address gets one of its own: rtorrent
 * keeps only one connection to each address, and a swarm with one address for all is no swarm to it.
 */
function nextLoopbackAddress(): string {
  if (Deno.build.os !== "linux") return "127.0.0.1";
  loopbackAddresses = loopbackAddresses % 250 + 1;
  return `127.0.0.${loopbackAddresses}`;
}
