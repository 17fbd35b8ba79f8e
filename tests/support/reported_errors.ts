// What is reported as an uncaught error (`reportError()`), in place of the end of the program.

/** Collects until the end of the scope. */
export class ReportedErrors implements Disposable {
  readonly errors: unknown[] = [];
  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault();
    this.errors.push(event.error);
  };

  constructor() {
    globalThis.addEventListener("error", this.#onError);
  }

  [Symbol.dispose](): void {
    globalThis.removeEventListener("error", this.#onError);
  }
}
