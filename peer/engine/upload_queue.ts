// The requests of one peer that we have not answered yet.

import { RequestQueue } from "./request_queue.ts";

/**
 * Requests held for one peer at most, which it is told (BEP 10, `reqq`). Clients ask for 250 to 2000 blocks ahead; without the fast extension a request
 * that is dropped is never answered, so there is room for the eager ones. 24 KiB if one uses it all.
 */
export const MOST_REQUESTS = 2048;

/** One peer's unanswered requests, and whether the first of them waits for the disk. */
export class UploadQueue {
  readonly requests = new RequestQueue(MOST_REQUESTS);
  /** True from the moment the source had to read until it calls back: it need not be asked meanwhile. */
  isWaiting = false;
  /** Of so many requests, the first ones, the source knows that they will be wanted. */
  prepared = 0;
  /** Handed to the source; made once, not per block. */
  readonly onReady: () => void;

  /** @param onReadable called when the block that was waited for can be read. */
  constructor(onReadable: () => void) {
    this.onReady = () => {
      this.isWaiting = false;
      onReadable();
    };
  }
}
