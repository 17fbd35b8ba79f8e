// aria2, the download utility.

import { join } from "node:path";
import { findOnPath, output } from "../program.ts";
import { type ForeignClient, type Job, type RunningClient, seedWith, speakingClient } from "./client.ts";

const LISTENS = /IPv[46] BitTorrent: listening on TCP port/;

/** Its command line up to what it is to do: quiet, on loopback, and by itself. */
export function aria2Command(job: Job): string[] {
  return [
    "aria2c",
    "--no-conf",
    `--dir=${job.folder}`,
    `--interface=${job.host}`,
    `--listen-port=${job.port}`,
    "--enable-dht=false",
    "--enable-dht6=false",
    "--bt-enable-lpd=false",
    `--disable-ipv6=${!job.host.includes(":")}`,
    "--file-allocation=none",
    "--enable-color=false",
    "--summary-interval=0",
    "--show-console-readout=false",
  ];
}

async function start(job: Job, role: string, flags: string[]): Promise<RunningClient> {
  // aria2 calls this, with arguments of its own, between download (or check) and seeding.
  const hook = join(await job.stage.makeFolder("aria2"), "complete.sh");
  await Deno.writeTextFile(hook, "#!/bin/sh\necho complete\n");
  await Deno.chmod(hook, 0o755);
  const program = job.stage.start({
    name: `aria2 (${role})`,
    command: [
      ...job.enter,
      ...aria2Command(job),
      "--seed-ratio=0",
      // More of it is a line for each block.
      "--console-log-level=notice",
      `--on-bt-download-complete=${hook}`,
      ...(role === "seeder" ? ["--check-integrity=true"] : []),
      ...flags,
      job.torrent,
    ],
    cwd: job.folder,
    stopSignal: "SIGINT",
  });
  await program.line("that it listens", (line) => LISTENS.test(line));
  return speakingClient(program);
}

/** aria2 with more flags. */
export function aria2With(...flags: string[]): ForeignClient {
  return {
    name: "aria2",
    install: "apt-get install aria2",
    async find() {
      if (findOnPath("aria2c") === undefined) return undefined;
      const text = await output({ name: "aria2", command: ["aria2c", "--version"], cwd: "." });
      return /version ([\d.]+)/.exec(text)?.[1] ?? "unknown";
    },
    seed: (job) => seedWith((job, role) => start(job, role, flags), job),
    leech: (job) => start(job, "leecher", flags),
  };
}

export const aria2 = aria2With();
