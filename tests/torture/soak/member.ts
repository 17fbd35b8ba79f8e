// A peer of ours in the soak: one process for all torrents, started again and again over one folder.

import { join } from "node:path";
import type { TorrentEvent } from "../../../peer/mod.ts";
import { ProgramProcess } from "../../../peer/demo/program_process.ts";

export class Member implements AsyncDisposable {
  /** Where its copies are. */
  readonly folder: string;
  /** Starts so far. */
  lives = 0;
  /** Bytes of blocks that all its lives have received. */
  received = 0;
  /** What it said that needs an explanation. */
  readonly complaints: string[] = [];
  readonly #torrents: readonly string[];
  readonly #complete = new Set<string>();
  readonly #receivedNow = new Map<string, number>();
  #process: ProgramProcess | undefined;
  #wake: () => void = () => {};

  constructor(folder: string, torrents: readonly string[]) {
    this.folder = folder;
    this.#torrents = torrents;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    this.lives++;
    this.#complete.clear();
    this.#process = new ProgramProcess({
      permissions: "peer",
      main: "peer/main.ts",
      args: [
        ...["get", ...this.#torrents, "--dir", this.folder, "--seed", "--json"],
        ...["--state-dir", join(this.folder, ".state"), "--host", "127.0.0.1"],
      ],
      onLine: (line) => {
        if (line.endsWith("}")) this.#onEvent(JSON.parse(line)); // the last one may be cut by a kill
      },
    });
  }

  /** Ends it, in order or not. */
  async end(signal: "SIGINT" | "SIGKILL"): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    if (signal === "SIGINT") await process.stop();
    else {
      process.signal(signal);
      await process.exited;
    }
    if (process.complaints !== "") this.complaints.push(process.complaints);
    for (const bytes of this.#receivedNow.values()) this.received += bytes;
    this.#receivedNow.clear();
    this.#process = undefined;
  }

  /** Resolves when it has everything. */
  async complete(): Promise<void> {
    while (this.#complete.size < this.#torrents.length) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** How many torrents it has. */
  get completed(): number {
    return this.#complete.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  #onEvent(event: TorrentEvent & { infoHash: string }): void {
    if (event.type === "complete") this.#complete.add(event.infoHash);
    if (event.type === "progress") this.#receivedNow.set(event.infoHash, event.downloaded);
    // Trackers and peers that are away for a moment are explained: somebody has just ended them.
    if (event.type === "error" && (event.fatal || event.kind === "internal" || event.kind === "disk")) {
      this.complaints.push(event.message);
    }
    this.#wake();
  }
}
