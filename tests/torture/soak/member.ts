// A peer of ours in the soak: one process for all torrents, started again and again over one folder.

import { join } from "node:path";
import type { TorrentEvent } from "../../../peer/mod.ts";
import type { ProgramProcess } from "../../../peer/demo/program_process.ts";
import { startProgram } from "../../support/programs.ts";
import type { Complaint } from "./log.ts";

/** How a life ends. */
export type End = "SIGINT" | "SIGTERM" | "SIGKILL";

export interface MemberOptions {
  /** For the reader of its complaints. */
  name: string;
  /** Where its copies are. */
  folder: string;
  torrents: readonly string[];
  /** Bytes a second, as `--limit-up` takes them: without a limit a transfer would be over before anything happens to it. */
  limitUp: string;
}

/** Whoever is asked to leave has left within this, on however busy a machine. */
const LEAVE_MS = 60_000;

export class Member implements AsyncDisposable {
  readonly name: string;
  readonly folder: string;
  /** Starts so far. */
  lives = 0;
  /** Lives that were killed. */
  kills = 0;
  /** Bytes of blocks that all its lives have received. */
  received = 0;
  /** Torrents that all its lives have completed. */
  moved = 0;
  /** What its lives said that somebody should look at, and ends that nobody asked for. */
  readonly complaints: Complaint[] = [];
  readonly #options: MemberOptions;
  readonly #complete = new Set<string>();
  readonly #receivedNow = new Map<string, number>();
  #process: ProgramProcess | undefined;
  #wake: () => void = () => {};

  constructor(options: MemberOptions) {
    this.#options = options;
    this.name = options.name;
    this.folder = options.folder;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    const { folder, limitUp, torrents } = this.#options;
    this.lives++;
    this.#complete.clear();
    const process = this.#process = startProgram({
      permissions: "peer",
      main: "peer/main.ts",
      args: [
        ...["get", ...torrents, "--dir", folder, "--seed", "--json", "--limit-up", limitUp],
        ...["--state-dir", join(folder, ".state"), "--host", "127.0.0.1"],
      ],
      onLine: (line) => {
        if (line.endsWith("}")) this.#onEvent(JSON.parse(line)); // the last one may be cut by a kill
      },
    });
    void process.exited.then((code) => {
      if (this.#process === process) this.#complain(`left by itself with ${code}`);
    });
  }

  /** Ends it, in order or not. */
  async end(signal: End): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    process.signal(signal);
    if (signal === "SIGKILL") this.kills++;
    const timer = setTimeout(() => {
      this.#complain(`did not leave within ${LEAVE_MS / 1000} s of ${signal}`);
      process.signal("SIGKILL");
    }, LEAVE_MS);
    await process.exited;
    clearTimeout(timer);
    for (const line of process.complaints.split("\n")) if (line !== "") this.#complain(line);
    for (const bytes of this.#receivedNow.values()) this.received += bytes;
    this.#receivedNow.clear();
  }

  /** Resolves when it has everything. */
  async complete(): Promise<void> {
    while (!this.isComplete) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  get isComplete(): boolean {
    return this.#complete.size === this.#options.torrents.length;
  }

  /** How many torrents it has. */
  get completed(): number {
    return this.#complete.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  #onEvent(event: TorrentEvent & { infoHash: string }): void {
    if (event.type === "complete") {
      this.#complete.add(event.infoHash);
      if (event.downloaded > 0) this.moved++;
    }
    if (event.type === "progress") this.#receivedNow.set(event.infoHash, event.downloaded);
    if (event.type === "error") this.#complain(`${event.kind}: ${event.message}`);
    if (event.type === "announced" && !event.ok) this.#complain(`announce: ${event.error}`);
    if (event.type === "announced" && event.warning !== undefined) {
      this.#complain(`announce: ${event.warning}`);
    }
    this.#wake();
  }

  #complain(what: string): void {
    this.complaints.push({ who: `${this.name}, life ${this.lives}`, line: what });
  }
}
