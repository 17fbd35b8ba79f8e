// The piece buffers of the client. No buffer free, no new piece begun: this is all the back-pressure there is
// between the sockets and the disk.
//
// Buffers are made when first wanted and kept while the torrent has peers: a new one for each piece would make the collector the
// bottleneck. They lie in shared memory, so that a disk thread works on a piece where it is: handing the memory over
// and back cost 40 µs a piece, and made two objects for the collector each time.

import type { BufferPool } from "../engine/ports.ts";
import { SharedMemory } from "./shared_memory.ts";

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
  /** Where they come from, and go to. Default: its own. */
  memory?: SharedMemory;
}

/** A bounded set of reusable buffers. Torrents with pieces of different lengths may share one. */
export class FixedBufferPool implements BufferPool {
  readonly #maxBytes: number;
  readonly #minBuffers: number;
  readonly #maxBuffers: number;
  readonly #pieceLength: number;
  readonly #memory: SharedMemory;
  // Last in, first out: the buffer given back last is the one still in the processor's cache.
  readonly #free: SharedArrayBuffer[] = [];
  readonly #lent = new Set<ArrayBufferLike>();
  #bytes = 0;
  #isClosed = false;

  constructor(options: FixedBufferPoolOptions = {}) {
    this.#maxBytes = options.maxBytes ?? 32 * 1024 * 1024;
    this.#minBuffers = options.minBuffers ?? 4;
    this.#maxBuffers = options.maxBuffers ?? Infinity;
    this.#pieceLength = options.pieceLength ?? 0;
    this.#memory = options.memory ?? new SharedMemory();
  }

  /** Bytes in all buffers, lent and free. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Buffers lent and not yet given back. */
  get lent(): number {
    return this.#lent.size;
  }

  take(length: number): Uint8Array | undefined {
    const memory = this.#reuse(length) ?? this.#make(length);
    if (!memory) return undefined;
    this.#lent.add(memory);
    return new Uint8Array(memory, 0, length);
  }

  give(buffer: Uint8Array): void {
    const memory = buffer.buffer;
    if (!this.#lent.delete(memory)) throw new Error("Cannot give a buffer back: it isn't lent");
    this.#free.push(memory as SharedArrayBuffer);
    if (this.#isClosed) this.trim();
  }

  /** Frees the buffers that nobody has. */
  trim(): void {
    for (const memory of this.#free.splice(0)) this.#release(memory);
  }

  /** Frees them all, those that are lent when they are given back. */
  close(): void {
    this.#isClosed = true;
    this.trim();
  }

  #release(memory: SharedArrayBuffer): void {
    this.#bytes -= memory.byteLength;
    this.#memory.give(memory);
  }

  #reuse(length: number): SharedArrayBuffer | undefined {
    for (let i = this.#free.length - 1; i >= 0; i--) {
      const memory = this.#free[i] as SharedArrayBuffer;
      if (memory.byteLength < length) continue;
      this.#free.splice(i, 1);
      return memory;
    }
    return undefined;
  }

  #make(length: number): SharedArrayBuffer | undefined {
    const wanted = Math.max(length, this.#pieceLength);
    // Free buffers that are too short (of another torrent) make way before the answer is no.
    while (!this.#fits(wanted)) {
      const tooShort = this.#free.shift();
      if (!tooShort) return undefined;
      this.#release(tooShort);
    }
    this.#bytes += wanted;
    return this.#memory.take(wanted);
  }

  #fits(length: number): boolean {
    const buffers = this.#lent.size + this.#free.length;
    if (buffers >= this.#maxBuffers) return false;
    return buffers < this.#minBuffers || this.#bytes + length <= this.#maxBytes;
  }
}
