// Two buffers for one connection: while one is being written to the socket, the other is filled with messages.
// There is no vectored socket write, so headers and blocks are laid one after the other and leave in one call.
// Knows neither sockets nor messages.

/** What a connection starts with, and what it goes back to when it has been quiet. */
const QUIET_BYTES = 4 * 1024;

/** The outgoing bytes of one connection. */
export class SendBuffer {
  #bytes = new Uint8Array(QUIET_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  /** The other buffer: being written, or empty and waiting for its turn. */
  #otherBytes = new Uint8Array(QUIET_BYTES);
  #otherView = new DataView(this.#otherBytes.buffer);

  /** Bytes that wait for the next `swap()`. */
  get used(): number {
    return this.#used;
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

  /** Hands out what was filled, to be written before the next `swap()`, and goes on filling the other buffer. */
  swap(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes;
    const view = this.#view;
    const filled = bytes.subarray(0, this.#used);
    this.#bytes = this.#otherBytes;
    this.#view = this.#otherView;
    this.#otherBytes = bytes;
    this.#otherView = view;
    this.#used = 0;
    return filled;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#used = 0;
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

  #grow(needed: number): void {
    let size = this.#bytes.length * 2;
    while (size < needed) size *= 2;
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
