// Who stays when there are more peers than places. https://www.bittorrent.org/beps/bep_0040.html

import type { PeerAddress } from "../../protocol/compact.ts";

/** How many connections a whole client may have. */
export class Places {
  /** Connections, and attempts to make one. */
  taken = 0;

  constructor(readonly most: number) {}

  get isFull(): boolean {
    return this.taken >= this.most;
  }
}

/** Somebody who has a place. */
export interface Placed {
  readonly address: PeerAddress;
  /** BEP 40's. */
  readonly priority: number;
}

/**
 * Of those who have a place the one that gives way to a caller, or undefined if the caller must go: the one with the
 * lowest priority, if the caller's is higher. Nobody gives way to an address that has a place already: who calls from
 * many ports, or under many peer ids, gains nothing by it.
 */
export function whoGivesWay<P extends Placed>(caller: Placed, placed: Iterable<P>): P | undefined {
  let lowest: P | undefined;
  for (const each of placed) {
    if (each.address.ip === caller.address.ip) return undefined;
    if (lowest === undefined || each.priority < lowest.priority) lowest = each;
  }
  return lowest !== undefined && lowest.priority < caller.priority ? lowest : undefined;
}
