// A range of bytes of one file on a web server: the request, redirects, and the body, of which no more is taken than was
// asked for. https://www.bittorrent.org/beps/bep_0019.html, RFC 9110 section 14. Which ranges, and what follows from a
// failure, others decide.

import { BodyReader } from "./body_reader.ts";
import { parseContentRange, parseRetryAfter } from "../../protocol/web_seed.ts";

/** What is used of `fetch`, so that others can stand in for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * `missing`: this file isn't there, or is another one. `no-ranges`: the server sends whole files only, and this range
 * begins inside. `later`: the server, or the way to it, has a bad moment.
 */
export type WebSeedErrorKind = "missing" | "no-ranges" | "later";

/** A web server did not give what a torrent needs. The message says why in a few words, without the URL. */
export class WebSeedError extends Error {
  override readonly name = "WebSeedError";
  readonly kind: WebSeedErrorKind;
  /** For how long the server asked not to be asked. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: WebSeedErrorKind, message: string, retryAfterMs?: number) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

export interface RangeRequest {
  url: string;
  /** The first byte's place in the file. */
  from: number;
  /** At least 1. */
  length: number;
  /** What the file must have if it is the torrent's. */
  fileLength: number;
  signal: AbortSignal;
  fetch: Fetch;
  /** Gets the range's bytes in order, `length` in all. Borrowed. Nothing more is read until its promise resolves, if any. */
  onBytes(bytes: Uint8Array): void | Promise<void>;
  /** Waits until so many bytes more may come; undefined: they may. Default: they always may. */
  pace?(bytes: number): Promise<void> | undefined;
  /** The server has sent something. */
  onProgress?(): void;
  /** Where redirects have led before: taken at once as long as that works. Kept by this function. */
  redirected?: Map<string, string>;
}

/** Redirects remembered at most: of so many files, each a request more if it is forgotten. */
const MOST_REDIRECTED = 1024;

/**
 * Fetches a range.
 *
 * @throws {WebSeedError} if it can't be had; `onBytes` may have got a part of it.
 * @throws what `onBytes` throws.
 */
export async function fetchRange(request: RangeRequest): Promise<void> {
  const response = await follow(request);
  try {
    checkAnswer(response, request);
  } catch (error) {
    await cancel(response);
    throw error;
  }
  await readBody(response, request);
}

/** Takes the shortest way that is known, and the whole way if there is nothing any more. */
async function follow(request: RangeRequest): Promise<Response> {
  const { url, redirected } = request;
  const known = redirected?.get(url);
  if (known !== undefined) {
    const response = await ask(request, known).catch(() => undefined);
    if (response?.status === 206 || response?.status === 200) return response;
    if (response !== undefined) await cancel(response);
    redirected?.delete(url);
  }
  return await followAll(request);
}

/** Goes along with a few redirects: a loop must not keep us busy, and nothing but HTTP is followed. */
async function followAll(request: RangeRequest): Promise<Response> {
  const { redirected } = request;
  let url = request.url;
  for (let hops = 0;; hops++) {
    const response = await ask(request, url);
    if (!REDIRECTS.includes(response.status)) {
      if (hops > 0 && redirected !== undefined) {
        if (redirected.size >= MOST_REDIRECTED) redirected.clear();
        redirected.set(request.url, url);
      }
      return response;
    }
    await cancel(response);
    if (hops === MAX_REDIRECTS) throw new WebSeedError("later", `more than ${MAX_REDIRECTS} redirects`);
    const target = URL.parse(response.headers.get("location") ?? "", url);
    if (target === null || !["http:", "https:"].includes(target.protocol)) {
      throw new WebSeedError("missing", "it redirects to where nothing can be fetched");
    }
    url = target.href;
  }
}

async function ask(
  { from, length, signal, fetch, onProgress }: RangeRequest,
  url: string,
): Promise<Response> {
  try {
    const response = await fetch(url, {
      signal,
      redirect: "manual",
      headers: {
        range: `bytes=${from}-${from + length - 1}`,
        // Places in a compressed body would be other ones.
        "accept-encoding": "identity",
        "user-agent": "Seedling",
      },
    });
    onProgress?.();
    return response;
  } catch (error) {
    throw error instanceof WebSeedError ? error : new WebSeedError("later", describeFetchError(error));
  }
}

/** Throws unless the body begins with the range. */
function checkAnswer({ status, headers }: Response, { from, length, fileLength }: RangeRequest): void {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity" && (status === 200 || status === 206)) {
    throw new WebSeedError("missing", "it compresses what it sends");
  }
  if (status === 206) {
    const range = parseContentRange(headers.get("content-range") ?? "");
    if (range?.total !== undefined && range.total !== fileLength) throw otherLength(range.total, fileLength);
    if (range?.first !== from || range.last < from + length - 1) {
      throw new WebSeedError("later", "it sent another range than it was asked for");
    }
    return;
  }
  if (status === 200) {
    const total = headers.get("content-length");
    if (total !== null && Number(total) !== fileLength) throw otherLength(Number(total), fileLength);
    if (from > 0) throw new WebSeedError("no-ranges", "it sends whole files only");
    return;
  }
  if (status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfter(headers.get("retry-after") ?? "", Date.now());
    throw new WebSeedError("later", `HTTP ${status}`, retryAfterMs);
  }
  throw new WebSeedError("missing", `HTTP ${status}`);
}

/** What comes after the range is not read. */
async function readBody(response: Response, request: RangeRequest): Promise<void> {
  const { length, onBytes, onProgress } = request;
  const reader = new BodyReader(response.body);
  let left = length;
  try {
    while (left > 0) {
      const bytes = await readPart(reader);
      if (bytes === undefined) throw new WebSeedError("later", "it ended before the range was complete");
      onProgress?.();
      const mustWait = request.pace?.(bytes.length);
      if (mustWait !== undefined) await mustWait.then(onProgress);
      const part = bytes.subarray(0, left);
      left -= part.length;
      const taking = onBytes(part);
      if (taking !== undefined) await taking;
    }
    // To its end, if that is here: only then the connection can be used again.
    const isExact = response.headers.get("content-length") === String(length);
    if (isExact) await readPart(reader);
  } finally {
    await reader.cancel();
  }
}

/** Undefined at the end of the body. */
async function readPart(reader: BodyReader): Promise<Uint8Array | undefined> {
  try {
    return await reader.read();
  } catch (error) {
    throw new WebSeedError("later", describeFetchError(error));
  }
}

async function cancel(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {});
}

function otherLength(found: number, expected: number): WebSeedError {
  return new WebSeedError(
    "missing",
    `it has another file of this name: must be ${expected} bytes: got ${found}`,
  );
}

/** What `fetch` threw, in the words of a log line. The kind of error is told by the text of its cause only. */
function describeFetchError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error.cause instanceof Error ? error.cause.message : error.message;
  for (const [pattern, words] of CAUSES) if (pattern.test(text)) return words;
  return text.replace(/^error sending request .*?client error \(\w+\): /, "");
}

const CAUSES: [RegExp, string][] = [
  [/connection refused/i, "connection refused"],
  [/dns error|failed to lookup/i, "the host name can't be resolved"],
  [/connection closed before|error reading a body|unexpected end of file|unexpected eof/i, "it hung up"],
  [/connection reset/i, "connection reset"],
  [/certificate/i, "its certificate is not trusted"],
];
