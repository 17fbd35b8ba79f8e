// A torrent: what its .torrent file says, checked, and its info hash, taken over the bytes as they came.
// https://www.bittorrent.org/beps/bep_0003.html ("metainfo files"), BEP 12 (tiers of trackers), BEP 19 (web seeds). The
// info dictionary has its own file, info_dict.ts; making a torrent is metainfo_encoder.ts.

import { type BencodeDict, type BencodeValue, type DecodedDict, decodeDict, getText } from "./bencode.ts";
import { toUtf8 } from "./bytes.ts";
import { BencodeError } from "./errors.ts";
import { checkInfo, type InfoDict, MAX_INFO_DEPTH, type NameOptions, readInfo } from "./info_dict.ts";
import { InfoHash } from "./info_hash.ts";
import { notBencode, wrong } from "./metainfo_checks.ts";

export type { InfoDict, MetainfoFile, NameOptions } from "./info_dict.ts";
export { encodeMetainfo, type MetainfoDraft } from "./metainfo_encoder.ts";

/** The longest URL that is kept, in chars. */
const MAX_URL = 4096;
/** Milliseconds that a Date can tell, either way. */
const MAX_DATE_MS = 8.64e15;

/** All that a torrent says. Nothing in it is changed after it was parsed. */
export interface Metainfo extends InfoDict {
  /** SHA-1 of `infoBytes`: the torrent's name in the swarm. */
  infoHash: InfoHash;
  /** The raw `info` dictionary, as peers exchange it (BEP 9). */
  infoBytes: Uint8Array;
  /** Announce URLs in tiers, the first to be tried first (BEP 12); without a list `announce` alone; empty if none. */
  trackers: string[][];
  /** URLs that serve the files over HTTP or FTP (BEP 19). */
  webSeeds: string[];
  /** Free text, as it is: escape it where control chars do harm. */
  comment?: string | undefined;
  /** Program that made the torrent. Free text, too. */
  createdBy?: string | undefined;
  /** When it was made, as it claims. */
  createdAt?: Date | undefined;
}

/**
 * Reads a .torrent file (BEP 3). What torrents in the wild do wrong without harm is taken: keys out of order, bytes after
 * the end, odd optional fields, which are left out. Names that could lead out of the folder are refused, those that a
 * file can't have are changed. A torrent may have no data, if all its files are empty; then it has no pieces.
 *
 * @param bytes the whole file; not kept, so it may be reused.
 * @param options how to read names; what is left out is found out.
 * @throws {MetainfoError} in one sentence that names the field and what was found, if it can't be used.
 *
 * @example
 * ```ts
 * import { parseMetainfo } from "@seedling/seedling";
 *
 * const { name, infoHash, files } = await parseMetainfo(await Deno.readFile("video.torrent"));
 * console.log(name, infoHash.hex, files.length);
 * ```
 */
export async function parseMetainfo(bytes: Uint8Array, options: NameOptions = {}): Promise<Metainfo> {
  // A copy, so that the file itself need stay neither in memory nor unchanged.
  const { dict, span } = decodeOuter(bytes.slice());
  const info = dict.get("info");
  const infoBytes = span("info");
  if (!(info instanceof Map) || infoBytes === undefined) throw wrong("info", "must be a dictionary", info);
  return await complete(checkInfo(info, { encoding: encodingOf(dict), ...options }), infoBytes, dict);
}

/**
 * Makes a Metainfo of an `info` dictionary alone, as peers send it to who has a magnet link (BEP 9).
 *
 * @param infoBytes the raw dictionary; the result keeps it, so it must not be changed.
 * @param outer what stands around it in a .torrent; default nothing, so no trackers.
 * @param options how to read names.
 * @throws {MetainfoError} as `parseMetainfo()` does.
 */
export async function parseInfo(
  infoBytes: Uint8Array,
  outer: BencodeDict = new Map(),
  options: NameOptions = {},
): Promise<Metainfo> {
  return await complete(readInfo(infoBytes, { encoding: encodingOf(outer), ...options }), infoBytes, outer);
}

function encodingOf(outer: BencodeDict): string | undefined {
  return getText(outer, "encoding");
}

/** Adds the info hash, and what stands around the `info` dictionary. */
async function complete(info: InfoDict, infoBytes: Uint8Array, outer: BencodeDict): Promise<Metainfo> {
  return {
    ...info,
    infoHash: await InfoHash.of(infoBytes),
    infoBytes,
    trackers: trackerTiers(outer),
    webSeeds: urls(outer.get("url-list"), /^(?:https?|ftp):/i),
    comment: getText(outer, "comment.utf-8") ?? getText(outer, "comment"),
    createdBy: getText(outer, "created by.utf-8") ?? getText(outer, "created by"),
    createdAt: dateAt(outer, "creation date"),
  };
}

function decodeOuter(bytes: Uint8Array): DecodedDict {
  try {
    return decodeDict(bytes, { lenient: true, maxDepth: MAX_INFO_DEPTH });
  } catch (error) {
    if (error instanceof BencodeError) throw notBencode(error, "not bencode", "");
    throw error;
  }
}

/** The tiers of `announce-list` (BEP 12), each URL once; `announce` if that gives none. */
function trackerTiers(outer: BencodeDict): string[][] {
  const list = outer.get("announce-list");
  const known = new Set<string>();
  const tiers: string[][] = [];
  // Some write a flat list, or one URL: each is a tier of its own.
  for (const tier of Array.isArray(list) ? list : [list]) {
    const fresh = urls(tier, /^[a-z][a-z0-9+.-]*:/i).filter((url) => !known.has(url));
    for (const url of fresh) known.add(url);
    if (fresh.length > 0) tiers.push(fresh);
  }
  return tiers.length > 0 ? tiers : urls(outer.get("announce"), /^[a-z][a-z0-9+.-]*:/i).map((url) => [url]);
}

/** The URLs of a list, or the one that stands there without a list; what is none, or of another scheme, is left out. */
function urls(value: BencodeValue | undefined, scheme: RegExp): string[] {
  const found = new Set<string>();
  for (const item of Array.isArray(value) ? value : [value]) {
    if (!(item instanceof Uint8Array) || item.length > MAX_URL) continue;
    const url = toUtf8(item).trim();
    if (scheme.test(url) && URL.canParse(url)) found.add(url);
  }
  return [...found];
}

/** Seconds since 1970 as a Date; undefined for anything else. */
function dateAt(outer: BencodeDict, key: string): Date | undefined {
  const seconds = outer.get(key);
  if (typeof seconds !== "number" || Math.abs(seconds) * 1000 > MAX_DATE_MS) return undefined;
  return new Date(seconds * 1000);
}
