// Two ends of a connection in memory, without a socket or a clock: when both ends wait for the other, or one is closed,
// whoever reads is told that the other has hung up.

/** What may happen to the bytes on the way. */
export interface MemoryConnOptions {
  /** Changes what one end has written before the other gets it. */
  spoil?: (bytes: Uint8Array) => Uint8Array;
  /** The most that one read gives. Default: all there is. */
  mostPerRead?: number;
}

class MemoryConn {
  other!: MemoryConn;
  readonly #options: MemoryConnOptions;
  #queue: Uint8Array[] = [];
  #waiting: (() => void) | undefined;
  #isHungUp = false;
  #isClosed = false;

  constructor(options: MemoryConnOptions) {
    this.#options = options;
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#queue.length === 0 && !this.#isHungUp) {
      if (this.other.#waiting !== undefined) this.#hangUp();
      else await new Promise<void>((resolve) => this.#waiting = resolve);
    }
    if (this.#isClosed) throw new Deno.errors.BadResource("closed");
    const first = this.#queue[0];
    if (first === undefined) return null;
    const part = first.subarray(0, Math.min(into.length, this.#options.mostPerRead ?? Infinity));
    into.set(part);
    if (part.length === first.length) this.#queue.shift();
    else this.#queue[0] = first.subarray(part.length);
    return part.length;
  }

  // deno-lint-ignore require-await -- as a socket's, it is a promise
  async write(bytes: Uint8Array): Promise<number> {
    if (this.#isClosed) throw new Deno.errors.BadResource("closed");
    const arriving = this.#options.spoil?.(bytes) ?? bytes.slice();
    if (arriving.length > 0) this.other.#queue.push(arriving);
    this.other.#wake();
    return bytes.length;
  }

  close(): void {
    if (this.#isClosed) throw new Deno.errors.BadResource("closed");
    this.#isClosed = true;
    this.#hangUp();
  }

  #hangUp(): void {
    for (const end of [this, this.other]) {
      end.#isHungUp = true;
      end.#wake();
    }
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

/** Connects two ends. */
export function memoryPair(options: MemoryConnOptions = {}): [Deno.Conn, Deno.Conn] {
  const near = new MemoryConn(options);
  const far = new MemoryConn(options);
  near.other = far;
  far.other = near;
  return [near as unknown as Deno.Conn, far as unknown as Deno.Conn];
}
