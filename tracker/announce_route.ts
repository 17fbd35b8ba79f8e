// GET /announce: the raw query to the tracker, its answer as bencode. https://www.bittorrent.org/beps/bep_0003.html
// URLSearchParams isn't used: it decodes as UTF-8 and would corrupt the info hash.

import { layOutAnnounceAnswer } from "../protocol/announce_answer.ts";
import {
  type AnnounceAnswer,
  type AnnounceEvent,
  encodeDictionaryAnswer,
  parseAnnounceQuery,
  TrackerRequestError,
} from "../protocol/mod.ts";
import type { Answers, DictionaryAnswer } from "./answers.ts";
import type { AppEnv } from "./app.ts";
import {
  bencodeResponse,
  bugLine,
  bugResponse,
  MAX_QUERY_LENGTH,
  queryStart,
  refusalResponse,
} from "./bencode_response.ts";
import type { AskerAddresses } from "./forwarded.ts";
import type { Tracker } from "./tracker.ts";
import { isUpgrade, type WebSocketServer } from "./web_socket_server.ts";

/** What announces are answered with. */
export interface AnnounceParts {
  /** Whose lists and counters count. */
  tracker: Tracker;
  answers: Answers;
  sockets: WebSocketServer;
  askers: AskerAddresses;
  /** Milliseconds of the tracker's clock. */
  now: () => number;
  log: (line: string) => void;
}

/** Answers requests. */
export type AppHandler = (request: Request, env: AppEnv["Bindings"]) => Response | Promise<Response>;

/** The least that stands before a URL's path: "http://" and one character. */
const LEAST_ORIGIN = 8;

/**
 * Gives announces to `announce`, everything else to `app`. Nearly all requests are announces: what a router makes for each
 * (1.5 kB of objects) was a third of what the garbage collector has to do.
 */
export function announcesFirst(announce: AppHandler, app: AppHandler): AppHandler {
  return (request, env) => {
    const { url } = request;
    const isAnnounce = url.startsWith("/announce?", url.indexOf("/", LEAST_ORIGIN));
    return isAnnounce && request.method === "GET" ? announce(request, env) : app(request, env);
  };
}

/** What answers announces. */
export function announceHandler({ answers, askers, log, now, sockets, tracker }: AnnounceParts): AppHandler {
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
    if (!(error instanceof TrackerRequestError)) {
      log(bugLine("/announce", error));
      return bugResponse();
    }
    tracker.stats.reject("http", error, from);
    return refusalResponse(error);
  };
  return (request, env) => {
    const at = now();
    let from: Uint8Array | undefined;
    try {
      const { url } = request;
      const start = queryStart(url);
      http.bytesIn += url.length - start;
      if (url.length - start > MAX_QUERY_LENGTH) throw new TrackerRequestError("Request too long");
      const announced = parseAnnounceQuery(url, start);
      from = askers.read(env.remoteAddr.hostname, request);
      if (from === undefined) throw new TrackerRequestError("Cannot tell your address");
      // BEP 23: compact unless the client says otherwise; every client in the field reads it.
      const answer = announced.compact === false
        ? answers.announceDictionary(announced, from, at)
        : answers.announce(announced, from, at);
      if (!(answer instanceof Promise)) return respond(answer, announced.event, at);
      // It is the next asker's address by the time the store has answered.
      const asker = from.slice();
      return answer.then((answer) => respond(answer, announced.event, at)).catch((error) =>
        refuse(error, asker)
      );
    } catch (error) {
      // Asked for only here: an announce over HTTP never pays for it, and what asks for a WebSocket is none.
      if (error instanceof TrackerRequestError && isUpgrade(request)) return sockets.upgrade(request, env);
      return refuse(error, from);
    }
  };
}

/** Borrowed until the next call. */
function encode(answer: AnnounceAnswer | DictionaryAnswer): Uint8Array<ArrayBuffer> {
  const encoded = Array.isArray(answer.peers)
    ? encodeDictionaryAnswer(answer as DictionaryAnswer)
    : layOutAnnounceAnswer(answer as AnnounceAnswer);
  return encoded as Uint8Array<ArrayBuffer>;
}
