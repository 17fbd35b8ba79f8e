// The window that a program was started in. SIGHUP comes to it when that is closed, and also from whoever wants the settings
// read again: what tells them apart is whether there is still a terminal.

/** One that may be closed. */
export class Window {
  readonly #isThere: () => boolean;
  readonly #wasThere: boolean;

  /** `isThere` looks whether there is a terminal. */
  constructor(isThere: () => boolean) {
    this.#isThere = isThere;
    this.#wasThere = isThere();
  }

  /** There was one, and it was closed. */
  get isGone(): boolean {
    return this.#wasThere && !this.#isThere();
  }
}
