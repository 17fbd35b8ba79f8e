// Connection ids of UDP clients: proof that whoever asks can read what is sent to the address it asks from, so that nobody
// makes us send large answers to a victim. https://www.bittorrent.org/beps/bep_0015.html
//
// Nothing is kept: an id is a keyed hash over address and time, made anew to check it. Time counts in windows, and the id's
// lowest bit says whether its window's number is odd, so that one hash decides between this window and the one before.

import { sipHash } from "./sip_hash.ts";

/**
 * An id lives for one to two windows, five to ten minutes. BEP 15 asks for two minutes; clients that go on for longer with
 * one are many, and each refusal costs them and us a whole round.
 */
export const WINDOW_MS = 300_000;

/** Makes and checks ids. One `id` at a time: both methods leave what they computed there. */
export class ConnectionIds {
  /** The id that `make()` made: high word, low word. */
  readonly id: Uint32Array = new Uint32Array(2);
  readonly #key: Uint32Array;
  // An address of 4 or 16 bytes, and the number of a window.
  readonly #input = new Uint8Array(20);

  /** `key`: four random words. */
  constructor(key: Uint32Array) {
    this.#key = key;
  }

  /** Makes the id of an address, 4 or 16 bytes, at a time in milliseconds. */
  make(address: Uint8Array, now: number): void {
    this.#compute(address, Math.floor(now / WINDOW_MS));
  }

  /** Whether this is an id that was made for the address in this window or the one before. */
  isValid(high: number, low: number, address: Uint8Array, now: number): boolean {
    const current = Math.floor(now / WINDOW_MS);
    this.#compute(address, ((current ^ low) & 1) === 0 ? current : current - 1);
    return this.id[0] === high && this.id[1] === low;
  }

  #compute(address: Uint8Array, window: number): void {
    const input = this.#input;
    const { length } = address;
    for (let i = 0; i < length; i++) input[i] = address[i] as number;
    for (let i = 0; i < 4; i++) input[length + i] = window >>> (8 * i);
    sipHash(this.#key, input, length + 4, this.id);
    this.id[1] = ((this.id[1] as number) & ~1) | (window & 1);
  }
}
