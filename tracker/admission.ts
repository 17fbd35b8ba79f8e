// Whose requests are answered at all: not of addresses that ask too often, nor of those, or for those, that the lists
// name. Looked at before anything is done. What a request that passes does is tracker.ts's business.

import type { AnnounceRequest } from "../protocol/mod.ts";
import { AccessLists } from "./access_lists.ts";
import { isLocalAddress } from "./client_address.ts";
import type { CompleteRules } from "./options.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { Refusal } from "./refusal.ts";

/** When who has asked too often shall come back (BEP 31). The unit is minutes, and its bucket is full again in less. */
const LIMITED_RETRY_MINUTES = 1;

/** What stands before a tracker. */
export class Admission {
  /** Who may announce what. */
  readonly lists = new AccessLists();

  readonly #seed: number;
  #limiter: RateLimiter | undefined;
  #minPort = 0;

  constructor(rules: CompleteRules, seed: number) {
    this.#seed = seed;
    this.setRules(rules);
  }

  /** Takes other rules. All buckets are full again. */
  setRules({ minPort, requestBurst, requestsPerSecond }: CompleteRules): void {
    this.#minPort = minPort;
    this.#limiter = requestsPerSecond === 0
      ? undefined
      : new RateLimiter({ perSecond: requestsPerSecond, burst: requestBurst, seed: this.#seed });
  }

  /**
   * Lets a request from an address pass, 4 or 16 bytes.
   *
   * @throws {Refusal} if there were too many of late.
   */
  admit(from: Uint8Array, now: number): void {
    if (this.#limiter === undefined || isLocalAddress(from) || this.#limiter.take(from, now)) return;
    throw new Refusal("Too many requests from your address", "rate_limited", LIMITED_RETRY_MINUTES);
  }

  /**
   * Lets an announce pass.
   *
   * @throws {Refusal} if it may not be answered.
   */
  admitAnnounce({ infoHash, peerId, port }: AnnounceRequest, from: Uint8Array, now: number): void {
    this.admit(from, now);
    this.lists.check(infoHash, peerId, from);
    if (port >= this.#minPort) return;
    throw new Refusal(`Your port is not allowed here: must be ${this.#minPort} or higher`, "port_denied");
  }
}
