// What can go wrong when a tracker starts, in words that the operator can act on.

/**
 * What keeps a tracker from starting.
 *
 * - `port-in-use`: another program has the port, over TCP or UDP
 * - `permission`: Deno's permissions, or those of the system, don't allow it
 * - `address`: there is no such address to listen on, or no such port
 * - `folder`: the folder of torrents can't be read
 * - `data`: the data file, or what lies beside it, can't be used
 * - `tls`: the certificate or its key can't be used
 */
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
