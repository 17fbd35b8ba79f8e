// What the table of swarms shows, as the query of its address: "?q=debian&sort=-leechers&show=dead". Defaults are left out.

import type { SwarmFilter, SwarmSort } from "../tracker/admin_api.ts";
import { formatSort, parseSort, type Sort } from "./sort.ts";

export const SWARM_COLUMNS = [
  "name",
  "seeders",
  "leechers",
  "completed",
  "size",
  "lastAnnounce",
] as const satisfies SwarmSort[];
export const SWARM_FILTERS = ["no-seeder", "dead", "registered", "denied"] as const satisfies SwarmFilter[];
export const DEFAULT_SORT: Sort<SwarmSort> = { column: "seeders", descending: true };

/** Search, order and filter of the table of swarms. */
export interface View {
  query: string;
  sort: Sort<SwarmSort>;
  filter: SwarmFilter | null;
}

export function parseView(search: string): View {
  const parameters = new URLSearchParams(search);
  return {
    query: parameters.get("q") ?? "",
    sort: parseSort<SwarmSort>(parameters.get("sort") ?? "", SWARM_COLUMNS) ?? DEFAULT_SORT,
    filter: SWARM_FILTERS.find((filter) => filter === parameters.get("show")) ?? null,
  };
}

/** "" when everything is as it is by default. */
export function formatView({ filter, query, sort }: View): string {
  const parameters = new URLSearchParams();
  if (query.trim() !== "") parameters.set("q", query.trim());
  if (formatSort(sort) !== formatSort(DEFAULT_SORT)) parameters.set("sort", formatSort(sort));
  if (filter !== null) parameters.set("show", filter);
  return parameters.size === 0 ? "" : `?${parameters}`;
}
