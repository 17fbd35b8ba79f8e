// What a program with torrents shows of them: JSON lines, a live line for each on a terminal, or nothing but trouble.

import type { TorrentSource } from "./torrent_source.ts";
import type { CommandError } from "./exit_code.ts";
import { ExitCode } from "./exit_code.ts";
import { JsonReporter, type Reporter, TextReporter } from "./reporter.ts";
import { Rows } from "./rows.ts";
import { Terminal } from "./terminal.ts";

export interface ScreenOptions {
  /** Events as JSON lines on standard output. */
  json?: boolean;
  /** Standard output is for data: what is said goes to standard error. */
  isDataOut?: boolean;
  /** Torrents that are shown. With several of them each line says whose it is. */
  torrents: number;
  /** What is said with the news of completion. */
  next: string;
}

/** One for the program. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #terminal: Terminal;
  readonly #rows: Rows;

  private constructor(options: ScreenOptions, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
    this.#rows = new Rows(terminal);
  }

  /** Opens it. */
  static async open(options: ScreenOptions): Promise<Screen> {
    const stream = options.isDataOut ? Deno.stderr : Deno.stdout;
    const isTerminal = !options.json && stream.isTerminal();
    const cut = isTerminal ? (await import("./columns.ts")).cutToColumns : undefined;
    const terminal = new Terminal(isTerminal, stream, {
      onLost: sayOnce((line) => terminal.warn(line)),
      ...(cut === undefined ? {} : { cut }),
    });
    return new Screen(options, terminal);
  }

  /** Where one torrent's events go. */
  reporterFor({ name, infoHash }: TorrentSource): Reporter {
    const { json, torrents, next } = this.#options;
    if (json) return new JsonReporter(this.#terminal, infoHash.hex);
    return new TextReporter(this.#rows.add(), {
      prefix: torrents > 1 ? name ?? infoHash.hex : undefined,
      next,
    });
  }

  /** A line on standard error. */
  warn(line: string): void {
    this.#terminal.warn(line);
  }

  /** Tells a script why the program ends. A person is told by who catches the error. */
  fail({ code, message }: CommandError): void {
    if (!this.#options.json) return;
    const kind = code === ExitCode.network ? "network" : code === ExitCode.disk ? "disk" : "input";
    new JsonReporter(this.#terminal).on({ type: "error", kind, message, fatal: true });
  }
}

/** What is said of a transfer is not the transfer: that goes on, and this is said once. */
function sayOnce(say: (line: string) => void): (error: CommandError) => void {
  let isSaid = false;
  return ({ message }) => {
    if (!isSaid) say(`${message} (going on without)`);
    isSaid = true;
  };
}
