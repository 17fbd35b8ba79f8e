// One of our programs as a process of its own, started by its command line with the permissions that deno.json gives it.

import { fileURLToPath } from "node:url";

/** The project's folder, with a slash at its end. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a program is started. */
export interface ProgramOptions {
  /** The permission set in deno.json. */
  permissions: string;
  /** Flags for the runtime beside them. `--allow-read=…` takes the place of what the set allows to read. */
  flags?: string[];
  /** From the project's folder. */
  main: string;
  args: string[];
  /** Variables beside those that this program has. */
  env?: Record<string, string>;
  /** Called with each line of standard output. */
  onLine?(line: string): void;
  /** Called with each line of standard error. */
  onComplaint?(line: string): void;
  /** How long it may take to leave when it is told to, before it is ended. Default 5,000. */
  leaveMs?: number;
}

/** A running program: its lines, its complaints, its end. */
export class ProgramProcess {
  /** What it runs, for people. */
  readonly name: string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number>;
  #child: Deno.ChildProcess;
  readonly #leaveMs: number;
  #complaints = "";

  constructor(options: ProgramOptions) {
    const { permissions, flags = [], main, args, env = {}, leaveMs = 5_000 } = options;
    this.#leaveMs = leaveMs;
    this.name = `${main} ${args.join(" ")}`;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--config",
        `${ROOT}deno.json`,
        `-P=${permissions}`,
        ...flags,
        `${ROOT}${main}`,
        ...args,
      ],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = eachLine(this.#child.stdout, options.onLine ?? (() => {}));
    const complaints = eachLine(this.#child.stderr, (line) => {
      // Enough to tell what went wrong; a program that complains without end must not fill our memory.
      if (this.#complaints.length < 20_000) this.#complaints += `${line}\n`;
      options.onComplaint?.(line);
    });
    this.exited = Promise.all([this.#child.status, output, complaints]).then(([status]) => status.code);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it wrote to standard error. */
  get complaints(): string {
    return this.#complaints;
  }

  /** Sends a signal; one that has ended already is left alone. */
  signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Asks it to leave, as Ctrl-C does, and waits; one that doesn't is ended. */
  async stop(): Promise<number> {
    this.signal("SIGINT");
    const timer = setTimeout(() => this.signal("SIGKILL"), this.#leaveMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
