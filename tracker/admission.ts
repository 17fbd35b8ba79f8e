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

/** Offers of one request, as many as clients make in an announce; and answers, since each offer gets one. */
const REQUEST_OFFERS = 10;

/** What stands before a tracker. */
export class Admission {
  /** Who may announce what. */
  readonly lists = new AccessLists();

  readonly #seed: number;
  #limiter: RateLimiter | undefined;
  #rules: CompleteRules;
  /** Made for the first answer. */
  #answers: RateLimiter | undefined;
  #minPort: number;
  #raises = 0;

  constructor(rules: CompleteRules, seed: number) {
    this.#seed = seed;
    this.#rules = rules;
    this.#minPort = rules.minPort;
    this.setRules(rules);
  }

  /** Takes other rules. All buckets are full again. */
  setRules(rules: CompleteRules): void {
    this.#rules = rules;
    if (rules.minPort > this.#minPort) this.#raises++;
    this.#minPort = rules.minPort;
    this.#limiter = rules.requestsPerSecond === 0 ? undefined : this.#newLimiter(1);
    this.#answers = undefined;
  }

  /**
   * Lets a request from an address pass, 4 or 16 bytes, with offers for peers in browsers where it has some.
   *
   * @throws {Refusal} if there were too many of late.
   */
  admit(from: Uint8Array, now: number, offers = 0): void {
    if (this.#limiter === undefined || isLocalAddress(from)) return;
    if (!this.#limiter.take(from, now, Math.max(1, Math.ceil(offers / REQUEST_OFFERS)))) throw limited();
  }

  /**
   * Lets an answer to an offer pass. They have buckets of their own: how many a browser sends is up to those that make it
   * offers, and must not cost it its announces.
   *
   * @throws {Refusal} if there were too many of late.
   */
  admitAnswer(from: Uint8Array, now: number): void {
    if (this.#limiter === undefined || isLocalAddress(from)) return;
    this.#answers ??= this.#newLimiter(REQUEST_OFFERS);
    if (!this.#answers.take(from, now)) throw limited();
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

  /** When it grows, peers that were let in may be denied. */
  get denials(): number {
    return this.lists.denials + this.#raises;
  }

  /** Whether a peer that listens at an address and port, 6 or 18 bytes, is refused, whatever its torrent. */
  deniesPeer(peerId: () => Uint8Array, endpoint: Uint8Array): boolean {
    const port = ((endpoint.at(-2) as number) << 8) | (endpoint.at(-1) as number);
    return port < this.#minPort || this.lists.deniesPeer(peerId, endpoint.subarray(0, -2));
  }

  #newLimiter(times: number): RateLimiter {
    const { requestBurst, requestsPerSecond } = this.#rules;
    return new RateLimiter({
      perSecond: times * requestsPerSecond,
      burst: times * requestBurst,
      seed: this.#seed,
    });
  }
}

function limited(): Refusal {
  return new Refusal("Too many requests from your address", "rate_limited", LIMITED_RETRY_MINUTES);
}
