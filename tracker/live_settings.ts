// Limits and intervals that can change while the tracker runs. What is changed on the page counts more than what the program
// was started with, and is kept; taken back, the latter counts again.

import type { Setting, SettingName, SettingsChange } from "./admin_api.ts";
import { type CompleteRules, completeRules, LIMITS, type LiveRules } from "./options.ts";

/** Those that there are, in the order of the page. */
const UNITS: Record<SettingName, Setting["unit"]> = {
  intervalSeconds: "seconds",
  minIntervalSeconds: "seconds",
  maxPeers: "peers",
  maxSwarms: "swarms",
  maxSwarmPeers: "peers",
  minPort: "port",
  requestsPerSecond: "requests",
  requestBurst: "requests",
};
const NAMES = Object.keys(UNITS) as SettingName[];

/** Whose rules they are. */
export interface Ruled {
  readonly rules: CompleteRules;
  /** Takes other rules; throws a RangeError if they can't be. */
  setRules(rules: LiveRules): void;
}

/** Keeps what was changed. */
export interface RuleStore {
  rules(): Map<string, number>;
  saveRules(rules: ReadonlyMap<string, number>): void;
}

/** A change that can't be made. The message is for the operator. */
export class SettingError extends Error {
  override name = "SettingError";
}

/** The settings of one tracker. */
export class LiveSettings {
  readonly #tracker: Ruled;
  readonly #store: RuleStore;
  readonly #given: LiveRules;
  /** What the program has read last. */
  #original: LiveRules;
  #changed: ReadonlyMap<SettingName, number>;

  /** Puts into force what is kept. */
  constructor(
    tracker: Ruled,
    { given, live, log, store }: {
      /** Rules that the tracker was made with, and those that count more since. */
      given: LiveRules;
      live: LiveRules;
      store: RuleStore;
      log: (line: string) => void;
    },
  ) {
    this.#tracker = tracker;
    this.#store = store;
    this.#given = given;
    this.#original = live;
    const kept = [...store.rules()].filter((each): each is [SettingName, number] => isName(each[0]));
    this.#changed = new Map(kept);
    if (kept.length === 0) return;
    try {
      this.#apply(this.#original, this.#changed);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // The flags have changed meanwhile so that the two don't go together: what was typed last counts.
      log(`${error.message}. What was changed on the admin page doesn't count any more`);
      this.#changed = new Map();
    }
  }

  /**
   * Takes what the program has read anew.
   *
   * @throws {RangeError} if it can't be, with what was changed on the page: then nothing changes.
   */
  reload(rules: LiveRules): void {
    // They must also do by themselves: what was changed on the page may be taken back.
    completeRules({ ...this.#given, ...rules });
    this.#apply(rules, this.#changed);
    this.#original = rules;
  }

  all(): Setting[] {
    const original = completeRules({ ...this.#given, ...this.#original });
    return NAMES.map((name) => {
      const [least = 0, most = Infinity] = LIMITS[name] ?? [];
      const value = this.#tracker.rules[name];
      return {
        ...{ name, value, original: original[name], least, most },
        unit: UNITS[name],
        changed: this.#changed.has(name),
      };
    });
  }

  /**
   * Changes settings: all that are named, or none. Returns what each came to, in words.
   *
   * @throws {SettingError} if one can't be.
   */
  change(change: SettingsChange): { name: SettingName; from: number; to: number }[] {
    const before = this.#tracker.rules;
    const changed = new Map(this.#changed);
    for (const [name, value] of Object.entries(change)) {
      if (!isName(name)) {
        throw new SettingError(`Cannot set ${JSON.stringify(name)}: there is no such setting`);
      }
      if (value === null) changed.delete(name);
      else changed.set(name, value);
    }
    try {
      this.#apply(this.#original, changed);
    } catch (error) {
      if (error instanceof RangeError) throw new SettingError(error.message, { cause: error });
      throw error;
    }
    try {
      this.#store.saveRules(changed);
    } catch (error) {
      // What can't be kept doesn't count either.
      this.#apply(this.#original, this.#changed);
      throw error;
    }
    this.#changed = changed;
    const names = Object.keys(change) as SettingName[];
    return names.map((name) => ({ name, from: before[name], to: this.#tracker.rules[name] }));
  }

  #apply(original: LiveRules, changed: ReadonlyMap<SettingName, number>): void {
    this.#tracker.setRules({ ...original, ...Object.fromEntries(changed) });
  }
}

function isName(name: string): name is SettingName {
  return Object.hasOwn(UNITS, name);
}
