// Transmission, as its daemon, asked through transmission-remote (which, unlike a fetch from here, also reaches a
// daemon in a network namespace).
//
// Rows in which it downloads over loopback start it before the seeder: see `mustBeCalled`.

import { join } from "node:path";
import { findOnPath, output } from "../program.ts";
import { freePort } from "../../free_port.ts";
import { type ForeignClient, type Job, type RunningClient, seedWith } from "./client.ts";

/** As its flags call them. */
export type TransmissionEncryption = "required" | "preferred" | "tolerated";

async function start(
  job: Job,
  role: string,
  encryption: TransmissionEncryption,
): Promise<RunningClient> {
  const rpcPort = freePort();
  const config = await job.stage.makeFolder("transmission-config");
  // What the command line has no word for.
  await Deno.writeTextFile(
    join(config, "settings.json"),
    JSON.stringify({
      "rpc-host-whitelist-enabled": false,
      "trash-original-torrent-files": false,
      "preallocation": 1,
    }),
  );
  const program = job.stage.start({
    name: `transmission (${role})`,
    command: [
      ...job.enter,
      "transmission-daemon",
      ...["--foreground", "--log-debug", "--config-dir", config, "--download-dir", job.folder],
      ...[
        "--port",
        String(rpcPort),
        "--rpc-bind-address",
        "127.0.0.1",
        "--allowed",
        "127.0.0.1",
        "--no-auth",
      ],
      ...[
        `--bind-address-${job.host.includes(":") ? "ipv6" : "ipv4"}`,
        job.host,
        "--peerport",
        String(job.port),
        `--encryption-${encryption}`,
      ],
      ...["--no-dht", "--no-lpd", "--no-utp", "--no-portmap", "--no-global-seedratio", "--no-blocklist"],
    ],
    cwd: job.folder,
  });
  const remote = (...args: string[]) =>
    output({
      name: "transmission-remote",
      command: [...job.enter, "transmission-remote", `127.0.0.1:${rpcPort}`, ...args],
      cwd: job.folder,
      limitSeconds: 10,
    });
  const accepts = () => remote("--session-info").then(() => true, () => false);
  await program.reaches("accept commands", 15_000, accepts);
  await remote("--add", job.torrent);
  return {
    program,
    complete: (timeoutMs) =>
      program.reaches("have all of it", timeoutMs, async () => {
        const info = await remote("--torrent", "all", "--info");
        // A torrent that waits for its check reports what the resume file said: only an idle or seeding one counts.
        return /Percent Done: 100%/.test(info) && /State: (Seeding|Idle)/.test(info);
      }),
    stop: async () => {
      // The daemon leaves without a word to the tracker; a torrent that is stopped says so.
      await remote("--torrent", "all", "--stop");
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await program.stop();
    },
  };
}

/** Transmission with one of its three policies. */
export function transmissionWith(encryption: TransmissionEncryption): ForeignClient {
  return {
    name: "transmission",
    mustBeCalled: true,
    install: "apt-get install transmission-daemon transmission-cli",
    async find() {
      if (["transmission-daemon", "transmission-remote"].some((name) => findOnPath(name) === undefined)) {
        return undefined;
      }
      // It tells its version on stderr and leaves with 1.
      const { stderr } = await new Deno.Command("transmission-daemon", { args: ["--version"] }).output();
      return /daemon ([\d.]+)/.exec(new TextDecoder().decode(stderr))?.[1] ?? "unknown";
    },
    seed: (job) => seedWith((job, role) => start(job, role, encryption), job),
    leech: (job) => start(job, "leecher", encryption),
  };
}

export const transmission = transmissionWith("tolerated");
