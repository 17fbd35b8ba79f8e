// The demo's swarm: a tracker, a seeder and leechers, each a process of its own, and what they have told of themselves.

import type { PeerEvent, ProgressEvent, TorrentEvent } from "../mod.ts";
import { ProgramProcess, ROOT } from "./program_process.ts";

/** A peer process, by what its JSON events said last. */
export class DemoPeer {
  readonly role: "seeder" | "leecher";
  readonly port: number;
  readonly path: string;
  readonly process: ProgramProcess;
  /** Resolves with the seconds it took from the start of the process; rejects when it ends before. */
  readonly completed: Promise<number>;
  peerId = "";
  progress: ProgressEvent | undefined;
  /** Bytes that this peer got, by the other's peer id. */
  readonly received = new Map<string, number>();

  constructor(role: "seeder" | "leecher", port: number, torrent: string, path: string, onChange: () => void) {
    this.role = role;
    this.port = port;
    this.path = path;
    const startedAt = performance.now();
    const completed = Promise.withResolvers<number>();
    this.completed = completed.promise;
    this.process = new ProgramProcess({
      permissions: "peer",
      main: "peer/main.ts",
      args: [`${port}`, torrent, path, "--json", "--no-resume"],
      onLine: (line) => {
        const event = JSON.parse(line) as TorrentEvent;
        if (event.type === "started") this.peerId = event.peerId;
        if (event.type === "progress") this.progress = event;
        if (event.type === "peer") this.#count(event);
        if (event.type === "complete") completed.resolve((performance.now() - startedAt) / 1000);
        onChange();
      },
    });
    this.process.exited.then((code) => {
      completed.reject(
        new Error(`the ${role} on port ${port} left with code ${code}:\n${this.process.complaints}`),
      );
    });
    completed.promise.catch(() => {}); // whoever waits hears of it
  }

  /** A connection's counts are final when it ends. */
  #count(event: PeerEvent): void {
    if (event.action !== "disconnected") return;
    this.received.set(event.peerId, (this.received.get(event.peerId) ?? 0) + event.downloaded);
  }
}

/** A tracker process, and the link to its admin page that signs in. */
export interface DemoTracker {
  process: ProgramProcess;
  page: string;
}

/** Starts the tracker and resolves when it serves. */
export async function startTracker(port: number, torrents: string): Promise<DemoTracker> {
  const serving = Promise.withResolvers<string>();
  const process = new ProgramProcess({
    permissions: "tracker",
    flags: [`--allow-read=${ROOT}admin/dist,${torrents}`],
    main: "tracker/main.ts",
    // Peers announce often, so that the page shows the transfer while it happens.
    args: ["--port", `${port}`, "--torrents", torrents, "--interval", "5", "--memory"],
    onLine: (line) => {
      const [, page] = /Admin page: (\S+)/.exec(line) ?? [];
      if (page !== undefined) serving.resolve(page);
    },
  });
  process.exited.then((code) =>
    serving.reject(new Error(`the tracker left with code ${code}:\n${process.complaints}`))
  );
  return { process, page: await serving.promise };
}
