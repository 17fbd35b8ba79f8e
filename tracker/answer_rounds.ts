// Announces that have come by the same time are answered in one round, one right after the other, and their answers leave
// together. Answered as each one comes, every answer wakes whoever waits for it by itself, a proxy once for each of its
// connections, which in a virtual machine takes as long as the answer; and in between the kernel's code goes through the
// processor's caches. 32 connections that announce all the time: 53,668 announces a second in place of 49,133.
//
// The server inside Deno drops a request that waits when its client closes its own side, as who has nothing more to ask
// may do. So only those wait who have asked again and again, each time after the answer.

import { SteadyConnections } from "./steady_connections.ts";

/** When the next round begins, and who is in it. */
export class AnswerRounds {
  readonly #now: () => number;
  readonly #afterTurn: (then: () => void) => void;
  readonly #connections = new SteadyConnections();
  #turn = 0;
  #next: Promise<void> | undefined;

  /** `now`: milliseconds of a monotonic clock; `afterTurn` calls once all that the system has had been read. */
  constructor({ now, afterTurn }: { now: () => number; afterTurn: (then: () => void) => void }) {
    this.#now = now;
    this.#afterTurn = afterTurn;
  }

  /** Whether a request that has just come on a connection may wait for the next round. */
  takes(connection: { hostname: string; port: number }): boolean {
    const kind = this.#connections.note(connection, this.#turn, this.#now());
    // Turns are told apart while somebody asks more than once: nobody else pays for it.
    if (kind !== "new") this.next();
    return kind === "steady";
  }

  /** Resolves when the next round begins. */
  next(): Promise<void> {
    return this.#next ??= new Promise((begin) =>
      this.#afterTurn(() => {
        this.#turn++;
        this.#next = undefined;
        begin();
      })
    );
  }
}
