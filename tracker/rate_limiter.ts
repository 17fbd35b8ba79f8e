// How often one address may ask: a bucket of tokens for each, filled at a steady rate, emptied by one with most requests.
// All of them lie in typed arrays of a fixed size. Where two addresses meet in a place and it has no room, the fuller
// bucket is forgotten: its owner begins anew with a full one, so a flood of addresses makes the limit milder for some,
// and never harder for anybody. An IPv6 address counts as its /64, the least that anybody is given. No clock.

import { finish, mix } from "./hash.ts";

/** Buckets: those of 65,536 addresses are known at a time, in 1 MiB. */
const PLACES = 1 << 16;
/** Places where an address's bucket may be. */
const WAYS = 4;

/** The buckets of one tracker. */
export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #seed: number;
  /** Whose bucket it is: a hash, 0 for nobody's. Two addresses with one hash share a bucket, one pair in a billion. */
  readonly #owners = new Uint32Array(PLACES);
  readonly #tokens = new Float32Array(PLACES);
  readonly #filledAt = new Float64Array(PLACES);

  /** `perSecond` requests on the average, `burst` of them at once. */
  constructor({ burst, perSecond, seed }: { perSecond: number; burst: number; seed: number }) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#seed = seed;
  }

  /** Takes tokens out of an address's bucket, 4 or 16 bytes; a full one's are always enough. False if it has too few. */
  take(address: Uint8Array, now: number, wanted = 1): boolean {
    const cost = Math.min(wanted, this.#burst);
    const owner = hashAddress(this.#seed, address);
    const place = this.#find(owner, now);
    const tokens = Math.min(
      this.#burst,
      (this.#tokens[place] as number) + (now - (this.#filledAt[place] as number)) * this.#perMs,
    );
    this.#filledAt[place] = now;
    this.#tokens[place] = tokens < cost ? tokens : tokens - cost;
    return tokens >= cost;
  }

  /** The place of an owner's bucket, made full where it isn't known. */
  #find(owner: number, now: number): number {
    const first = (owner >>> 8) & (PLACES - WAYS);
    let fullest = first;
    let most = -1;
    for (let place = first; place < first + WAYS; place++) {
      const other = this.#owners[place] as number;
      if (other === owner) return place;
      const tokens = other === 0
        ? Infinity
        : (this.#tokens[place] as number) + (now - (this.#filledAt[place] as number)) * this.#perMs;
      if (tokens > most) {
        most = tokens;
        fullest = place;
      }
    }
    this.#owners[fullest] = owner;
    this.#tokens[fullest] = this.#burst;
    this.#filledAt[fullest] = now;
    return fullest;
  }
}

function hashAddress(seed: number, address: Uint8Array): number {
  const bytes = address.length === 4 ? 4 : 8;
  let hash = seed ^ bytes;
  for (let i = 0; i < bytes; i += 4) {
    hash = mix(
      hash,
      ((address[i] as number) << 24) | ((address[i + 1] as number) << 16) |
        ((address[i + 2] as number) << 8) |
        (address[i + 3] as number),
    );
  }
  return finish(hash) || 1;
}
