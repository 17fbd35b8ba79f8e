// One announce or scrape to an HTTP tracker: request, bounded answer, and every failure as a sentence.
// https://www.bittorrent.org/beps/bep_0003.html — when to announce, and to whom next, is the announcer's.

import {
  type AnnounceRequest,
  type AnnounceResponse,
  announceUrl,
  decodeAnnounceResponse,
} from "../../protocol/announce.ts";
import { concat, toBinary } from "../../protocol/bytes.ts";
import { TrackerError } from "../../protocol/errors.ts";
import { percentEncode } from "../../protocol/query.ts";
import { decodeScrapeResponse, type ScrapeStats, scrapeUrl } from "../../protocol/scrape.ts";
import { toPlainText } from "../../protocol/tracker_answer.ts";

/** What a TrackerError says when there is no way to the tracker, or none in the family of addresses that was asked for. */
export const UNREACHABLE = "Cannot reach the tracker: the network can't be reached";

/** What is used of `fetch`, so that tests can stand in for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpAnnounceOptions {
  /** Ends the announce. If it is aborted with a TrackerError, that is what the announce fails with. */
  signal: AbortSignal;
  /** Default: the platform's. */
  fetch?: Fetch;
}

/** An answer with 200 peers in the longest form is about 20 KiB; whatever is longer than this isn't one. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Announces once.
 *
 * @throws {TrackerError} whose message says in a few words what is wrong: the tracker's own failure reason, or why
 * there is no answer that can be read
 */
export async function announceOverHttp(
  tracker: string,
  request: AnnounceRequest,
  options: HttpAnnounceOptions,
): Promise<AnnounceResponse> {
  return decodeAnnounceResponse(await get(announceUrl(tracker, request), "announce", options));
}

/**
 * Asks for the counts of info hashes (binary strings); those that the tracker leaves out count nothing.
 *
 * @throws {TrackerError} as announceOverHttp() does, and for a tracker whose URL has no scrape beside it (BEP 48)
 */
export async function scrapeOverHttp(
  tracker: string,
  infoHashes: readonly string[],
  options: HttpAnnounceOptions,
): Promise<ScrapeStats[]> {
  const url = scrapeUrl(tracker);
  if (url === undefined) throw new TrackerError("Cannot scrape: the tracker's URL doesn't end in /announce");
  const query = infoHashes.map((infoHash) => `info_hash=${percentEncode(infoHash)}`).join("&");
  const body = await get(`${url}${url.includes("?") ? "&" : "?"}${query}`, "scrape", options);
  const stats = decodeScrapeResponse(body);
  return infoHashes.map((infoHash) => stats.get(infoHash) ?? { complete: 0, downloaded: 0, incomplete: 0 });
}

/** The body of a tracker's answer. */
async function get(
  url: string,
  verb: "announce" | "scrape",
  { signal, fetch = globalThis.fetch }: HttpAnnounceOptions,
): Promise<Uint8Array> {
  const response = await follow(url, fetch, signal);
  const body = await readBounded(response, signal);
  // Some trackers send their failure reason with a status of 4xx: theirs are the better words.
  if (!response.ok && !toBinary(body).includes("14:failure reason")) {
    throw new TrackerError(`Cannot ${verb}: HTTP ${response.status} ${response.statusText}`.trimEnd());
  }
  if (isWebPage(response, body)) {
    throw new TrackerError("Cannot read the tracker's answer: it is a web page: check the tracker's address");
  }
  return body;
}

/** Fetches, going along with a few redirects: a loop must not keep us busy, and nothing but HTTP is followed. */
async function follow(first: string, fetch: Fetch, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let hops = 0;; hops++) {
    let response: Response;
    try {
      response = await fetch(url, {
        signal,
        redirect: "manual",
        headers: { "user-agent": "Seedling", accept: "*/*" },
      });
    } catch (error) {
      throw failure(error, signal);
    }
    if (!REDIRECTS.includes(response.status)) return response;
    await response.body?.cancel();
    if (hops === MAX_REDIRECTS) {
      throw new TrackerError(`Cannot reach the tracker: more than ${MAX_REDIRECTS} redirects`);
    }
    url = redirectTarget(response.headers.get("location"), url);
  }
}

function redirectTarget(location: string | null, base: string): string {
  const target = location === null ? null : URL.parse(location, base);
  if (target === null || !["http:", "https:"].includes(target.protocol)) {
    throw new TrackerError(
      `Cannot reach the tracker: redirected to where none can be: got "${toPlainText(location ?? "")}"`,
    );
  }
  return target.href;
}

async function readBounded(response: Response, signal: AbortSignal): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of response.body ?? []) {
      length += part.length;
      if (length > MAX_ANSWER_BYTES) {
        throw new TrackerError(
          `Cannot read the tracker's answer: it is longer than ${MAX_ANSWER_BYTES} bytes`,
        ); // leaving the loop cancels the body
      }
      parts.push(part);
    }
  } catch (error) {
    throw failure(error, signal);
  }
  return concat(parts);
}

function isWebPage(response: Response, body: Uint8Array): boolean {
  const type = response.headers.get("content-type") ?? "";
  return body[0] !== 0x64 && (type.includes("html") || /^\s*</.test(toBinary(body.subarray(0, 64))));
}

/** What `fetch` threw, in the words of a log line. The kind of error is told by the text of its cause only. */
function failure(error: unknown, signal: AbortSignal): TrackerError {
  if (error instanceof TrackerError) return error;
  if (signal.aborted && signal.reason instanceof TrackerError) return signal.reason;
  if (signal.aborted) return new TrackerError("Cannot reach the tracker: given up");
  return new TrackerError(`Cannot reach the tracker: ${describe(error)}`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.cause instanceof Error ? error.cause.message : error.message;
  for (const [pattern, words] of CAUSES) if (pattern.test(text)) return words;
  // "error sending request for url (…): client error (Connect): what we want". The URL may hold a passkey.
  return toPlainText(text.replace(/^error sending request .*?client error \(\w+\): /, ""));
}

const CAUSES: [RegExp, string][] = [
  [/connection refused/i, "connection refused"],
  [/dns error|failed to lookup/i, "the host name can't be resolved"],
  [
    /connection closed before|error reading a body|unexpected end of file|unexpected eof/i,
    "it hung up without a whole answer",
  ],
  [/connection reset|broken pipe/i, "connection reset"],
  [/invalid HTTP version|invalid header|HTTP\/0\.9/i, "it doesn't speak HTTP"],
  [
    /corrupt message|InvalidContentType|wrong version/i,
    "it doesn't speak TLS: try http:// instead of https://",
  ],
  [/certificate|UnknownIssuer|NotValidForName/i, "its TLS certificate isn't valid"],
  [/timed out|timeout/i, "timed out"],
  [
    /network (is )?unreachable|no route to host|cannot assign requested address|address family not supported/i,
    "the network can't be reached",
  ],
];
