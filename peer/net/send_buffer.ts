// Two buffers for one connection: while one is being written to the socket, the other is filled with messages.
// There is no vectored socket write, so headers and blocks are laid one after the other and leave in one call. What is
// lent to it (ports.ts) stays where it is, and leaves from there in its turn. Knows neither sockets nor messages.

import type { Lease, LentMessages } from "../engine/ports.ts";

/** What a connection starts with, and what it goes back to when it has been quiet. */
const QUIET_BYTES = 4 * 1024;

/** Bytes that leave in one go. */
export interface Part {
  bytes: Uint8Array;
  /** To be ended when they have left; undefined if they are our own. */
  lease: Lease | undefined;
}

type LentBytes = Omit<LentMessages, "count">;

/** Lent messages side by side, and how many of our own bytes leave before them. */
interface Lent extends LentBytes {
  after: number;
}

/** The outgoing bytes of one connection. */
export class SendBuffer {
  #bytes = new Uint8Array(QUIET_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #lent: Lent[] = [];
  #lentBytes = 0;
  /** The other buffer: being written, or empty and waiting for its turn. */
  #otherBytes = new Uint8Array(QUIET_BYTES);
  #otherView = new DataView(this.#otherBytes.buffer);

  /** Bytes that wait for the next `swap()`. */
  get waiting(): number {
    return this.#used + this.#lentBytes;
  }

  /** The buffer being filled. Ask again after each `reserve()`: growing replaces it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** The same memory, for integers. */
  get view(): DataView<ArrayBuffer> {
    return this.#view;
  }

  /** Makes place for `length` more bytes and returns where they go. */
  reserve(length: number): number {
    const at = this.#used;
    if (at + length > this.#bytes.length) this.#grow(at + length);
    this.#used = at + length;
    return at;
  }

  /** Takes messages that lie elsewhere. */
  lend({ lease, from, to }: LentBytes): void {
    this.#lentBytes += to - from;
    const last = this.#lent.at(-1);
    if (last?.lease === lease && last.to === from && last.after === this.#used) {
      last.to = to;
      lease.end(); // the one that began the row holds the memory
    } else {
      this.#lent.push({ lease, from, to, after: this.#used });
    }
  }

  /**
   * Hands out what waits, to be written in this order before the next `swap()`, and goes on filling the other buffer. Who
   * takes it ends the leases.
   */
  swap(): Part[] {
    const filled = this.#bytes.subarray(0, this.#used);
    const parts: Part[] = [];
    let done = 0;
    const own = (end: number): void => {
      if (end > done) parts.push({ bytes: filled.subarray(done, end), lease: undefined });
      done = end;
    };
    for (const { lease, from, to, after } of this.#lent) {
      own(after);
      parts.push({ bytes: lease.messages.subarray(from, to), lease });
    }
    own(filled.length);
    [this.#bytes, this.#otherBytes] = [this.#otherBytes, this.#bytes];
    [this.#view, this.#otherView] = [this.#otherView, this.#view];
    this.#empty();
    return parts;
  }

  /** Forgets what waits. */
  clear(): void {
    for (const { lease } of this.#lent) lease.end();
    this.#empty();
  }

  /** Gives the memory of a busy time back. Only while nothing waits and nothing is being written. */
  shrink(): void {
    if (this.#bytes.length > QUIET_BYTES) {
      this.#bytes = new Uint8Array(QUIET_BYTES);
      this.#view = new DataView(this.#bytes.buffer);
    }
    if (this.#otherBytes.length > QUIET_BYTES) {
      this.#otherBytes = new Uint8Array(QUIET_BYTES);
      this.#otherView = new DataView(this.#otherBytes.buffer);
    }
  }

  #empty(): void {
    this.#used = 0;
    this.#lentBytes = 0;
    if (this.#lent.length > 0) this.#lent = [];
  }

  #grow(needed: number): void {
    let size = this.#bytes.length * 2;
    while (size < needed) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
