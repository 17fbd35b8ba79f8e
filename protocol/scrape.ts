// A scrape: how many peers there are for some info hashes, without announcing anything.
// https://www.bittorrent.org/beps/bep_0048.html. Whether a scrape without info hashes (all of them) is allowed is
// for the tracker to say.

import { type BencodeDict, encode, getDict, getInteger } from "./bencode.ts";
import { RawQuery } from "./query.ts";
import { readAnswer, unreadable } from "./tracker_answer.ts";

/** The counts of one info hash. */
export interface ScrapeStats {
  /** How many seeders there are. */
  complete: number;
  /** How often a download was completed. */
  downloaded: number;
  /** How many leechers there are. */
  incomplete: number;
  /** How many of them want more, where some don't (BEP 21): the others are partial seeds. */
  downloaders?: number | undefined;
}

/** One for all: it has 8 KiB. */
const query = new RawQuery();

/**
 * Reads the query of a scrape (BEP 48), without its "?", byte for byte as `parseAnnounceQuery()` does.
 *
 * @returns The info hashes as binary strings, each once, in the order of the query; none means "all".
 * @throws {TrackerRequestError} whose message is the failure reason.
 */
export function parseScrapeQuery(rawQuery: string): string[] {
  query.read(rawQuery);
  const hashes = new Set<string>();
  for (let at = 0, end = 0; at < query.length; at = end + 1) {
    end = query.parameterEnd(at);
    const equals = query.nameEnd(at, end);
    if (query.slice(at, equals) !== "info_hash") continue;
    hashes.add(query.hash(Math.min(equals + 1, end), end, "info_hash"));
  }
  return [...hashes];
}

/**
 * Writes the answer to a scrape (BEP 48). Keys are info hashes as binary strings.
 *
 * @throws {RangeError} if a key isn't one, or a count not a whole number.
 */
export function encodeScrapeResponse(files: ReadonlyMap<string, ScrapeStats>): Uint8Array {
  const entries = new Map<string, Record<string, number | undefined>>();
  for (const [infoHash, { complete, downloaded, downloaders, incomplete }] of files) {
    entries.set(infoHash, { complete, downloaded, downloaders, incomplete });
  }
  return encode({ files: entries });
}

/**
 * Reads a tracker's answer to a scrape. Info hashes come back as binary strings; counts that are missing are 0.
 *
 * @throws {TrackerError} if the tracker refused or its answer can't be read.
 */
export function decodeScrapeResponse(bytes: Uint8Array): Map<string, ScrapeStats> {
  const files = getDict(readAnswer(bytes, "scrape"), "files");
  if (files === undefined) throw unreadable(`it has no "files"`);
  const stats = new Map<string, ScrapeStats>();
  for (const [infoHash, entry] of files) {
    if (infoHash.length !== 20 || !(entry instanceof Map)) continue;
    stats.set(infoHash, {
      complete: count(entry, "complete"),
      downloaded: count(entry, "downloaded"),
      incomplete: count(entry, "incomplete"),
    });
  }
  return stats;
}

/**
 * The scrape URL that belongs to an announce URL (BEP 48): where the last part of its path begins with "announce", that
 * word becomes "scrape" and everything else stays, the query included.
 *
 * @returns undefined where there is no such word, and for other schemes than HTTP.
 */
export function scrapeUrl(announceUrl: string): string | undefined {
  const path = /^https?:\/\/[^/?#]*[^?#]*\//i.exec(announceUrl)?.[0];
  if (path === undefined || !announceUrl.startsWith("announce", path.length)) return undefined;
  return path + "scrape" + announceUrl.slice(path.length + "announce".length);
}

function count(dict: BencodeDict, key: string): number {
  const value = getInteger(dict, key);
  return value !== undefined && value > 0 ? value : 0;
}
