// What the overview shows, as the query of its address: "?q=debian&sort=-leechers". Defaults are left out.

import { formatSort, parseSort, type Sort } from "./sort.ts";
import type { SwarmColumn } from "./store.ts";

export const SWARM_COLUMNS = ["name", "seeders", "leechers", "completed", "size", "lastAnnounce"] as const;
export const DEFAULT_SORT: Sort<SwarmColumn> = { column: "seeders", descending: true };

/** Search and order of the table of swarms. */
export interface View {
  query: string;
  sort: Sort<SwarmColumn>;
}

export function parseView(search: string): View {
  const parameters = new URLSearchParams(search);
  return {
    query: parameters.get("q") ?? "",
    sort: parseSort(parameters.get("sort") ?? "", SWARM_COLUMNS) ?? DEFAULT_SORT,
  };
}

/** "" when everything is as it is by default. */
export function formatView({ query, sort }: View): string {
  const parameters = new URLSearchParams();
  if (query.trim() !== "") parameters.set("q", query.trim());
  if (formatSort(sort) !== formatSort(DEFAULT_SORT)) parameters.set("sort", formatSort(sort));
  return parameters.size === 0 ? "" : `?${parameters}`;
}
