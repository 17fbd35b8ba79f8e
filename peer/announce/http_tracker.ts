// One announce to an HTTP tracker: request, bounded answer, and every failure as a sentence.
// https://www.bittorrent.org/beps/bep_0003.html — when to announce, and to whom next, is the announcer's.

import {
  type AnnounceRequest,
  type AnnounceResponse,
  announceUrl,
  decodeAnnounceResponse,
} from "../../protocol/announce.ts";
import { TrackerError } from "../../protocol/errors.ts";

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
  { signal, fetch = globalThis.fetch }: HttpAnnounceOptions,
): Promise<AnnounceResponse> {
  const response = await follow(announceUrl(tracker, request), fetch, signal);
  const body = await readBounded(response, signal);
  // Some trackers put their failure reason under a 4xx status, so a dictionary is read whatever the status says.
  const isDictionary = body[0] === 0x64;
  if (!response.ok && !isDictionary) {
    throw new TrackerError(`HTTP ${response.status} ${response.statusText}`.trimEnd());
  }
  if (!isDictionary) throw new TrackerError(`the answer isn't a tracker's: ${describeBody(response, body)}`);
  return decodeAnnounceResponse(body);
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
    if (hops === MAX_REDIRECTS) throw new TrackerError(`more than ${MAX_REDIRECTS} redirects`);
    url = redirectTarget(response.headers.get("location"), url);
  }
}

function redirectTarget(location: string | null, base: string): string {
  const target = location === null ? null : URL.parse(location, base);
  if (target === null || !["http:", "https:"].includes(target.protocol)) {
    throw new TrackerError(`redirected to where no tracker can be: ${location ?? "nowhere"}`);
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
        throw new TrackerError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`); // leaving the loop cancels the body
      }
      parts.push(part);
    }
  } catch (error) {
    throw failure(error, signal);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

function describeBody(response: Response, body: Uint8Array): string {
  if (body.length === 0) return "it is empty";
  const type = response.headers.get("content-type") ?? "";
  const start = new TextDecoder().decode(body.subarray(0, 256)).trimStart();
  if (type.includes("html") || start.startsWith("<")) return "it is a web page (HTML)";
  return `it is ${body.length} bytes that aren't bencode`;
}

/** What `fetch` threw, in the words of a log line. The kind of error is told by the text of its cause only. */
function failure(error: unknown, signal: AbortSignal): TrackerError {
  if (error instanceof TrackerError) return error;
  if (signal.aborted) {
    return signal.reason instanceof TrackerError ? signal.reason : new TrackerError("given up");
  }
  if (!(error instanceof Error)) return new TrackerError(String(error));
  const text = error.cause instanceof Error ? error.cause.message : error.message;
  for (const [pattern, words] of CAUSES) if (pattern.test(text)) return new TrackerError(words);
  // "error sending request for url (…): client error (Connect): what we want": the URL may hold a passkey.
  return new TrackerError(text.replace(/^error sending request .*?client error \(\w+\): /, ""));
}

const CAUSES: [RegExp, string][] = [
  [/connection refused/i, "connection refused"],
  [/dns error|failed to lookup/i, "the host name can't be resolved"],
  [/connection closed before|unexpected end of file|unexpected eof/i, "it hung up without a whole answer"],
  [/connection reset|broken pipe/i, "connection reset"],
  [/invalid HTTP version|invalid header|HTTP\/0\.9/i, "it doesn't speak HTTP"],
  [
    /corrupt message|InvalidContentType|wrong version/i,
    "it doesn't speak TLS: try http:// instead of https://",
  ],
  [/certificate|UnknownIssuer|NotValidForName/i, "its TLS certificate isn't valid"],
  [/timed out|timeout/i, "timed out"],
  [/network is unreachable|no route to host/i, "the network can't be reached"],
];
