// A client's limits and those of its torrents, and the timer that refills their budgets: only while there is a limit and
// somebody to whom it applies.

import { SharedThrottle, Throttle } from "./throttle.ts";

/** Time between two refills. */
const REFILL_MS = 50;

/** Limits on what passes between us and peers, in bytes a second. Blocks and their headers count. */
export interface RateLimits {
  /** From all peers together. 0 or Infinity: none. Left out: as it is; at first none. */
  downloadLimit?: number;
  /** To all peers together. 0 or Infinity: none. Left out: as it is; at first none. */
  uploadLimit?: number;
}

/**
 * Both directions of one torrent.
 *
 * @internal
 */
export class TorrentLimits {
  /** What comes from peers. */
  readonly down: Throttle;
  /** What goes to peers. */
  readonly up: Throttle;

  /** Under the client's limits. */
  constructor(down: SharedThrottle, up: SharedThrottle) {
    this.down = new Throttle(down);
    this.up = new Throttle(up);
  }

  /** @throws {RangeError} if one is below 0 or no number */
  set(limits: RateLimits): void {
    setLimits(this, limits);
  }
}

/**
 * Both directions of a client.
 *
 * @internal
 */
export class RateLimiter {
  readonly #down = new SharedThrottle(() => this.#arrange());
  readonly #up = new SharedThrottle(() => this.#arrange());
  #timer: ReturnType<typeof setInterval> | undefined;
  #refilledAt = 0;

  /** @throws {RangeError} if one is below 0 or no number */
  set(limits: RateLimits): void {
    setLimits({ down: this.#down, up: this.#up }, limits);
  }

  /** For one more torrent. */
  forTorrent(): TorrentLimits {
    return new TorrentLimits(this.#down, this.#up);
  }

  #arrange(): void {
    const isNeeded = this.#down.isNeeded || this.#up.isNeeded;
    if (isNeeded === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!isNeeded) return;
    this.#refilledAt = performance.now();
    this.#timer = setInterval(() => this.#refill(performance.now()), REFILL_MS);
  }

  #refill(now: number): void {
    const ms = now - this.#refilledAt;
    this.#refilledAt = now;
    this.#down.refill(ms);
    this.#up.refill(ms);
  }
}

function setLimits(
  { down, up }: { down: SharedThrottle | Throttle; up: SharedThrottle | Throttle },
  { downloadLimit, uploadLimit }: RateLimits,
): void {
  const [downRate, upRate] = [rateOf(downloadLimit, "downloadLimit"), rateOf(uploadLimit, "uploadLimit")];
  if (downRate !== undefined) down.limit(downRate);
  if (upRate !== undefined) up.limit(upRate);
}

function rateOf(limit: number | undefined, name: string): number | undefined {
  if (limit === undefined) return undefined;
  if (!(limit >= 0)) throw new RangeError(`Cannot limit the rate: ${name} must be 0 or more: got ${limit}`);
  return limit === 0 ? Infinity : limit;
}
