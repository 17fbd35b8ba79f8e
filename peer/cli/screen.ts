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
  #hasLost = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const stream = options.isDataOut ? Deno.stderr : Deno.stdout;
    this.#terminal = new Terminal(
      !options.json && stream.isTerminal(),
      stream,
      (error) => this.#onLost(error),
    );
    this.#rows = new Rows(this.#terminal);
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

  /** What is said of a transfer is not the transfer: that goes on, and this is said once. */
  #onLost({ message }: CommandError): void {
    if (this.#hasLost) return;
    this.#hasLost = true;
    this.#terminal.warn(`${message} (going on without)`);
  }
}
