// Slows down who guesses at the admin token: after a few wrong ones an address has to wait, twice as long each time. An
// IPv6 address counts as its /64, the least that anybody is given. Bounded: the address that was wrong longest ago is
// forgotten first, so a flood of addresses can only forget its own. No clock.

import { toBinary } from "../protocol/mod.ts";

/** Wrong tokens that cost nothing: slips of the hand. */
const FREE = 4;
/** How long the first wait is, and the longest. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** After so long an address begins anew. */
const FORGET_MS = 15 * 60_000;
/** Addresses that are known at a time: some 2 MB. */
const MAX_ADDRESSES = 10_000;

interface Guesser {
  wrong: number;
  until: number;
  lastAt: number;
}

/** Who has shown wrong tokens of late. */
export class WrongTokens {
  /** By address, the one that was wrong last at the end. */
  readonly #guessers = new Map<string, Guesser>();

  /** Milliseconds for which no token of an address is looked at, 4 or 16 bytes; 0 for none. */
  wait(address: Uint8Array, now: number): number {
    const guesser = this.#guessers.get(keyOf(address));
    return guesser === undefined ? 0 : Math.max(0, guesser.until - now);
  }

  /** Notes a wrong token. */
  note(address: Uint8Array, now: number): void {
    const key = keyOf(address);
    const before = this.#guessers.get(key);
    const wrong = before === undefined || now - before.lastAt > FORGET_MS ? 1 : before.wrong + 1;
    const wait = wrong <= FREE ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (wrong - FREE - 1));
    this.#guessers.delete(key);
    this.#guessers.set(key, { wrong, until: now + wait, lastAt: now });
    if (this.#guessers.size <= MAX_ADDRESSES) return;
    const oldest = this.#guessers.keys().next();
    if (!oldest.done) this.#guessers.delete(oldest.value);
  }

  /** Forgets what an address has shown: its token was right. */
  forgive(address: Uint8Array): void {
    this.#guessers.delete(keyOf(address));
  }

  get size(): number {
    return this.#guessers.size;
  }
}

function keyOf(address: Uint8Array): string {
  return toBinary(address.length === 4 ? address : address.subarray(0, 8));
}
