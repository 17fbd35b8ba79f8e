// The program's lines: for people, or as JSON for what collects logs. News go to standard output, what the operator should
// look at to standard error. A line waits until its reader has taken it, through whatever kind of pipe: the token that opens
// the admin page is said once. One that can't be written is lost, and the tracker serves on: a disk that its log has filled
// is no reason to leave everybody without answers.

import { printPatiently, printSurely, type SyncOutput } from "./patient_print.ts";

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
  /** The last of the news could not be written. */
  #isLosing = false;

  constructor(format: LogFormat, outputs: LogOutputs = {}) {
    this.#format = format;
    this.#outputs = outputs;
  }

  info(message: string): void {
    const { news = Deno.stdout } = this.#outputs;
    const reason = this.#print(news, this.#line("info", message));
    const isNew = reason !== undefined && !this.#isLosing;
    this.#isLosing = reason !== undefined;
    if (isNew) this.warn(`Cannot write to standard output: ${reason}. Going on without`);
  }

  /**
   * News that must not be lost.
   *
   * @throws what the system says, also if the reader has gone
   */
  show(message: string): void {
    const { news = Deno.stdout, wait } = this.#outputs;
    printSurely(news, this.#line("info", message), wait);
  }

  warn(message: string): void {
    const { complaints = Deno.stderr } = this.#outputs;
    this.#print(complaints, this.#line("warning", message)); // else: where could that be said?
  }

  /** Returns why it could not be written, if it could not. */
  #print(output: SyncOutput, line: string): string | undefined {
    try {
      printPatiently(output, line, this.#outputs.wait);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #line(level: string, message: string): string {
    if (this.#format === "text") return `[TRACKER] ${message}`;
    return JSON.stringify({ time: new Date().toISOString(), level, message });
  }
}
