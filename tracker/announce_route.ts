// GET /announce: the raw query to the tracker, its answer as bencode. https://www.bittorrent.org/beps/bep_0003.html
// Hono's own c.req.query() isn't used: it decodes as UTF-8 and would corrupt the info hash.

import type { Handler } from "hono";
import {
  type AnnounceAnswer,
  type AnnounceEvent,
  encodeAnnounceAnswer,
  encodeDictionaryAnswer,
  parseAnnounceQuery,
  TrackerRequestError,
} from "../protocol/mod.ts";
import type { Answers, DictionaryAnswer } from "./answers.ts";
import type { AppEnv } from "./app.ts";
import { bencodeResponse, MAX_QUERY_LENGTH, queryStart, refusalResponse } from "./bencode_response.ts";
import type { AskerAddresses } from "./forwarded.ts";
import type { Tracker } from "./tracker.ts";
import { isUpgrade, type WebSocketServer } from "./web_socket_server.ts";

/** What answers announces. */
export interface AnnounceParts {
  /** Whose lists and counters count. */
  tracker: Tracker;
  answers: Answers;
  sockets: WebSocketServer;
  askers: AskerAddresses;
  /** Milliseconds of the tracker's clock. */
  now: () => number;
}

/** The handler. */
export function announceRoute({ answers, askers, now, sockets, tracker }: AnnounceParts): Handler<AppEnv> {
  const { http } = tracker.stats.protocols;
  const { announces, latency } = http;
  const respond = (answer: AnnounceAnswer | DictionaryAnswer, event: AnnounceEvent, at: number) => {
    announces[event]++;
    const bytes = encode(answer);
    http.bytesOut += bytes.length;
    const response = bencodeResponse(bytes);
    if (latency.isDue()) latency.note(now() - at);
    return response;
  };
  const refuse = (error: unknown, from: Uint8Array | undefined) => {
    if (!(error instanceof TrackerRequestError)) throw error;
    tracker.stats.reject("http", error, from);
    return refusalResponse(error);
  };
  return (c) => {
    const at = now();
    let from: Uint8Array | undefined;
    try {
      const { url } = c.req.raw;
      const start = queryStart(url);
      http.bytesIn += url.length - start;
      if (url.length - start > MAX_QUERY_LENGTH) throw new TrackerRequestError("Request too long");
      const request = parseAnnounceQuery(url, start);
      from = askers.read(c.env.remoteAddr.hostname, c.req);
      if (from === undefined) throw new TrackerRequestError("Cannot tell your address");
      // BEP 23: compact unless the client says otherwise; every client in the field reads it.
      const answer = request.compact === false
        ? answers.announceDictionary(request, from, at)
        : answers.announce(request, from, at);
      if (!(answer instanceof Promise)) return respond(answer, request.event, at);
      return answer.then((answer) => respond(answer, request.event, at)).catch((error) =>
        refuse(error, undefined)
      );
    } catch (error) {
      // Asked for only here: an announce over HTTP never pays for it, and what asks for a WebSocket is none.
      if (error instanceof TrackerRequestError && isUpgrade(c)) return sockets.upgrade(c);
      return refuse(error, from);
    }
  };
}

function encode(answer: AnnounceAnswer | DictionaryAnswer): Uint8Array<ArrayBuffer> {
  const encoded = Array.isArray(answer.peers)
    ? encodeDictionaryAnswer(answer as DictionaryAnswer)
    : encodeAnnounceAnswer(answer as AnnounceAnswer);
  return encoded as Uint8Array<ArrayBuffer>;
}
