// Several torrents on one terminal: a live line for each, as many as there is room for.

import { Terminal } from "./terminal.ts";

/** What a reporter needs of a terminal: lines that stay, and one of its own that is drawn over. */
export type Row = Pick<Terminal, "isTerminal" | "print" | "warn" | "clear"> & {
  /** Draws the first of the line's forms that there is room for, else as much of the last as there is. */
  live(...forms: string[]): void;
};

/** The live lines of one terminal. */
export class Rows {
  readonly #terminal: Terminal;
  readonly #lines = new Map<object, string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** One more line, below the others. */
  add(): Row {
    const terminal = this.#terminal;
    const key = {};
    this.#lines.set(key, ""); // its place, though nothing is drawn there yet
    return {
      isTerminal: terminal.isTerminal,
      print: (line) => terminal.print(line),
      warn: (line) => terminal.warn(line),
      live: (...forms) => {
        if (!terminal.isLive) return;
        this.#lines.set(key, forms.find((form) => terminal.fits(form)) ?? forms.at(-1) ?? "");
        this.#draw();
      },
      clear: () => {
        this.#lines.delete(key);
        this.#draw();
      },
    };
  }

  #draw(): void {
    const lines = [...this.#lines.values()].filter((line) => line !== "");
    // A line stays free for the one that is being printed.
    const room = Math.max(1, this.#terminal.rows - 2);
    if (lines.length > room) {
      const hidden = lines.length - room + 1;
      lines.splice(room - 1, hidden, `and ${hidden} more`);
    }
    if (lines.length === 0) this.#terminal.clear();
    else this.#terminal.live(...lines);
  }
}
