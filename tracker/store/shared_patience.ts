// For how long peers of a store may be silent. Each was told an interval by one of its trackers and may announce to any:
// as long as the most patient tracker waits, all have to, or those with a shorter interval would forget the peers of the
// others. The store remembers what each has said for as long as peers may count on it (registry_scripts.ts).

/** What one tracker knows of the others' patience. Times are milliseconds. */
export class SharedPatience {
  readonly #log: (line: string) => void;
  #longestMs = 0;
  /** What the operator was told last; 0 for nothing that still is so. */
  #toldMs = 0;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** How long is waited here by whose own rules say `ownMs`. */
  timeoutMs(ownMs: number): number {
    return Math.max(ownMs, this.#longestMs);
  }

  /** Takes what the store says. That it is longer than here is told once. */
  follow(longestMs: number, ownMs: number): void {
    this.#longestMs = longestMs;
    if (longestMs <= ownMs) {
      this.#toldMs = 0;
      return;
    }
    if (longestMs === this.#toldMs) return;
    this.#toldMs = longestMs;
    this.#log(
      `Peers of the store may be silent for ${longestMs / 1000} s, as another tracker says or has said, ` +
        `not for ${ownMs / 1000} s as here: give all the same --interval`,
    );
  }
}
