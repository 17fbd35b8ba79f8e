// How many peers a tracker has for some torrents, without becoming one. https://www.bittorrent.org/beps/bep_0048.html

import { InfoHash, MAX_UDP_SCRAPE, type ScrapeStats, TrackerError } from "../protocol/mod.ts";
import { timerMs } from "./amounts.ts";
import { scrapeOverHttp } from "./announce/http_tracker.ts";
import { UdpTrackers } from "./announce/udp_tracker.ts";

const DEFAULT_TIMEOUT_MS = 15_000;

/** How to scrape. */
export interface ScrapeOptions {
  /** Milliseconds for all of it. Infinity: as long as it takes. Default 15,000. */
  timeoutMs?: number;
}

/**
 * Asks a tracker how many seeders, leechers and completed downloads there are (BEP 48, over UDP BEP 15). Over UDP one lost
 * datagram is a failure: ask again.
 *
 * @param announceUrl The tracker as torrents name it: http, https or udp.
 * @param infoHashes As many as are wanted; 74 go into one request.
 * @returns The counts, in the order of `infoHashes`. What the tracker doesn't know counts nothing.
 * @throws {TrackerError} if the tracker refuses, can't be asked, or doesn't answer in time
 * @throws {RangeError} if `timeoutMs` is below 0 or no number
 *
 * @example
 * ```ts
 * import { parseMetainfo, scrapeTracker } from "@seedling/seedling";
 *
 * export async function seeders(file: string): Promise<number> {
 *   const { infoHash, trackers } = await parseMetainfo(await Deno.readFile(file));
 *   const [counts] = await scrapeTracker(trackers[0]?.[0] ?? "", [infoHash]);
 *   return counts?.complete ?? 0;
 * }
 * ```
 */
export async function scrapeTracker(
  announceUrl: string,
  infoHashes: readonly InfoHash[],
  { timeoutMs = DEFAULT_TIMEOUT_MS }: ScrapeOptions = {},
): Promise<ScrapeStats[]> {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new TrackerError(`Cannot reach the tracker: no answer within ${timeoutMs / 1000} s`)),
    timerMs("timeoutMs", timeoutMs),
  );
  const udp = new UdpTrackers();
  try {
    const { signal } = limit;
    const stats: ScrapeStats[] = [];
    for (let from = 0; from < infoHashes.length; from += MAX_UDP_SCRAPE) {
      const hashes = infoHashes.slice(from, from + MAX_UDP_SCRAPE).map(({ binary }) => binary);
      stats.push(...await ask(announceUrl, hashes, { udp, signal }));
    }
    return stats;
  } finally {
    clearTimeout(timer);
    udp.close();
  }
}

function ask(
  url: string,
  hashes: string[],
  { signal, udp }: { signal: AbortSignal; udp: UdpTrackers },
): Promise<ScrapeStats[]> {
  switch (URL.parse(url)?.protocol) {
    case "udp:":
      return udp.scrape(url, hashes, { signal });
    case "http:":
    case "https:":
      return scrapeOverHttp(url, hashes, { signal });
    default:
      throw new TrackerError("Cannot scrape: must be an http, https or udp URL");
  }
}
