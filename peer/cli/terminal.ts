// Standard output and error as a person sees them: lines that stay, and below them a few that are drawn over.

const encoder = new TextEncoder();

/** So long may a line wait that need not be printed at once, in milliseconds. */
const SOON_MS = 20;

interface Stream {
  writeSync(bytes: Uint8Array): number;
}

/** Lines to people. The live ones, if there are any, stay at the bottom. */
export class Terminal {
  #live: string[] = [];
  /** Live lines are drawn only where they can be drawn over. */
  readonly isLive: boolean;
  readonly #stream: Stream;
  /** Lines that wait for others. */
  #waiting = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `stream` is where lines go that are no complaints: standard output, unless data goes there. */
  constructor(isLive: boolean = Deno.stdout.isTerminal(), stream: Stream = Deno.stdout) {
    this.isLive = isLive;
    this.#stream = stream;
  }

  /** Lines that fit on the screen. */
  get rows(): number {
    return size().rows;
  }

  /** A line that stays, on standard output. */
  print(line: string): void {
    const text = `${this.#takeWaiting()}${line}\n`;
    this.#above(() => write(this.#stream, text));
  }

  /**
   * The same for lines of which thousands may come in a second: each keeps its place among all lines, but several are
   * written together, since every write also wakes whoever reads them. A program that is killed loses what waits.
   */
  printSoon(line: string): void {
    this.#waiting += `${line}\n`;
    this.#timer ??= setTimeout(() => {
      const text = this.#takeWaiting();
      this.#above(() => write(this.#stream, text));
    }, SOON_MS);
  }

  /** A line that stays, on standard error. */
  warn(line: string): void {
    this.#above(() => write(Deno.stderr, `${line}\n`));
  }

  /** Draws the live lines anew, cut to the terminal's width. Nothing happens where standard output is no terminal. */
  live(...lines: string[]): void {
    if (!this.isLive) return;
    const width = size().columns - 1;
    const cut = lines.map((line) => [...line].slice(0, width).join(""));
    if (cut.join("\n") === this.#live.join("\n")) return;
    write(this.#stream, erase(this.#live.length) + cut.join("\n"));
    this.#live = cut;
  }

  /** Takes the live lines away. */
  clear(): void {
    write(this.#stream, erase(this.#live.length));
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
    write(this.#stream, erase(this.#live.length));
    print();
    write(this.#stream, this.#live.join("\n"));
  }
}

/** What makes the last `count` lines empty, the one with the cursor counted, and puts the cursor where they began. */
function erase(count: number): string {
  return count === 0 ? "" : `\r${"\x1b[A".repeat(count - 1)}\x1b[J`;
}

/** Writes it all. A reader that has gone (`| head`) is no error of ours. */
function write(stream: Stream, text: string): void {
  if (text === "") return;
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function size(): { columns: number; rows: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return { columns: 80, rows: 24 }; // a terminal that doesn't tell its size
  }
}
