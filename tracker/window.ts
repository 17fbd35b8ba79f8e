// The window that a program was started in. SIGHUP comes to it when that is closed, and also from whoever wants the settings
// read again: what tells them apart is whether a terminal has gone at that moment. One that went without a signal (`disown`)
// left the program to go on by itself, where SIGHUP means the settings again.

/** Milliseconds within which the signal comes to a busy machine; it is looked more often than that. */
const CLOSING_MS = 10_000;

/** One that may be closed. */
export class Window {
  readonly #isThere: () => boolean;
  /** When it was there last. */
  #seenAt = -Infinity;

  /** `isThere` looks whether there is a terminal. */
  constructor(isThere: () => boolean, now: number) {
    this.#isThere = isThere;
    this.look(now);
  }

  /** To be called every few seconds. */
  look(now: number): void {
    if (this.#isThere()) this.#seenAt = now;
  }

  /** On SIGHUP: whether it is this window's end that it tells of. */
  isClosing(now: number): boolean {
    return !this.#isThere() && now - this.#seenAt < CLOSING_MS;
  }
}
