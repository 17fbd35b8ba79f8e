// One program as a child process: started by its command line, watched by its output, ended by its process id.
// Its life is bounded twice: `stop()` ends it with the row, and coreutils' `timeout`, where there is one, ends it
// even if the harness is killed first. What it printed is kept, and shown only when the row fails.

/** How a program is started. */
export interface Launch {
  /** Shown in failures: "aria2 (leecher)". */
  name: string;
  command: string[];
  cwd: string;
  env?: Record<string, string>;
  /** Seconds after which it is ended whatever it does. Default 150; Infinity runs it without `timeout` before it. */
  limitSeconds?: number;
  /** Asked of the program to leave. Default SIGTERM. */
  stopSignal?: Deno.Signal;
}

// A program that floods its output is cut off here, far above what any row reads.
const MOST_LINES = 20_000;
const SHOWN_LINES = 80;
const STOP_GRACE_MS = 6000;
/** A `timeout` that is ended in the millisecond in which it starts its program leaves that behind. */
const START_MS = 500;

/** A running (or ended) child process and what it printed, both streams in one list of lines. */
export class Program {
  readonly name: string;
  readonly lines: string[] = [];
  /** When it was started, on `performance.now()`'s clock. */
  readonly startedAt: number;
  /** Settles when the program has ended and both streams are read to their end. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** The process `pid` is coreutils' `timeout`, and the program is its child. */
  readonly isWrapped: boolean;
  readonly #child: Deno.ChildProcess;
  readonly #stopSignal: Deno.Signal;
  #status: Deno.CommandStatus | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(launch: Launch) {
    const { name, limitSeconds = 150, stopSignal = "SIGTERM" } = launch;
    this.name = name;
    this.#stopSignal = stopSignal;
    const wrapper = boundedLife(limitSeconds);
    this.isWrapped = wrapper.length > 0;
    this.startedAt = performance.now();
    this.#child = prepare(launch, wrapper).spawn();
    this.ended = Promise.all([
      this.#child.status,
      this.#collect(this.#child.stdout),
      this.#collect(this.#child.stderr),
    ]).then(([status]) => {
      this.#status = status;
      this.#wake.resolve();
      return status;
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#status === undefined;
  }

  /** How it ended: by a signal, or with its exit code, which is 128 more than the signal's number under `timeout`. */
  get #end(): string {
    return this.#status?.signal ?? `exit code ${this.#status?.code}`;
  }

  /** The first line, printed already or to come, that `test` accepts. Rejects when the program ends or time runs out. */
  async line(what: string, test: (line: string) => boolean, timeoutMs = 30_000): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    for (let read = 0;;) {
      const wake = this.#wake.promise;
      for (; read < this.lines.length; read++) {
        const line = this.lines[read] ?? "";
        if (test(line)) return line;
      }
      if (!this.isRunning) throw new Error(`${this.name} ended (${this.#end}) before it said ${what}`);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${this.name} did not say ${what} within ${timeoutMs} ms`);
      await withTimeout(wake, leftMs);
    }
  }

  /** Polls until `test` holds; a program that ends meanwhile never will. */
  async reaches(what: string, timeoutMs: number, test: () => Promise<boolean>): Promise<void> {
    const stillRunning = async () => {
      if (!this.isRunning) throw new Error(`${this.name} ended (${this.#end}) before it could ${what}`);
      return await test();
    };
    await poll(timeoutMs, stillRunning, () => `${this.name} did not ${what}`);
  }

  /** Asks the program to leave, and after a grace period makes it. Idempotent. */
  async stop(): Promise<void> {
    await this.#begun();
    this.#signal(this.#stopSignal);
    if (await withTimeout(this.ended, STOP_GRACE_MS) === undefined) {
      this.lines.push(`(did not leave within ${STOP_GRACE_MS} ms of ${this.#stopSignal}: killed)`);
      this.#signal("SIGKILL");
      await this.ended;
    }
  }

  /** Ends it as `kill -9` does: without time for another word. Idempotent. */
  async kill(): Promise<void> {
    await this.#begun();
    // SIGKILL can't be passed on: what `timeout` runs is ended, and `timeout` leaves by itself.
    const children = `$(cat /proc/${this.pid}/task/${this.pid}/children)`;
    if (this.isWrapped && this.isRunning) {
      await new Deno.Command("sh", { args: ["-c", `kill -9 ${children}`], stderr: "null" }).output();
    } else this.#signal("SIGKILL");
    await this.ended;
  }

  /** Resolves when what `timeout` runs has been started for sure. */
  async #begun(): Promise<void> {
    const ms = this.startedAt + START_MS - performance.now();
    if (this.isWrapped && this.isRunning && ms > 0) await withTimeout(this.ended, ms);
  }

  #signal(signal: Deno.Signal): void {
    if (!this.isRunning) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It may have ended a moment ago: `ended` tells, this need not.
      if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split(/\r?\n|\r/);
      rest = lines.pop() ?? "";
      this.#keep(lines);
    }
    if (rest !== "") this.#keep([rest]);
  }

  #keep(lines: string[]): void {
    if (this.lines.length < MOST_LINES) this.lines.push(...lines);
    const wake = this.#wake;
    this.#wake = Promise.withResolvers();
    wake.resolve();
  }

  /** What it printed, for a person to read after a failure: the first lines name ports, the last ones the trouble. */
  report(): string {
    const half = SHOWN_LINES / 2;
    const shown = this.lines.length <= SHOWN_LINES
      ? this.lines
      : [...this.lines.slice(0, half), "…", ...this.lines.slice(-half)];
    return [`--- ${this.name}`, ...shown.map((line) => `    ${line}`)].join("\n");
  }
}

/** What a program that leaves at once printed on stdout; throws with everything it printed if it failed. */
export async function output(launch: Launch): Promise<string> {
  const { name, limitSeconds = 60 } = launch;
  const result = await prepare(launch, boundedLife(limitSeconds)).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(result.stdout);
  if (result.success) return text;
  throw new Error(`${name} left with ${describe(result)}:\n${text}${decoder.decode(result.stderr)}`);
}

function prepare({ command, cwd, env = {} }: Launch, wrapper: readonly string[]): Deno.Command {
  const [program, ...args] = [...wrapper, ...command] as [string, ...string[]];
  return new Deno.Command(program, { args, cwd, env, stdin: "null", stdout: "piped", stderr: "piped" });
}

/** Where `program` is on PATH, or in these folders instead, or undefined. */
export function findOnPath(program: string, folders = Deno.env.get("PATH") ?? ""): string | undefined {
  for (const folder of folders.split(":")) {
    const path = `${folder}/${program}`;
    try {
      if (folder !== "" && Deno.statSync(path).isFile) return path;
    } catch {
      // Not here: the next folder.
    }
  }
  return undefined;
}

/** Asks every tenth of a second until `test` holds; throws what `failure` says when time runs out. */
export async function poll(
  timeoutMs: number,
  test: () => Promise<boolean>,
  failure: () => string,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await test())) {
    if (performance.now() > deadline) throw new Error(`${failure()} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `promise`'s value, or undefined after `ms`. */
export async function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), ms));
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(status: Deno.CommandStatus): string {
  return status.signal === null ? `exit code ${status.code}` : `signal ${status.signal}`;
}

let timeoutProgram: string | undefined;
function boundedLife(seconds: number): string[] {
  if (seconds === Infinity) return [];
  timeoutProgram ??= findOnPath("timeout") ?? "";
  return timeoutProgram === "" ? [] : [timeoutProgram, "--foreground", "--kill-after=5", String(seconds)];
}
