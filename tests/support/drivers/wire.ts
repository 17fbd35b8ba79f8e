// A wire to a host that can be bad, packet by packet: wire.py carries what passes over it.

import { findOnPath } from "./program.ts";

/** What happens to packets of one direction. Parts are from 0 to 1. */
export interface Weather {
  loss?: number;
  duplicate?: number;
  /** A bit of a packet is turned over. */
  corrupt?: number;
  delayMs?: number;
  /** Each is so much later or earlier than that: they come out of order. */
  jitterMs?: number;
  bytesPerSecond?: number;
  /** Longer ones vanish and nobody is told, as routers that drop ICMP make it. */
  longest?: number;
}

/** Two devices that are made with it and gone with it. */
export class Wire {
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  /** What came of an answer so far. */
  #read = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#orders = child.stdin.getWriter();
    this.#answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Makes devices of these names where `enter` leads. The same seed loses the same packets, as far as the same come. */
  static async make(
    near: string,
    far: string,
    { enter, seed }: { enter: string[]; seed: number },
  ): Promise<Wire> {
    const [program = "", ...args] = [...enter, findOnPath("python3") ?? "python3"];
    const script = new URL("./wire.py", import.meta.url).pathname;
    const wire = new Wire(
      new Deno.Command(program, {
        args: [...args, script, near, far, `${seed}`],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
    await wire.#answer();
    return wire;
  }

  /**
   * From now on this happens to what goes to the far device, and to the near one. What isn't named stays as it is. Returns
   * how many packets have been harmed so far: lost, late on purpose, there twice, spoilt.
   */
  async change(weather: { toFar?: Weather; toNear?: Weather }): Promise<number> {
    await this.#orders.write(new TextEncoder().encode(`${JSON.stringify(weather)}\n`));
    return await this.#answer();
  }

  async close(): Promise<void> {
    await this.#orders.close();
    await this.#answers.cancel();
    await this.#child.status;
  }

  /** The next line, however the pipe cuts it. */
  async #answer(): Promise<number> {
    for (;;) {
      const [line, rest] = this.#read.split("\n", 2) as [string, string?];
      if (rest !== undefined) {
        this.#read = rest;
        return Number(line);
      }
      const { value } = await this.#answers.read();
      if (value === undefined) throw new Error("Cannot carry packets: the wire has ended");
      this.#read += value;
    }
  }
}
