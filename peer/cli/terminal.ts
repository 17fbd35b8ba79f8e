// Standard output and error as a person sees them: lines that stay, and below them a few that are drawn over.

import { environment } from "./environment.ts";
import { type SyncOutput, writePatientlySync } from "./patient_write.ts";
import { CommandError, ExitCode } from "./exit_code.ts";

const encoder = new TextEncoder();

/** So long may a line wait that need not be printed at once, in milliseconds. */
const SOON_MS = 20;

export interface TerminalOptions {
  /**
   * Told of a line that can't be written, also where a pipe is full that doesn't wait for its reader. By default lines are
   * the program's answer: they wait until there is room, and one that can't be written ends it.
   */
  onLost?(error: CommandError): void;
  /** Lets so much time pass, for a line that waits. */
  wait?(ms: number): void;
  /** Makes a live line fit, of which nothing is known by default: `cutToColumns()`, where names are shown. */
  cut?(line: string, columns: number): string;
  /** What the terminal says of itself. */
  size?(): Size;
  /** It is a terminal on which nothing can be drawn over, as Emacs' shells are: by default if `TERM` says so. */
  isDumb?: boolean;
}

interface Size {
  columns: number;
  rows: number;
}

/** Of a terminal that doesn't say, as many on a serial line or in a container. */
const USUAL: Size = { columns: 80, rows: 24 };

/** What to do about standard output that can't be written, where that can be said. */
const ADVICE: Record<string, string> = {
  ENOSPC: "the disk is full: free some space and start again",
  EAGAIN: "it is a pipe that doesn't wait for its reader (O_NONBLOCK): a `| cat` between them does",
};

/** Lines to people. The live ones, if there are any, stay at the bottom. */
export class Terminal {
  #live: string[] = [];
  /** A person looks at it. */
  readonly isTerminal: boolean;
  /** Live lines are drawn only where they can be drawn over. */
  readonly isLive: boolean;
  readonly #stream: SyncOutput;
  readonly #onLost: (error: CommandError) => void;
  readonly #writeLine: (bytes: Uint8Array) => void;
  readonly #cut: (line: string, columns: number) => string;
  readonly #size: () => Size;
  /** Lines that wait for others. */
  #waiting = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `stream` is where lines go that are no complaints: standard output, unless data goes there. */
  constructor(
    isTerminal: boolean = Deno.stdout.isTerminal(),
    stream: SyncOutput = Deno.stdout,
    { onLost, wait, cut = cutToCharacters, size = Deno.consoleSize, isDumb }: TerminalOptions = {},
  ) {
    this.isTerminal = isTerminal;
    this.isLive = isTerminal && !(isDumb ?? environment("TERM") === "dumb");
    this.#stream = stream;
    this.#onLost = onLost ?? raise;
    this.#writeLine = onLost === undefined
      ? (bytes) => writePatientlySync(stream, bytes, wait)
      : (bytes) => writeAll(stream, bytes);
    this.#cut = cut;
    this.#size = size;
  }

  /** Lines that fit on the screen. */
  get rows(): number {
    return sizeBy(this.#size).rows;
  }

  /** The last column stays free: some terminals begin a line anew when it is written. */
  get #columns(): number {
    return sizeBy(this.#size).columns - 1;
  }

  /** True if a live line would not be cut. */
  fits(line: string): boolean {
    return this.#cut(line, this.#columns) === line;
  }

  /**
   * A line that stays, on standard output.
   *
   * @throws {CommandError} if it can't be written and nobody else is told
   */
  print(line: string): void {
    const text = `${this.#takeWaiting()}${line}\n`;
    this.#above(() => this.#write(text));
  }

  /**
   * The same for lines of which thousands may come in a second: each keeps its place among all lines, but several are
   * written together, since every write also wakes whoever reads them. A program that is killed loses what waits.
   */
  printSoon(line: string): void {
    this.#waiting += `${line}\n`;
    this.#timer ??= setTimeout(() => {
      const text = this.#takeWaiting();
      this.#above(() => this.#write(text));
    }, SOON_MS);
  }

  /** A line that stays, on standard error. One that can't be written there is lost: where else could it be said? */
  warn(line: string): void {
    this.#above(() => tryToWrite(Deno.stderr, `${line}\n`));
  }

  /** Draws the live lines anew, cut to the terminal's width. Nothing happens where they could not be drawn over. */
  live(...lines: string[]): void {
    if (!this.isLive) return;
    const cut = lines.map((line) => this.#cut(line, this.#columns));
    if (cut.join("\n") === this.#live.join("\n")) return;
    tryToWrite(this.#stream, erase(this.#live.length) + cut.join("\n"));
    this.#live = cut;
  }

  /** Takes the live lines away. */
  clear(): void {
    tryToWrite(this.#stream, erase(this.#live.length));
    this.#live = [];
  }

  #takeWaiting(): string {
    const text = this.#waiting;
    this.#waiting = "";
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return text;
  }

  #above(print: () => void): void {
    tryToWrite(this.#stream, erase(this.#live.length));
    print();
    tryToWrite(this.#stream, this.#live.join("\n"));
  }

  /** A reader that has gone is no error of ours, be it `| head` or a terminal whose window was closed (EIO). */
  #write(text: string): void {
    const error = failureOf(() => this.#writeLine(encoder.encode(text)));
    const hasGone = error instanceof Deno.errors.BrokenPipe || (this.isTerminal && codeOf(error) === "EIO");
    if (error !== undefined && !hasGone) this.#onLost(unwritable(error));
  }
}

/** What makes the last `count` lines empty, the one with the cursor counted, and puts the cursor where they began. */
function erase(count: number): string {
  return count === 0 ? "" : `\r${"\x1b[A".repeat(count - 1)}\x1b[J`;
}

/** Writes it all, or what of it can be written. */
function tryToWrite(stream: SyncOutput, text: string): void {
  if (text !== "") failureOf(() => writeAll(stream, encoder.encode(text)));
}

function writeAll(stream: SyncOutput, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

/** What was thrown, if something was: what the system said. */
function failureOf(write: () => void): unknown {
  try {
    write();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What is said when standard output can't be written, `error` being what the system said. */
export function unwritable(error: unknown): CommandError {
  const reason = ADVICE[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
  return new CommandError(`Cannot write to standard output: ${reason}`, ExitCode.disk);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Right where each takes one column. */
function cutToCharacters(line: string, columns: number): string {
  return [...line].slice(0, columns).join("");
}

function raise(error: CommandError): never {
  throw error;
}

function sizeBy(tell: () => Size): Size {
  try {
    const { columns, rows } = tell();
    return { columns: columns || USUAL.columns, rows: rows || USUAL.rows };
  } catch {
    return USUAL;
  }
}
