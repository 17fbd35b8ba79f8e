// Web servers as seeds: where a torrent's files are on them, and what two headers of their answers say.
// https://www.bittorrent.org/beps/bep_0019.html, RFC 9110 (14.4 Content-Range, 10.2.3 Retry-After). Fetches nothing.

import type { InfoDict, MetainfoFile } from "./info_dict.ts";

/**
 * The URL of one of a torrent's files on a web seed (BEP 19). A folder's files lie below its name, whether the seed's
 * URL ends in a slash or not; a single file's URL is the seed's own, unless that is a folder's.
 *
 * @param seed an entry of `metainfo.webSeeds`; whoever made the torrent wrote it, so it must be a URL.
 * @throws {TypeError} if `seed` is no URL.
 */
export function webSeedUrl(
  seed: string,
  { name, isSingleFile }: Pick<InfoDict, "name" | "isSingleFile">,
  file: Pick<MetainfoFile, "path">,
): string {
  const url = new URL(seed);
  if (isSingleFile && !url.pathname.endsWith("/")) return url.href;
  const path = isSingleFile ? [name] : [name, ...file.path];
  url.pathname = [url.pathname.replace(/\/$/, ""), ...path.map(encodeName)].join("/");
  return url.href;
}

/** What a 206 answer holds, in bytes: from the first to the last, of so many if that is told. */
export interface ContentRange {
  /** The first byte's place in the file. */
  first: number;
  /** The last byte's place, it included. */
  last: number;
  /** Bytes of the whole file; undefined if the server doesn't say. */
  total: number | undefined;
}

/** Reads a `Content-Range` header; undefined if it is none for bytes, or makes no sense. */
export function parseContentRange(header: string): ContentRange | undefined {
  const fields = /^\s*bytes\s+(\d{1,16})\s*-\s*(\d{1,16})\s*\/\s*(\d{1,16}|\*)\s*$/i.exec(header);
  if (fields === null) return undefined;
  const first = Number(fields[1]);
  const last = Number(fields[2]);
  const total = fields[3] === "*" ? undefined : Number(fields[3]);
  const isSafe = Number.isSafeInteger(last) && (total === undefined || Number.isSafeInteger(total));
  if (!isSafe || first > last || (total !== undefined && last >= total)) return undefined;
  return { first, last, total };
}

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds, or a date. Undefined if it can't be read.
 *
 * @param nowMs what `Date.now()` says.
 */
export function parseRetryAfter(header: string, nowMs: number): number | undefined {
  if (/^\s*\d{1,15}\s*$/.test(header)) return Number(header) * 1000;
  const date = /[a-z]/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}
