// What can go wrong when a tracker starts, in words that the operator can act on.

/** What kind of trouble it is: `main.ts` makes an exit code of it. */
export type StartErrorKind = "port-in-use" | "permission" | "address" | "folder";

/** A tracker can't start. The message says why, and what to do. */
export class TrackerStartError extends Error {
  override name = "TrackerStartError";
  readonly kind: StartErrorKind;

  constructor(message: string, kind: StartErrorKind, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
