// The yardstick of the transfers: two programs that do what no transfer can do without, and nothing else. Blocks of 16 KiB
// over one connection, each piece's SHA-1 compared on another thread and the piece written there; no handshake, no choice
// of pieces, no second peer, no limits, no errors. What it takes is the runtime's and the system's, and how far ours is from
// it the price of all the rest. They meet through the tracker like everyone, but this driver talks to it.

import { join } from "node:path";
import { announceOverHttp } from "../../../../peer/announce/http_tracker.ts";
import type { AnnounceEvent, AnnounceResponse } from "../../../../protocol/announce.ts";
import { parseMetainfo } from "../../../../protocol/metainfo.ts";
import {
  type ForeignClient,
  type Job,
  type RunningClient,
  speakingClient,
} from "../../../support/drivers/clients/client.ts";
import { seedling, taskCommand } from "../../../support/drivers/clients/seedling.ts";

type Role = "seeder" | "leecher";

/** The programs, with the flags of the runtime that our own peer has. */
function command(role: Role, ...args: (string | number)[]): string[] {
  const flags = taskCommand("peer").filter((word) => word.startsWith("--v8-flags"));
  const script = new URL(`./${role}.ts`, import.meta.url).pathname;
  const may = ["--allow-net=127.0.0.1", "--allow-read", "--allow-write"];
  return [Deno.execPath(), "run", "-q", ...flags, ...may, script, ...args.map(String)];
}

async function announce(job: Job, role: Role, event: AnnounceEvent, left: number): Promise<AnnounceResponse> {
  const { infoHash, trackers } = await parseMetainfo(await Deno.readFile(job.torrent));
  const request = {
    infoHash: infoHash.binary,
    peerId: `-BARE00-${role.padEnd(12, "0")}`,
    port: job.port,
    uploaded: 0,
    downloaded: 0,
    left,
    event,
    compact: true,
  };
  const signal = AbortSignal.timeout(10_000);
  return await announceOverHttp(trackers[0]?.[0] ?? "", request, { signal });
}

/** The program, which leaves the swarm by this driver's mouth when it is stopped. */
function running(job: Job, role: Role, words: string[]): RunningClient {
  const program = job.stage.start({ name: `bare ${role}`, command: words, cwd: "." });
  const stop = async () => {
    await program.stop();
    await announce(job, role, "stopped", 0);
  };
  return { ...speakingClient(program), stop };
}

export const barePair: ForeignClient = {
  name: "bare pair",
  isOurs: true,
  install: seedling.install,
  find: seedling.find,
  async seed(job) {
    const path = join(job.folder, job.content.name);
    const seeder = running(job, "seeder", command("seeder", job.port, path, job.content.pieceLength));
    await seeder.complete(30_000);
    await announce(job, "seeder", "started", 0);
    return seeder;
  },
  async leech(job) {
    const { totalLength, pieceLength, name } = job.content;
    const { peers } = await announce(job, "leecher", "started", totalLength);
    const seeder = peers.find(({ port }) => port !== job.port);
    const args = [seeder?.port ?? 0, job.torrent, join(job.folder, name), totalLength, pieceLength];
    return running(job, "leecher", command("leecher", ...args));
  },
};
