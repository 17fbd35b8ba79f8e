// The program's lines: for people, or as JSON for what collects logs. News go to standard output, what the operator should
// look at to standard error. A line waits until its reader has taken it, through whatever kind of pipe: the token that opens
// the admin page is said once.

import { printPatiently, type SyncOutput } from "./patient_print.ts";

/** How lines look. */
export type LogFormat = "text" | "json";

/** Where lines go, and what lets time pass until there is room. */
export interface LogOutputs {
  news?: SyncOutput;
  complaints?: SyncOutput;
  wait?(ms: number): void;
}

/** Writes lines. */
export class ProgramLog {
  readonly #format: LogFormat;
  readonly #outputs: LogOutputs;

  constructor(format: LogFormat, outputs: LogOutputs = {}) {
    this.#format = format;
    this.#outputs = outputs;
  }

  info(message: string): void {
    const { news = Deno.stdout, wait } = this.#outputs;
    printPatiently(news, this.#line("info", message), wait);
  }

  warn(message: string): void {
    const { complaints = Deno.stderr, wait } = this.#outputs;
    printPatiently(complaints, this.#line("warning", message), wait);
  }

  #line(level: string, message: string): string {
    if (this.#format === "text") return `[TRACKER] ${message}`;
    return JSON.stringify({ time: new Date().toISOString(), level, message });
  }
}
