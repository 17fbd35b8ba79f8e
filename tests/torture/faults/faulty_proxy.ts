// A way between two peers that fails: it carries bytes on until it resets, stalls, garbles or loses them.

/** How it fails, in each connection after so many bytes from the side that was called. */
export type Failure = "reset" | "hang up" | "stall" | "garble" | "trickle" | "one-way";

const TRICKLE_MS = 50;

/** Listens on a port of its own and carries everything to another. */
export class FaultyProxy implements AsyncDisposable {
  readonly port: number;
  /** Resolves with the first connection. */
  readonly reached: Promise<void>;
  readonly #reached = Promise.withResolvers<void>();
  readonly #listener: Deno.TcpListener;
  readonly #conns = new Set<Deno.Conn>();
  readonly #ways = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;

  constructor(target: number, failure: Failure, after: number) {
    this.reached = this.#reached.promise;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#loop = this.#accept(target, failure, after);
  }

  async #accept(target: number, failure: Failure, after: number): Promise<void> {
    try {
      for await (const near of this.#listener) {
        this.#reached.resolve();
        const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
        for (const conn of [near, far]) this.#conns.add(conn);
        this.#run(this.#carry(near, far, "reset", Infinity));
        this.#run(this.#carry(far, near, failure, failure === "one-way" ? 0 : after));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  #run(way: Promise<void>): void {
    const run = way.finally(() => this.#ways.delete(run));
    this.#ways.add(run);
  }

  async #carry(from: Deno.Conn, to: Deno.Conn, failure: Failure, after: number): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    let carried = 0;
    try {
      for (;;) {
        const n = await from.read(buffer);
        if (n === null) return this.#end(from, to);
        carried += n;
        let most = n;
        if (carried > after) {
          switch (failure) {
            case "reset":
            case "hang up":
              return this.#end(from, to);
            case "stall":
            case "one-way":
              continue; // taken, and never brought
            case "garble":
              buffer[n - 1] = ~(buffer[n - 1] as number);
              after = Infinity;
              break;
            case "trickle":
              most = 1;
          }
        }
        for (let at = 0; at < n; at += most) {
          await writeAll(to, buffer.subarray(at, Math.min(at + most, n)));
          if (most < n) await pause(TRICKLE_MS, this.#closing.signal);
        }
      }
    } catch {
      this.#end(from, to); // one of the two is gone
    }
  }

  #end(...conns: Deno.Conn[]): void {
    for (const conn of conns) if (this.#conns.delete(conn)) conn.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#listener.close();
    this.#end(...this.#conns);
    await this.#loop;
    await Promise.all(this.#ways);
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
