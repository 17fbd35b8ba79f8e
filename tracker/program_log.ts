// The program's lines: for people, or as JSON for what collects logs. News go to standard output, what the operator should
// look at to standard error.

/** How lines look. */
export type LogFormat = "text" | "json";

/** Writes lines. */
export class ProgramLog {
  readonly #format: LogFormat;

  constructor(format: LogFormat) {
    this.#format = format;
  }

  info(message: string): void {
    console.log(this.#line("info", message));
  }

  warn(message: string): void {
    console.error(this.#line("warning", message));
  }

  #line(level: string, message: string): string {
    if (this.#format === "text") return `[TRACKER] ${message}`;
    return JSON.stringify({ time: new Date().toISOString(), level, message });
  }
}
