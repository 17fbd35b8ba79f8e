// Blocks that go to their place in a piece's buffer as they are read from the socket. A buffer may be given back meanwhile:
// its piece goes on in another or is not wanted any more, or the torrent ends. It then goes to the pool when nothing is written
// into it any more.

import type { Landing } from "../../protocol/message_decoder.ts";
import { BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { Peer } from "./peer.ts";
import type { BufferPool } from "./ports.ts";

/** A pool with buffers into which the network writes. */
export class Landings implements BufferPool {
  readonly #pool: BufferPool;
  /** By memory, how many blocks are under way into it. */
  readonly #counts = new Map<ArrayBufferLike, number>();
  /** Given back too early. */
  readonly #left = new Map<ArrayBufferLike, Uint8Array>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  take(length: number): Uint8Array | undefined {
    return this.#pool.take(length);
  }

  give(buffer: Uint8Array): void {
    if (this.#counts.has(buffer.buffer)) this.#left.set(buffer.buffer, buffer);
    else this.#pool.give(buffer);
  }

  /**
   * The place in a piece, whose buffer was taken here, of `length` bytes at `begin` that have begun to come from `peer`. Undefined
   * unless they are whole blocks that it is asked for, and nobody else. The peer's `landing` tells from now on how that goes.
   */
  begin(
    partial: PartialPiece,
    peer: Peer,
    { begin, length }: { begin: number; length: number },
    now: () => number,
  ): Landing | undefined {
    const { buffer, index } = partial;
    const end = begin + length;
    const isWhole = begin % BLOCK_LENGTH === 0 && length > 0 &&
      (end === buffer.length || (end < buffer.length && length % BLOCK_LENGTH === 0));
    if (!isWhole || (partial.soleSource !== undefined && partial.soleSource !== peer)) return undefined;
    if (!partial.land(begin / BLOCK_LENGTH, Math.ceil(length / BLOCK_LENGTH), peer)) return undefined;
    const memory = buffer.buffer;
    this.#counts.set(memory, (this.#counts.get(memory) ?? 0) + 1);
    const beganAt = now();
    const progress = peer.landing = { index, begin, length, beganAt, at: beganAt };
    let next = BLOCK_LENGTH;
    return {
      bytes: buffer.subarray(begin, end),
      onRead: (landed) => {
        if (landed < next) return;
        next = landed - landed % BLOCK_LENGTH + BLOCK_LENGTH;
        progress.at = now();
      },
      end: () => this.#end(memory),
    };
  }

  /**
   * Lets a piece go on in another buffer, so that others can be asked for what lands in this one: a place that the network
   * writes to can't be taken back. A block that has landed there is copied, if it comes first. Nothing if no buffer is free.
   */
  leave(partial: PartialPiece): void {
    const buffer = this.take(partial.buffer.length);
    if (buffer !== undefined) this.give(partial.moveTo(buffer));
  }

  #end(memory: ArrayBufferLike): void {
    const count = (this.#counts.get(memory) as number) - 1;
    if (count > 0) {
      this.#counts.set(memory, count);
      return;
    }
    this.#counts.delete(memory);
    const buffer = this.#left.get(memory);
    if (buffer === undefined) return;
    this.#left.delete(memory);
    this.#pool.give(buffer);
  }
}
