// Who stays when there are more peers than places. https://www.bittorrent.org/beps/bep_0040.html

import type { PeerAddress } from "../../protocol/compact.ts";

/** Part of the places that no caller gets: whoever fills the others by calling can't keep us from calling the honest. */
const KEPT_PART = 0.1;

/** How many of these places are for those whom we call, and nobody else. */
export function keptOf(places: number): number {
  return Math.floor(places * KEPT_PART);
}

/** How many connections a whole client may have. */
export class Places {
  /** Connections, and attempts to make one. */
  taken = 0;

  constructor(readonly most: number) {}

  get isFull(): boolean {
    return this.taken >= this.most;
  }

  /** True if what is left is for those whom we call. */
  get isFullForCallers(): boolean {
    return this.taken >= this.most - keptOf(this.most);
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
