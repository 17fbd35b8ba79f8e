// Why an announce or a scrape is refused: words for the client's user, a name for the metrics, and when to come back.
// https://www.bittorrent.org/beps/bep_0031.html (`retry in`)

import { TrackerRequestError } from "../protocol/mod.ts";

/** All there are; metrics count by them. Everything that isn't a Refusal is "malformed". */
export const REJECTION_REASONS = [
  "malformed",
  "connection_expired",
  "full",
  "address_taken",
  "torrent_denied",
  "address_denied",
  "client_denied",
  "port_denied",
  "rate_limited",
  "store_unavailable",
] as const;

/** Why it was rejected, in a word. */
export type RejectionReason = typeof REJECTION_REASONS[number];

/** A request that says what it must, and is refused all the same. The message is the failure reason. */
export class Refusal extends TrackerRequestError {
  readonly reason: RejectionReason;
  /** Minutes after which it makes sense to ask again, or never; undefined where that is for the client to guess. */
  readonly retryIn: number | "never" | undefined;

  constructor(message: string, reason: RejectionReason, retryIn?: number | "never") {
    super(message);
    this.reason = reason;
    this.retryIn = retryIn;
  }
}

/** The reason behind any refusal. */
export function reasonOf(error: TrackerRequestError): RejectionReason {
  return error instanceof Refusal ? error.reason : "malformed";
}
