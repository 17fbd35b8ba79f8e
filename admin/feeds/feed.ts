// What a page shows and how it is asked for. The poller asks the feed of the page that is open; the components read the
// feed's signals.

import type { ApiClient } from "../client.ts";
import type { Clock } from "../clock.ts";

/** What every feed needs. */
export interface FeedParts {
  client: ApiClient;
  clock: Clock;
}

export interface Feed {
  /**
   * Asks once and takes the answers in, unless the signal says that they come too late. False asks again at once. Rejects
   * with ApiError.
   */
  load(signal: AbortSignal): Promise<boolean>;
  /** Reads the signals that stand in the question, so that a change of one has it asked anew. */
  watch?(): void;
  /** What is shown, as the query of the page's address: "?q=debian". A signal's value is read here. */
  describe?(): string;
  /** The other way round. */
  restore?(search: string): void;
}
