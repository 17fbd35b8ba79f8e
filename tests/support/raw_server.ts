// A server that says the same bytes to everybody who asks anything, and hangs up: for answers that no HTTP server gives.

/** Serves until the end of the scope. */
export class RawServer implements AsyncDisposable {
  /** What it says from now on. */
  answer: Uint8Array;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving: Promise<void>;

  constructor(answer: Uint8Array = new Uint8Array(0)) {
    this.answer = answer;
    this.#serving = this.#serve();
  }

  /** Its root, with a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    for await (const conn of this.#listener) {
      try {
        await conn.read(new Uint8Array(4096));
        for (let at = 0; at < this.answer.length;) at += await conn.write(this.answer.subarray(at));
      } catch {
        // It has heard enough.
      }
      conn.close();
    }
  }
}
