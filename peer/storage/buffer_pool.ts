// The piece buffers of the client. No buffer free, no new piece begun: this is all the back-pressure there is
// between the sockets and the disk.
//
// Buffers are made when first wanted and kept for good: a new one for each piece would make the collector the
// bottleneck. One that travels to a Worker and back is another ArrayBuffer over the same memory, so the pool
// counts what it lent and does not remember which.

import type { BufferPool } from "../engine/ports.ts";

/** How much memory the pieces under way may take. */
export interface FixedBufferPoolOptions {
  /** Bytes in all buffers together. Default 32 MiB. */
  maxBytes?: number;
  /** Buffers that exist even where `maxBytes` would forbid them, so that very large pieces work. Default 4. */
  minBuffers?: number;
  /** Default: as many as `maxBytes` allows. */
  maxBuffers?: number;
  /** Bytes of the shortest buffer made, so that one made for the short last piece serves all. Default: what is asked for. */
  pieceLength?: number;
}

/** A bounded set of reusable buffers. Torrents with pieces of different lengths may share one. */
export class FixedBufferPool implements BufferPool {
  readonly #maxBytes: number;
  readonly #minBuffers: number;
  readonly #maxBuffers: number;
  readonly #pieceLength: number;
  // Last in, first out: the buffer given back last is the one still in the processor's cache.
  readonly #free: ArrayBufferLike[] = [];
  readonly #isFree = new WeakSet<ArrayBufferLike>();
  readonly #lengthOfLent = new WeakMap<ArrayBufferLike, number>();
  #buffers = 0;
  #bytes = 0;

  constructor(options: FixedBufferPoolOptions = {}) {
    this.#maxBytes = options.maxBytes ?? 32 * 1024 * 1024;
    this.#minBuffers = options.minBuffers ?? 4;
    this.#maxBuffers = options.maxBuffers ?? Infinity;
    this.#pieceLength = options.pieceLength ?? 0;
  }

  /** Bytes in all buffers, lent and free. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Buffers lent and not yet given back. */
  get lent(): number {
    return this.#buffers - this.#free.length;
  }

  take(length: number): Uint8Array | undefined {
    const memory = this.#reuse(length) ?? this.#make(length);
    if (!memory) return undefined;
    this.#lengthOfLent.set(memory, memory.byteLength);
    return new Uint8Array(memory, 0, length);
  }

  /**
   * Gives back what `take()` or `finish()` handed out. A buffer that was lost on the way (the write failed in the
   * Worker, and what the caller still holds is detached) is given back too: its place becomes free again.
   */
  give(buffer: Uint8Array): void {
    const memory = buffer.buffer;
    if (this.lent === 0 || this.#isFree.has(memory)) {
      throw new Error("Cannot give a buffer back: it is in the pool already");
    }
    if (memory.byteLength === 0) {
      this.#bytes -= this.#lengthOfLent.get(memory) ?? 0;
      this.#lengthOfLent.delete(memory);
      this.#buffers--;
      return;
    }
    this.#free.push(memory);
    this.#isFree.add(memory);
  }

  #reuse(length: number): ArrayBufferLike | undefined {
    for (let i = this.#free.length - 1; i >= 0; i--) {
      const memory = this.#free[i] as ArrayBufferLike;
      if (memory.byteLength < length) continue;
      this.#free.splice(i, 1);
      this.#isFree.delete(memory);
      return memory;
    }
    return undefined;
  }

  #make(length: number): ArrayBufferLike | undefined {
    const wanted = Math.max(length, this.#pieceLength);
    // Free buffers that are too short (of another torrent) make way before the answer is no.
    while (!this.#fits(wanted)) {
      const tooShort = this.#free.shift();
      if (!tooShort) return undefined;
      this.#isFree.delete(tooShort);
      this.#bytes -= tooShort.byteLength;
      this.#buffers--;
    }
    this.#buffers++;
    this.#bytes += wanted;
    return new ArrayBuffer(wanted);
  }

  #fits(length: number): boolean {
    if (this.#buffers >= this.#maxBuffers) return false;
    return this.#buffers < this.#minBuffers || this.#bytes + length <= this.#maxBytes;
  }
}
