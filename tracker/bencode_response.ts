// HTTP answers of the tracker's protocol: bencode, always with status 200. https://www.bittorrent.org/beps/bep_0003.html

import { encodeFailure, type TrackerRequestError } from "../protocol/mod.ts";
import { Refusal } from "./refusal.ts";

/** Longest query that is looked at, in characters: a scrape of a hundred info hashes is below. */
export const MAX_QUERY_LENGTH = 8000;

// As a plain object of this one header: the runtime has a short way for just that. A type is needed, since an answer has
// bytes of strangers in it and no browser may take it for a page.
const INIT: ResponseInit = { headers: { "content-type": "text/plain" } };

/** Wraps an answer; of bytes it takes a copy. */
export function bencodeResponse(
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>,
): Response {
  return new Response(body, INIT);
}

/** A refusal, in words for the user, with when to come back where that is known (BEP 31). */
export function refusalResponse(error: TrackerRequestError): Response {
  const retryIn = error instanceof Refusal ? error.retryIn : undefined;
  return new Response(encodeFailure(error.message, retryIn) as Uint8Array<ArrayBuffer>, INIT);
}

/** A bug of ours, as the operator gets to read it: the whole story. */
export function bugLine(path: string, error: unknown): string {
  return `Cannot answer ${path}: ${error instanceof Error ? error.stack ?? error.message : error}`;
}

/** A bug of ours, in a form that peers can read. */
export function bugResponse(): Response {
  return new Response(encodeFailure("Internal error") as Uint8Array<ArrayBuffer>, INIT);
}

/** A URL's query without "?", byte for byte as it was sent. */
export function rawQuery(url: string): string {
  return url.slice(queryStart(url));
}

/** Where a URL's query begins: after its "?", or at the end if it has none. */
export function queryStart(url: string): number {
  const mark = url.indexOf("?");
  return mark < 0 ? url.length : mark + 1;
}
