// rtorrent (with its own libtorrent, not the one of the same name), as a daemon: no terminal.

import { join } from "node:path";
import { findOnPath, output } from "../program.ts";
import { type ForeignClient, type Job, type RunningClient, seedWith } from "./client.ts";

async function start(job: Job, role: string, encryption: string): Promise<RunningClient> {
  const session = await job.stage.makeFolder("rtorrent-session");
  const config = join(session, "rtorrent.rc");
  const complete = join(session, "complete");
  await Deno.writeTextFile(
    config,
    `system.daemon.set = true
session.path.set = ${session}
directory.default.set = ${job.folder}
network.bind_address.set = ${job.host}
network.port_range.set = ${job.port}-${job.port}
network.port_random.set = no
dht.mode.set = disable
protocol.pex.set = no
trackers.use_udp.set = yes
protocol.encryption.set = ${encryption}
pieces.hash.on_completion.set = no
log.open_file = log,/dev/stderr
log.add_output = info,log
log.add_output = torrent_info,log
log.add_output = tracker_info,log
method.set_key = event.download.hash_done, say_complete, "branch=d.complete=,\\"execute.nothrow=touch,${complete}\\""
method.set_key = event.download.finished, say_complete, "execute.nothrow=touch,${complete}"
load.start = ${job.torrent}
`,
  );
  const program = job.stage.start({
    name: `rtorrent (${role})`,
    command: [...job.enter, "rtorrent", "-n", "-o", `import=${config}`],
    cwd: job.folder,
    // The first interrupt leaves in order: it tells the tracker.
    stopSignal: "SIGINT",
  });
  return {
    program,
    complete: (timeoutMs) => program.reaches("have all of it", timeoutMs, () => exists(complete)),
    stop: () => program.stop(),
  };
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** rtorrent with other words for its `protocol.encryption`. */
export function rtorrentWith(encryption: string): ForeignClient {
  return {
    name: "rtorrent",
    install: "apt-get install rtorrent",
    async find() {
      if (findOnPath("rtorrent") === undefined) return undefined;
      const text = await output({ name: "rtorrent", command: ["rtorrent", "-h"], cwd: "." });
      return /version ([\d.]+\d)/.exec(text)?.[1] ?? "unknown";
    },
    seed: (job) => seedWith((job, role) => start(job, role, encryption), job),
    leech: (job) => start(job, "leecher", encryption),
  };
}

export const rtorrent = rtorrentWith("allow_incoming,try_outgoing,enable_retry");
