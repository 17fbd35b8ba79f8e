// Redis or Valkey as a tracker's store: the link, and the swarms behind it. Loaded only by a tracker that is told to use it.

import type { SharedStore } from "../answers.ts";
import type { Tracker } from "../tracker.ts";
import { RedisLink } from "./redis_link.ts";
import { SECRET_BYTES, SharedSwarms } from "./shared_swarms.ts";
import { StoreClock } from "./store_clock.ts";

/** For the last word to the store. Nobody counts the seconds of a question any more by then. */
const LEAVE_MS = 1000;

/** What is given besides the tracker whose rules count. */
export interface RedisStoreOptions {
  /** Checked before. */
  url: string;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
  log: (line: string) => void;
  /** Numbers from 0 to 1, without 1. Default `Math.random`. */
  random?: () => number;
  /** Milliseconds between attempts to connect. Default 1000. */
  retryMs?: number;
  /** Default: one that follows the store. */
  clock?: StoreClock;
}

/** A store in use. */
export class RedisStore implements SharedStore, AsyncDisposable {
  readonly swarms: SharedSwarms;
  readonly link: RedisLink;
  readonly #now: () => number;

  private constructor(swarms: SharedSwarms, link: RedisLink, now: () => number) {
    this.swarms = swarms;
    this.link = link;
    this.#now = now;
  }

  /**
   * Begins to use a store, and resolves when the first attempt to connect has ended. One that can't be reached is no
   * error: it is tried again until it can, and announces are refused meanwhile.
   */
  static async open(tracker: Tracker, options: RedisStoreOptions): Promise<RedisStore> {
    const { log, now, random = Math.random, retryMs, url } = options;
    const clock = options.clock ?? new StoreClock(now);
    const link: RedisLink = new RedisLink({
      url,
      now,
      log,
      retryMs,
      greet: (run) => swarms.greet(run, now()),
    });
    const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
    const swarms: SharedSwarms = new SharedSwarms(tracker, {
      link,
      log,
      random,
      secret,
      clock,
    });
    await link.tried;
    return new RedisStore(swarms, link, now);
  }

  get trouble(): string | undefined {
    return this.link.isUp ? undefined : this.link.reason;
  }

  /** Call it once a second. */
  tick(now: number): void {
    this.link.sweep(now);
    void this.swarms.tick(now);
  }

  /** Takes its leave of the store, in a second at most, and ends the connection. Calling it again does nothing more. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, LEAVE_MS);
    await Promise.race([this.swarms.leave(this.#now()), late.promise]);
    clearTimeout(timer);
    await this.link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
