// Our programs as processes, for the end-to-end tests: their events, their exit codes, and no process left behind.

import { dirname } from "node:path";
import type { TorrentEvent } from "../../peer/events.ts";
import { type ProgramOptions, ProgramProcess } from "../../peer/demo/program_process.ts";
import { beginning } from "./interruption.ts";

/** Nothing here takes so long; a test that waits longer than this has failed. */
const PATIENCE_MS = 60_000;

/** Starts a program of ours that does not outlive a run that is interrupted. */
export function startProgram(options: ProgramOptions): ProgramProcess {
  const hasEnded = beginning(() => {
    process.signal("SIGKILL");
    return process.exited;
  });
  const process = new ProgramProcess(options);
  void process.exited.finally(hasEnded).catch(() => {}); // whoever waits hears of it
  return process;
}

/** `peer PORT TORRENT OUTPUT --json …` with everything it said. */
export class PeerProcess implements AsyncDisposable {
  readonly events: TorrentEvent[] = [];
  readonly process: ProgramProcess;
  #waiting = new Set<() => void>();

  constructor(args: string[], port = 0) {
    const [torrent = "", output = "", ...flags] = args;
    const besides = torrent.startsWith("magnet:") ? output : torrent;
    this.process = startProgram({
      permissions: "peer",
      leaveMs: PATIENCE_MS,
      main: "peer/main.ts",
      args: [`${port}`, torrent, output, "--json", "--state-dir", `${dirname(besides)}/state`, ...flags],
      onLine: (line) => {
        this.events.push(JSON.parse(line));
        for (const wake of this.#waiting) wake();
      },
      onComplaint: () => {
        for (const wake of this.#waiting) wake();
      },
    });
  }

  /** All events of one type so far. */
  all<T extends TorrentEvent["type"]>(type: T): Extract<TorrentEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<TorrentEvent, { type: T }> => event.type === type);
  }

  /** The first event that fits, as soon as it is there. */
  async event<T extends TorrentEvent["type"]>(
    type: T,
    fits: (event: Extract<TorrentEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<TorrentEvent, { type: T }>> {
    return await this.#until(() => this.all(type).find(fits), `"${type}"`);
  }

  /** Resolves when it has said so on standard error. */
  async complaint(words: RegExp): Promise<void> {
    await this.#until(() => words.exec(this.process.complaints) ?? undefined, String(words));
  }

  async #until<T>(test: () => T | undefined, what: string): Promise<T> {
    const found = Promise.withResolvers<T>();
    const look = () => {
      const value = test();
      if (value !== undefined) found.resolve(value);
    };
    this.#waiting.add(look);
    look();
    this.process.exited.then((code) => {
      look();
      found.reject(
        new Error(`${this.process.name} left with ${code} before ${what}:\n${this.process.complaints}`),
      );
    });
    try {
      return await patiently(found.promise, `${what} of ${this.process.name}`);
    } finally {
      this.#waiting.delete(look);
    }
  }

  /** The exit code, when it leaves by itself. */
  exited(): Promise<number> {
    return patiently(this.process.exited, `the end of ${this.process.name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
  }
}

const ADMIN_TOKEN = "token-of-the-tests";
/** Headers of a request of the operator to any `TrackerProcess`. */
export const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** `tracker --port …`, serving. */
export class TrackerProcess implements AsyncDisposable {
  readonly process: ProgramProcess;
  readonly port: number;

  private constructor(process: ProgramProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  /** Resolves when it serves. Port 0 takes a free one. */
  static async start(port = 0, args: string[] = [], flags: string[] = []): Promise<TrackerProcess> {
    const serving = Promise.withResolvers<number>();
    const process = startProgram({
      permissions: "tracker",
      leaveMs: PATIENCE_MS,
      flags,
      main: "tracker/main.ts",
      args: [
        ...["--port", `${port}`, "--admin-token", ADMIN_TOKEN],
        ...(args.includes("--data") ? [] : ["--memory"]),
        ...args,
      ],
      onLine: (line) => {
        const match = /Using (?:fixed|free) port (\d+)/.exec(line);
        if (match) serving.resolve(Number(match[1]));
      },
    });
    process.exited.then((code) =>
      serving.reject(new Error(`tracker left with ${code}:\n${process.complaints}`))
    );
    return new TrackerProcess(process, await patiently(serving.promise, "the tracker"));
  }

  get announce(): string {
    return `http://127.0.0.1:${this.port}/announce`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
  }
}

/** Runs a program to its end: its code and what it printed. */
export async function runToEnd(
  permissions: string,
  main: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string; complaints: string }> {
  const lines: string[] = [];
  const process = startProgram({
    permissions,
    main,
    args,
    env: { SEEDLING_RESUME: "false", ...env }, // a test that keeps a state says where
    onLine: (line) => lines.push(line),
  });
  const code = await patiently(process.exited, process.name);
  return { code, output: lines.join("\n"), complaints: process.complaints };
}

/** Fails, naming what was waited for, instead of hanging for ever. */
export async function patiently<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Waited ${PATIENCE_MS / 1000} s in vain for ${what}`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
