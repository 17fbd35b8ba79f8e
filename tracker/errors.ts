// What can go wrong when a tracker starts, in words that the operator can act on.

/** What kind of trouble it is: `main.ts` makes an exit code of it. */
export type StartErrorKind = "port-in-use" | "permission" | "address" | "folder" | "data" | "tls";

/** A tracker can't start. The message says why, and what to do. */
export class TrackerStartError extends Error {
  /** The name of this kind of error. */
  override name = "TrackerStartError";
  /** What kept it from starting. */
  readonly kind: StartErrorKind;

  /** `message` is for people. */
  constructor(message: string, kind: StartErrorKind, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
