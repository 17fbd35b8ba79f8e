// Rows of peers in the order that a page asks for, where the peers are not in the tracker's memory: a store has given them
// all at once, a thousand at most.

import type { PeerRow, PeerSort, SortOrder } from "./admin_api.ts";

/** Sorts rows in place. Those of which it isn't known come last, whatever the order. */
export function sortPeerRows(rows: PeerRow[], sort: PeerSort, order: SortOrder): PeerRow[] {
  const sign = order === "asc" ? 1 : -1;
  return rows.sort((a, b) => {
    const [left, right] = [a[sort], b[sort]];
    if (left === right) return a.address < b.address ? -1 : 1;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -sign : sign;
  });
}
