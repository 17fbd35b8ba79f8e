// Memory that the network thread and the disk threads see, for all torrents of a client. What one has no use for any more
// the next one gets. It can't be left to the collector, which doesn't count shared memory: nothing makes it run, on either
// side, and torrents that came and went left their buffers behind.

/** Bytes that nobody uses and that are kept all the same: more than one torrent has by itself. */
const MAX_FREE_BYTES = 64 * 1024 * 1024;

/** Pieces of shared memory, lent and given back. */
export class SharedMemory {
  readonly #onDrop: (memory: SharedArrayBuffer) => void;
  readonly #maxFreeBytes: number;
  /** Longest unused first. */
  readonly #free: SharedArrayBuffer[] = [];
  #freeBytes = 0;

  /** `onDrop` is called for memory that is not to be used again. */
  constructor(onDrop: (memory: SharedArrayBuffer) => void = () => {}, maxFreeBytes: number = MAX_FREE_BYTES) {
    this.#onDrop = onDrop;
    this.#maxFreeBytes = maxFreeBytes;
  }

  /** Memory of just so many bytes, with undefined content. */
  take(bytes: number): SharedArrayBuffer {
    const place = this.#free.findLastIndex((memory) => memory.byteLength === bytes);
    if (place < 0) return new SharedArrayBuffer(bytes);
    this.#freeBytes -= bytes;
    return this.#free.splice(place, 1)[0] as SharedArrayBuffer;
  }

  /** Takes memory back that no thread and no connection reads or writes any more. */
  give(memory: SharedArrayBuffer): void {
    this.#free.push(memory);
    this.#freeBytes += memory.byteLength;
    while (this.#freeBytes > this.#maxFreeBytes) this.#drop(this.#free.shift() as SharedArrayBuffer);
  }

  #drop(memory: SharedArrayBuffer): void {
    this.#freeBytes -= memory.byteLength;
    this.#onDrop(memory);
  }
}
