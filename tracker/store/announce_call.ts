// An announce as the arguments of the script that does it (announce_script.ts).
// https://www.bittorrent.org/beps/bep_0003.html

import { type AnnounceRequest, UNKNOWN_LEFT } from "../../protocol/mod.ts";
import type { Asker } from "../asker.ts";
import type { CompleteRules } from "../options.ts";
import { AnnounceFlag } from "./announce_script.ts";
import type { StoreTotals } from "./registry.ts";
import type { StoreArgument } from "./store_link.ts";

/** What an announce is looked at with. */
export interface AnnounceContext {
  /** By the store's clock. */
  now: number;
  /** Of silence, after which peers are forgotten. */
  timeoutMs: number;
  rules: CompleteRules;
  /** All swarms of the store. */
  totals: StoreTotals;
  /** Peers in browsers that are connected here. */
  browsers: number;
  /** From 0 to 1, without 1. */
  random: number;
  /** Flags that the way it came by adds. */
  flags: number;
}

/** The arguments. The asker's own are copied: it is the next one's soon. */
export function announceArguments(
  request: AnnounceRequest,
  asker: Asker,
  { browsers, flags, now, random, rules, timeoutMs, totals }: AnnounceContext,
): StoreArgument[] {
  return [
    Math.round(now),
    timeoutMs,
    flags | flagsOf(request, asker) | fullness(rules, totals, browsers),
    new Uint8Array(asker.endpoint.slice().buffer),
    Uint8Array.from(request.peerId, (char) => char.charCodeAt(0)),
    asker.key,
    Math.min(request.numwant ?? rules.defaultNumwant, rules.maxNumwant),
    request.uploaded,
    request.downloaded,
    request.left === UNKNOWN_LEFT ? -1 : request.left,
    rules.maxSwarmPeers,
    rules.emptySwarmSeconds * 1000,
    Math.floor(random * 2 ** 31),
  ];
}

function flagsOf({ event, left }: AnnounceRequest, { isElsewhere }: Asker): number {
  const isSeeder = left === 0 || (event === "completed" && left === UNKNOWN_LEFT);
  return (event === "stopped" ? AnnounceFlag.stopped : 0) |
    (isSeeder ? AnnounceFlag.seeder : 0) |
    (event === "completed" ? AnnounceFlag.completed : 0) |
    (event === "paused" ? AnnounceFlag.partial : 0) |
    (isElsewhere ? AnnounceFlag.elsewhere : 0);
}

/** Whether there is room for who is new, as of a second ago. */
function fullness(
  { maxPeers, maxSwarms }: CompleteRules,
  { browsersElsewhere, leechers, seeders, swarms }: StoreTotals,
  browsers: number,
): number {
  return (seeders + leechers + browsersElsewhere + browsers >= maxPeers ? AnnounceFlag.full : 0) |
    (swarms >= maxSwarms ? AnnounceFlag.fullOfSwarms : 0);
}
