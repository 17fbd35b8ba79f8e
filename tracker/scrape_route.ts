// GET /scrape: counts of some info hashes, as bencode. https://www.bittorrent.org/beps/bep_0048.html

import type { Handler } from "hono";
import {
  encodeScrapeResponse,
  parseScrapeQuery,
  type ScrapeStats,
  TrackerRequestError,
} from "../protocol/mod.ts";
import type { AnnounceParts } from "./announce_route.ts";
import type { AppEnv } from "./app.ts";
import { FullScrape } from "./full_scrape.ts";
import { nextTurn } from "./next_turn.ts";
import { bencodeResponse, MAX_QUERY_LENGTH, rawQuery, refusalResponse } from "./bencode_response.ts";

/** The handler. With swarms in a store that trackers share there is no full scrape: none of them knows all. */
export function scrapeRoute(
  { answers, askers, now, tracker }: Omit<AnnounceParts, "log" | "sockets">,
): Handler<AppEnv> {
  const full = answers === tracker ? new FullScrape(tracker, { now, pause: nextTurn }) : undefined;
  const { http } = tracker.stats.protocols;
  const respond = (files: Map<string, ScrapeStats>) => {
    const answer = encodeScrapeResponse(files);
    http.scrapes++;
    http.bytesOut += answer.length;
    return bencodeResponse(answer as Uint8Array<ArrayBuffer>);
  };
  const refuse = (error: unknown, from?: Uint8Array) => {
    if (!(error instanceof TrackerRequestError)) throw error;
    tracker.stats.reject("http", error, from);
    return refusalResponse(error);
  };
  return (c) => {
    let from: Uint8Array | undefined;
    try {
      const query = rawQuery(c.req.raw.url);
      http.bytesIn += query.length;
      if (query.length > MAX_QUERY_LENGTH) throw new TrackerRequestError("Request too long");
      from = askers.read(c.env.remoteAddr.hostname, c.req.raw);
      const at = now();
      if (from !== undefined) tracker.admission.admit(from, at);
      const infoHashes = parseScrapeQuery(query);
      if (infoHashes.length === 0 && tracker.rules.fullScrape && full !== undefined) {
        // Nobody reads a HEAD's body, nor cancels it.
        const answer = c.req.method === "HEAD" ? new Uint8Array(0) : full.answer();
        tracker.stats.scrapes++;
        http.scrapes++;
        return bencodeResponse(answer);
      }
      const files = answers.scrape(infoHashes, at);
      if (!(files instanceof Promise)) return respond(files);
      // It is the next asker's address by the time the store has answered.
      const asker = from?.slice();
      return files.then(respond).catch((error) => refuse(error, asker));
    } catch (error) {
      return refuse(error, from);
    }
  };
}
