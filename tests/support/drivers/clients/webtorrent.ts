// webtorrent on Node, from node/package.json beside this folder.

import { basename } from "node:path";
import { findOnPath } from "../program.ts";
import { type ForeignClient, type Job, type RunningClient, seedWith, speakingClient } from "./client.ts";

const nodeFolder = new URL("../node/", import.meta.url).pathname;

/** How to install the npm programs that the rows use. */
export const installNodePrograms = "npm ci --prefix tests/support/drivers/node";

/** The installed version of an npm program of node/package.json, or undefined. */
export async function findNodePackage(name: string): Promise<string | undefined> {
  const node = findOnPath("node");
  // A Deno that finds no Node puts itself on PATH under that name.
  if (node === undefined || basename(await Deno.realPath(node)) === "deno") return undefined;
  try {
    const manifest = JSON.parse(await Deno.readTextFile(`${nodeFolder}node_modules/${name}/package.json`));
    return String(manifest.version);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function start(job: Job, role: string): Promise<RunningClient> {
  const program = job.stage.start({
    name: `webtorrent (${role})`,
    command: [
      ...job.enter,
      "node",
      `${nodeFolder}webtorrent_peer.js`,
      job.torrent,
      job.folder,
      String(job.port),
    ],
    cwd: job.folder,
    stopSignal: "SIGINT",
  });
  await program.line("that it listens", (line) => line === "listening");
  return speakingClient(program);
}

export const webtorrent: ForeignClient = {
  name: "webtorrent",
  install: installNodePrograms,
  find: () => findNodePackage("webtorrent"),
  seed: (job) => seedWith(start, job),
  leech: (job) => start(job, "leecher"),
};
