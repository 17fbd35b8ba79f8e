// The config file of a running program: what can change while torrents are on their way does when the file has changed, the
// rest is named. What the command line or the environment says, the file doesn't change.

import { CommandError } from "./exit_code.ts";
import { flagName } from "./flags.ts";
import { lookAt } from "./settings.ts";
import type { TransferOptions } from "./transfer.ts";

/** Options that count at once. */
const LIVE = [
  "limitDown",
  "limitUp",
  "torrentLimitDown",
  "torrentLimitUp",
  "select",
  "high",
  "low",
  "sequential",
] as const satisfies (keyof TransferOptions)[];

/** The part of the options that may change. One that isn't there is at its default. */
export type LiveOptions = Pick<TransferOptions, typeof LIVE[number]>;

/** A config file, and what the options are with it. */
export interface ConfigFile {
  path: string;
  /** At the start. */
  options: Record<string, unknown>;
  /** How it looked then, before it was read. */
  look: string;
  /**
   * Reads it now.
   *
   * @throws {CommandError} for what can't be used
   */
  read(): Record<string, unknown>;
}

export interface ConfigWatchOptions {
  file: ConfigFile;
  /**
   * Takes the options that may change.
   *
   * @throws {CommandError}, and takes none, if one can't be used
   */
  apply(options: LiveOptions): Promise<void>;
  /** Gets what a person should know. */
  say(line: string): void;
  /** How a file looks: another text when it has changed. Default: time, length and inode; nothing for one that isn't there. */
  look?: (path: string) => string;
}

/** Looks at one config file now and then. */
export class ConfigWatch {
  readonly #options: ConfigWatchOptions;
  readonly #look: (path: string) => string;
  /** How the file looked when it was read last, and when it was looked at last. */
  #readAs: string;
  #seenAs: string;
  #current: Record<string, unknown>;

  constructor(options: ConfigWatchOptions) {
    this.#options = options;
    this.#look = options.look ?? lookAt;
    this.#current = options.file.options;
    // Not as it looks now: torrents may have been fetched in between.
    this.#readAs = options.file.look;
    this.#seenAs = this.#look(options.file.path);
  }

  /** Reads the file if it has changed, and has looked the same twice: one that is being written waits. */
  async check(): Promise<void> {
    const { path } = this.#options.file;
    const look = this.#look(path);
    const isSteady = look === this.#seenAs;
    this.#seenAs = look;
    if (!isSteady || look === this.#readAs) return;
    this.#readAs = look;
    await this.#read();
  }

  async #read(): Promise<void> {
    const { apply, file, say } = this.#options;
    try {
      const options = file.read();
      const changed = changesOf(this.#current, options);
      const [now, later] = [changed.filter(isLive), changed.filter((name) => !isLive(name))];
      if (now.length > 0) await apply(Object.fromEntries(LIVE.map((name) => [name, options[name]])));
      this.#current = options;
      if (now.length > 0) say(`${file.path}: changed ${flagsOf(now)}`);
      if (later.length > 0) {
        say(`${file.path}: ${flagsOf(later)} ${later.length === 1 ? "counts" : "count"} from the next start`);
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      say(`${error.message}. All stays as it was`);
    }
  }
}

function isLive(name: string): boolean {
  return (LIVE as readonly string[]).includes(name);
}

/** Names of what isn't the same, as options have them. */
function changesOf(former: Record<string, unknown>, latter: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(former), ...Object.keys(latter)]);
  return [...names].filter((name) => JSON.stringify(former[name]) !== JSON.stringify(latter[name])).sort();
}

/** `limitUp` → `--limit-up`. */
function flagsOf(names: readonly string[]): string {
  return names.map((name) => `--${flagName(name)}`).join(", ");
}
