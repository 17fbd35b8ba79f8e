// Lets blocks leave in slices where the limit on uploads is so small that a whole one would be seconds' worth of bytes: the
// rate is then exact over a second, not over a block. Nothing can overtake a message that has begun, so whatever else is to
// be said takes the rest of the block with it at once; what is sent too early so is owed, as with whole blocks.

import { PIECE_HEADER_LENGTH, writePieceHeader } from "../../protocol/messages.ts";
import type { Throttle } from "./throttle.ts";

/** Messages of more than this part of a second's bytes are sliced. */
const PART_OF_SECOND = 1 / 2;

/** One connection's. */
export class BlockSlicer {
  readonly #throttle: Throttle;
  readonly #append: (bytes: Uint8Array) => void;
  /** The message under way, and how much of it has left. */
  #message: Uint8Array<ArrayBuffer> | undefined;
  #sent = 0;

  /** `append` puts bytes behind those that wait to be sent. */
  constructor(throttle: Throttle, append: (bytes: Uint8Array) => void) {
    this.#throttle = throttle;
    this.#append = append;
  }

  /** A block is under way: another one has to wait. */
  get isBusy(): boolean {
    return this.#message !== undefined;
  }

  /** Whether a block of so many bytes has to leave in slices. */
  slices(length: number): boolean {
    return PIECE_HEADER_LENGTH + length > this.#throttle.rate * PART_OF_SECOND;
  }

  /** Takes a piece message: the place for its block, to be filled before next(). Undefined if it should leave whole. */
  begin(index: number, begin: number, length: number): Uint8Array | undefined {
    if (!this.slices(length)) return undefined;
    this.end();
    const message = this.#message = new Uint8Array(PIECE_HEADER_LENGTH + length);
    this.#sent = 0;
    writePieceHeader(new DataView(message.buffer), 0, index, begin, length);
    return message.subarray(PIECE_HEADER_LENGTH);
  }

  /** Appends what may leave now. If that isn't all, a turn of the throttle will come. */
  next(): void {
    const message = this.#message;
    if (message === undefined) return;
    for (let length = 1; length > 0 && this.#sent < message.length;) {
      length = this.#throttle.takeSlice(message.length - this.#sent);
      if (length > 0) this.#pass(message, length);
    }
    if (this.#sent === message.length) this.drop();
  }

  /** Appends all that is left, whether or not it may pass: something else is to follow. */
  end(): void {
    const message = this.#message;
    if (message === undefined) return;
    const left = message.length - this.#sent;
    this.#throttle.take(left);
    this.drop();
    this.#pass(message, left);
  }

  /** Forgets what has not left. */
  drop(): void {
    this.#message = undefined;
  }

  #pass(message: Uint8Array, length: number): void {
    const from = this.#sent;
    this.#sent += length;
    this.#append(message.subarray(from, this.#sent));
  }
}
