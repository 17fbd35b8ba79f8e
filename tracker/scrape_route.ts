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
import { bencodeResponse, MAX_QUERY_LENGTH, rawQuery, refusalResponse } from "./bencode_response.ts";

export function scrapeRoute(
  { answers, askers, now, tracker }: Omit<AnnounceParts, "sockets">,
): Handler<AppEnv> {
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
      from = askers.read(c.env.remoteAddr.hostname, c.req);
      const at = now();
      if (from !== undefined) tracker.admission.admit(from, at);
      const files = answers.scrape(parseScrapeQuery(query), at);
      return files instanceof Promise ? files.then(respond).catch((error) => refuse(error)) : respond(files);
    } catch (error) {
      return refuse(error, from);
    }
  };
}
