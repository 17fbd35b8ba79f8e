// Settings that change while the tracker runs: read again when the operator says so (SIGHUP), or when the config file has
// changed. What can change does; what can't is named.

import { FileWatch } from "./file_watch.ts";
import { type Flag, FLAGS, settingName } from "./flags.ts";
import type { ProgramLog } from "./program_log.ts";
import { type Settings, SettingsError } from "./settings.ts";

/** Flags whose settings are not the same, and that count from the next start. */
export function changesForNextStart(former: Settings, settings: Settings): string[] {
  return FLAGS.filter((flag: Flag) => {
    if (flag.isLive) return false;
    const name = settingName(flag.name) as keyof Settings;
    return JSON.stringify(former[name]) !== JSON.stringify(settings[name]);
  }).map(({ name }) => `--${name}`);
}

/** How settings are read and used. */
export interface ReloadParts {
  /** Those that the tracker was started with. */
  started: Settings;
  /** Reads them from everywhere again; throws SettingsError. */
  read: () => Settings;
  /** Uses those that can change; throws RangeError, and uses none, if one can't be used. */
  apply: (settings: Settings) => void;
  log: ProgramLog;
}

/** Reads the settings of one running tracker again. */
export class Reload {
  readonly #parts: ReloadParts;
  readonly #file: FileWatch | undefined;
  /** Told already that they wait for the next start. */
  #waiting = "";

  constructor(parts: ReloadParts) {
    const { config } = parts.started;
    this.#parts = parts;
    this.#file = config === undefined ? undefined : new FileWatch([config]);
  }

  /** What can't be used is said, and all stays as it was. */
  now(): void {
    const { apply, log, read, started } = this.#parts;
    try {
      const settings = read();
      apply(settings);
      log.info("Settings read again");
      const changes = changesForNextStart(started, settings);
      const waiting = changes.join(", ");
      if (waiting !== "" && waiting !== this.#waiting) {
        const counts = changes.length === 1 ? "it counts" : "they count";
        log.warn(`Cannot change ${waiting} while the tracker runs: ${counts} from the next start`);
      }
      this.#waiting = waiting;
    } catch (error) {
      if (!(error instanceof SettingsError || error instanceof RangeError)) throw error;
      log.warn(`${error.message}. The settings stay as they were`);
    }
  }

  /** Does so if the config file has changed. Call it every few seconds. */
  async watch(): Promise<void> {
    if (await this.#file?.hasChanged()) this.now();
  }
}
