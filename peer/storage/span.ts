// One span of a piece in the read cache: what it is of, who waits for it, and who is sending from it.

import { copyFromShared } from "../../protocol/bytes.ts";
import { PIECE_HEADER_LENGTH } from "../../protocol/messages.ts";
import type { Lease, LentMessages } from "../engine/ports.ts";
import { blockParts } from "./span_messages.ts";

/** Which part of which piece. */
export interface SpanPlace {
  key: number;
  index: number;
  begin: number;
  length: number;
  /** Bytes of the blocks that it is cut into. */
  blockLength: number;
}

/** Its blocks lie as piece messages (span_messages.ts). */
export class Span implements Lease {
  readonly key: number;
  readonly index: number;
  readonly begin: number;
  readonly length: number;
  readonly blockLength: number;
  /** Its messages; undefined until it has been read. */
  held: Uint8Array<SharedArrayBuffer> | undefined;
  lastUsed = 0;
  /** Read, or to be read, before anybody wants it. */
  isAhead = false;
  /** A Set: a peer that asks again with the same function waits once. */
  readonly waiting: Set<() => void> = new Set();
  readonly #onReturn: (span: Span) => void;
  #leases = 0;

  /** `onReturn` is called when nobody sends from it any more. */
  constructor({ key, index, begin, length, blockLength }: SpanPlace, onReturn: (span: Span) => void) {
    this.key = key;
    this.index = index;
    this.begin = begin;
    this.length = length;
    this.blockLength = blockLength;
    this.#onReturn = onReturn;
  }

  get messages(): Uint8Array {
    if (this.held === undefined) {
      throw new Error(`Cannot lend a span of piece ${this.index}: it was not read`);
    }
    return this.held;
  }

  /** While somebody sends from it its memory must stay as it is. */
  get isLent(): boolean {
    return this.#leases > 0;
  }

  /**
   * The message with just this block, and those behind it with blocks of the same length, `most` in all. Undefined if there is
   * none: the block is not one of those that it is cut into.
   */
  lend(begin: number, length: number, most: number): LentMessages | undefined {
    const { blockLength } = this;
    const at = begin - this.begin;
    if (at % blockLength !== 0 || length !== Math.min(blockLength, this.length - at)) return undefined;
    const count = Math.min(most, Math.floor((this.length - at) / length));
    const from = at + at / blockLength * PIECE_HEADER_LENGTH;
    this.#leases++;
    return { lease: this, from, to: from + count * (PIECE_HEADER_LENGTH + length), count };
  }

  end(): void {
    if (--this.#leases === 0) this.#onReturn(this);
  }

  /** Copies bytes from `begin` of the piece, wherever blocks begin. */
  copy(begin: number, into: Uint8Array): void {
    let done = 0;
    for (const { place, length } of blockParts(begin - this.begin, into.length, this.blockLength)) {
      copyFromShared(this.messages.subarray(place, place + length), into, done);
      done += length;
    }
  }
}
