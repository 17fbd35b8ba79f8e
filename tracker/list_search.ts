// Looks for entries of a list by a part of them: in slices, so that a million of them never hold up an announce.

import type { ListAnswer } from "./admin_api.ts";
import { Slices, type Slicing } from "./sliced_order.ts";

/** What is looked for, and which part of what is found. */
export interface ListSearch {
  search: string;
  offset: number;
  limit: number;
}

/** `entries` may change meanwhile, if that does not end going through them. */
export async function searchEntries(
  entries: Iterable<string>,
  { limit, offset, search }: ListSearch,
  slicing: Slicing,
): Promise<ListAnswer> {
  const slices = new Slices(slicing);
  const wanted = search.toLowerCase();
  const found: string[] = [];
  let total = 0;
  for (const entry of entries) {
    if (entry.toLowerCase().includes(wanted)) {
      if (total >= offset && found.length < limit) found.push(entry);
      total++;
    }
    if (slices.isOver) await slices.pause();
  }
  return { entries: found, total };
}
