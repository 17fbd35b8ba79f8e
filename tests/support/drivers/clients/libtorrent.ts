// libtorrent (the C++ library under qBittorrent and Deluge), through its Python binding and libtorrent_peer.py.

import { findOnPath, output } from "../program.ts";
import {
  bracketed,
  type ForeignClient,
  type Job,
  type RunningClient,
  seedWith,
  speakingClient,
} from "./client.ts";

const script = new URL("./libtorrent_peer.py", import.meta.url).pathname;

/** The Python that has the binding: Debian's own, whatever other Python stands before it on PATH. */
export function findPython(): string | undefined {
  return ["/usr/bin/python3", findOnPath("python3") ?? ""].find((path) => {
    try {
      return path !== "" &&
        new Deno.Command(path, { args: ["-c", "import libtorrent"], stderr: "null" }).outputSync().success;
    } catch {
      return false;
    }
  });
}

/** Words of libtorrent's settings pack. */
export type LibtorrentSettings = Record<string, number | boolean | string>;

async function start(job: Job, role: string, settings: LibtorrentSettings): Promise<RunningClient> {
  const program = job.stage.start({
    name: `libtorrent (${role})`,
    command: [
      ...job.enter,
      findPython() ?? "python3",
      script,
      job.torrent,
      job.folder,
      `${bracketed(job.host)}:${job.port}`,
      JSON.stringify(settings),
    ],
    cwd: job.folder,
    // It says stopped to the tracker on SIGINT, as the script arranges.
    stopSignal: "SIGINT",
  });
  await program.line("that it listens", (line) => line === "listening");
  return speakingClient(program);
}

/** libtorrent with other settings than its own defaults. */
export function libtorrentWith(settings: LibtorrentSettings): ForeignClient {
  return {
    name: "libtorrent",
    install: "apt-get install python3-libtorrent",
    async find() {
      const python = findPython();
      if (python === undefined) return undefined;
      const command = [python, "-c", "import libtorrent; print(libtorrent.__version__)"];
      return (await output({ name: "libtorrent", command, cwd: "." })).trim();
    },
    seed: (job) => seedWith((job, role) => start(job, role, settings), job),
    leech: (job) => start(job, "leecher", settings),
  };
}

export const libtorrent = libtorrentWith({});
