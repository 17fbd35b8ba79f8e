// Shorthand for tests of stores that trackers share: a tracker on a real Redis, its log, announces.

import type { AnnounceAnswer } from "../../../protocol/mod.ts";
import type { TrackerRules } from "../../../tracker/options.ts";
import { Refusal } from "../../../tracker/refusal.ts";
import { RedisStore } from "../../../tracker/store/redis_store.ts";
import { StoreClock } from "../../../tracker/store/store_clock.ts";
import type { Tracker } from "../../../tracker/tracker.ts";
import { patiently } from "../../support/programs.ts";
import { seededRandom } from "../../support/random.ts";
import { addressOf, endpoints, newTracker, request, type Said } from "../announcing.ts";

/** What the store's clock shows when a test begins. */
const BEGIN = 1_800_000_000_000;

/** What happened to an announce. */
export type Outcome = { complete: number; incomplete: number; peers: string[] } | {
  refused: string;
  retryIn: unknown;
};

/** A tracker on a store. */
export class StoreTracker implements AsyncDisposable {
  readonly tracker: Tracker;
  readonly logged: string[] = [];
  #store: RedisStore | undefined;
  #wake = Promise.withResolvers<void>();

  private constructor(rules: TrackerRules, seed: number) {
    this.tracker = newTracker(rules, seed);
  }

  static async open(url: string, rules: TrackerRules = {}, seed = 1): Promise<StoreTracker> {
    const opened = new StoreTracker(rules, seed);
    opened.#store = await RedisStore.open(opened.tracker, {
      url,
      now: () => performance.now(),
      random: seededRandom(seed),
      clock: new StoreClock(BEGIN),
      retryMs: 20,
      log: (line) => {
        opened.logged.push(line);
        opened.#wake.resolve();
      },
    });
    return opened;
  }

  get store(): RedisStore {
    return this.#store as RedisStore;
  }

  /** Resolves when a line has been logged that holds a text, `from` so many lines on. */
  async logs(text: string, from = 0): Promise<void> {
    while (!this.logged.slice(from).some((line) => line.includes(text))) {
      this.#wake = Promise.withResolvers<void>();
      await patiently(this.#wake.promise, `a line with "${text}" after ${JSON.stringify(this.logged)}`);
    }
  }

  /** Announces, as over HTTP. */
  async announce(said: Said): Promise<Outcome> {
    try {
      return told(await this.store.swarms.announce(request(said), addressOf(said.at), said.now ?? 0));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { refused: error.message, retryIn: error.retryIn };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
  }
}

/** What an announce is answered while the store can't be used. */
export const AWAY: Outcome = { refused: "Tracker cannot reach its store", retryIn: 2 };

function told({ complete, incomplete, peers, peers6 }: AnnounceAnswer): Outcome {
  return { complete, incomplete, peers: [...endpoints(peers, 6), ...endpoints(peers6, 18)].sort() };
}
