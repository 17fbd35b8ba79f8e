// An announce as an HTTP query: what a peer tells a tracker about itself and one torrent.
// https://www.bittorrent.org/beps/bep_0003.html (trackers), BEP 7 and 23 (`compact`). The tracker's answer is
// announce_answer.ts, exported from here too; what an announce does to a swarm is the tracker's business.

import { TrackerRequestError } from "./errors.ts";
import { AMPERSAND, EQUALS, percentEncode, RawQuery } from "./query.ts";

export * from "./announce_answer.ts";

/** What has happened since the last announce; "none" is the regular one, "paused" that of a partial seed (BEP 21). */
export type AnnounceEvent = "none" | "started" | "stopped" | "completed" | "paused";

/** One announce. Strings other than `event` are binary: one character per byte. */
export interface AnnounceRequest {
  /** 20 bytes. */
  infoHash: string;
  /** 20 bytes. */
  peerId: string;
  /** Where the peer listens, 1 to 65535. */
  port: number;
  /** Bytes sent to peers since `started`. */
  uploaded: number;
  /** Bytes received from peers since `started`. */
  downloaded: number;
  /** Bytes still to be fetched; 0 makes a seeder. `UNKNOWN_LEFT` if it was not said. */
  left: number;
  /** Why it announces (BEP 3); "none" for the announce after an interval. */
  event: AnnounceEvent;
  /** How many peers are wanted; 0 means none. Undefined if not said or negative (-1 is common for "as many as usual"). */
  numwant?: number | undefined;
  /** True: answer in compact form (BEP 23). Undefined if not said. */
  compact?: boolean | undefined;
  /** True: a dictionary answer may leave out peer ids. */
  noPeerId?: boolean | undefined;
  /** The address that the peer claims, as sent: check it before use. */
  ip?: string | undefined;
  /** Proves to the tracker that this is the same peer when its address has changed. */
  key?: string | undefined;
  /** The `tracker id` of an earlier answer. */
  trackerId?: string | undefined;
}

/** `left` of a peer that didn't say: more than nothing, so it counts as a leecher. */
export const UNKNOWN_LEFT: number = Number.MAX_SAFE_INTEGER;

/** Longest `ip`, `key` and `trackerid`, in bytes. */
const MAX_TEXT_BYTES = 256;

// One bit per known parameter, to notice repeats.
const INFO_HASH = 1 << 0;
const PEER_ID = 1 << 1;
const PORT = 1 << 2;
const UPLOADED = 1 << 3;
const DOWNLOADED = 1 << 4;
const LEFT = 1 << 5;
const EVENT = 1 << 6;
const NUMWANT = 1 << 7;
const COMPACT = 1 << 8;
const NO_PEER_ID = 1 << 9;
const IP = 1 << 10;
const KEY = 1 << 11;
const TRACKER_ID = 1 << 12;

const MINUS = 0x2d;
const ZERO = 0x30;
const ONE = 0x31;
const UNDERSCORE = 0x5f;

/** One for all: it has 8 KiB. */
const query = new RawQuery();

// Names are compared as numbers to the base of 32, put together while their end is looked for: no two of up to ten letters
// have the same, and longer ones have larger ones.
const LETTERS = 32;
const INFO_HASH_NAME = nameNumber("info_hash");
const PEER_ID_NAME = nameNumber("peer_id");
const PORT_NAME = nameNumber("port");
const UPLOADED_NAME = nameNumber("uploaded");
const DOWNLOADED_NAME = nameNumber("downloaded");
const LEFT_NAME = nameNumber("left");
const EVENT_NAME = nameNumber("event");
const NUMWANT_NAME = nameNumber("numwant");
const COMPACT_NAME = nameNumber("compact");
const NO_PEER_ID_NAME = nameNumber("no_peer_id");
const IP_NAME = nameNumber("ip");
const KEY_NAME = nameNumber("key");
const TRACKER_ID_NAME = nameNumber("trackerid");

/**
 * Reads the query of an announce (BEP 3), without its "?", exactly as it was sent: percent escapes stand for bytes,
 * "+" for a plus. Unknown parameters are ignored. A missing `left` makes a leecher, missing `uploaded` and `downloaded`
 * are 0. Every optional member is present, undefined if not said.
 *
 * @param rawQuery The query, or a text that ends with it.
 * @param start Where the query begins there: reading it out of a URL costs less than cutting it off first.
 * @throws {TrackerRequestError} whose message is the failure reason: "Missing info_hash", "Repeated port",
 * "Invalid port: must be 1 to 65535", …
 */
export function parseAnnounceQuery(rawQuery: string, start = 0): AnnounceRequest {
  query.read(rawQuery, start);
  const request: AnnounceRequest = {
    infoHash: "",
    peerId: "",
    port: 0,
    uploaded: 0,
    downloaded: 0,
    left: UNKNOWN_LEFT,
    event: "none",
    numwant: undefined,
    compact: undefined,
    noPeerId: undefined,
    ip: undefined,
    key: undefined,
    trackerId: undefined,
  };
  let seen = 0;
  for (let at = 0, end = 0; at < query.length; at = end + 1) {
    let name = 0;
    let equals = at;
    for (; equals < query.length; equals++) {
      const code = query.codeAt(equals);
      if (code === EQUALS || code === AMPERSAND) break;
      name = name * LETTERS + letterNumber(code);
    }
    end = query.parameterEnd(equals);
    const parameter = parameterOf(name);
    if (parameter === 0) continue;
    if ((seen & parameter) !== 0) throw repeated(query.slice(at, equals));
    seen |= parameter;
    read(request, parameter, Math.min(equals + 1, end), end);
  }
  if ((seen & INFO_HASH) === 0) throw new TrackerRequestError("Missing info_hash");
  if ((seen & PEER_ID) === 0) throw new TrackerRequestError("Missing peer_id");
  if ((seen & PORT) === 0) throw new TrackerRequestError("Missing port");
  return request;
}

/** Which parameter has a name, by the name's number; 0 for one that means nothing here. */
function parameterOf(name: number): number {
  switch (name) {
    case INFO_HASH_NAME:
      return INFO_HASH;
    case PEER_ID_NAME:
      return PEER_ID;
    case PORT_NAME:
      return PORT;
    case UPLOADED_NAME:
      return UPLOADED;
    case DOWNLOADED_NAME:
      return DOWNLOADED;
    case LEFT_NAME:
      return LEFT;
    case EVENT_NAME:
      return EVENT;
    case NUMWANT_NAME:
      return NUMWANT;
    case COMPACT_NAME:
      return COMPACT;
    case NO_PEER_ID_NAME:
      return NO_PEER_ID;
    case IP_NAME:
      return IP;
    case KEY_NAME:
      return KEY;
    case TRACKER_ID_NAME:
      return TRACKER_ID;
    default:
      return 0;
  }
}

/** The number of a name of small letters and underscores. */
function nameNumber(name: string): number {
  let number = 0;
  for (let i = 0; i < name.length; i++) number = number * LETTERS + letterNumber(name.charCodeAt(i));
  return number;
}

/** 1 to 31; NaN for what stands in none of the names. */
function letterNumber(code: number): number {
  return (code >= 0x61 && code <= 0x7a) || code === UNDERSCORE ? code & 0x1f : NaN;
}

/** Puts the value between `from` and `to` into its place. */
function read(request: AnnounceRequest, parameter: number, from: number, to: number): void {
  switch (parameter) {
    case INFO_HASH:
      request.infoHash = query.hash(from, to, "info_hash");
      break;
    case PEER_ID:
      request.peerId = query.hash(from, to, "peer_id");
      break;
    case PORT:
      request.port = readPort(from, to);
      break;
    case UPLOADED:
      request.uploaded = readBytes(from, to, "uploaded");
      break;
    case DOWNLOADED:
      request.downloaded = readBytes(from, to, "downloaded");
      break;
    case LEFT:
      request.left = readBytes(from, to, "left");
      break;
    case EVENT:
      request.event = readEvent(from, to);
      break;
    case NUMWANT:
      request.numwant = readNumwant(from, to);
      break;
    case COMPACT:
      request.compact = readFlag(from, to, "compact");
      break;
    case NO_PEER_ID:
      request.noPeerId = readFlag(from, to, "no_peer_id");
      break;
    case IP:
      request.ip = readText(from, to, "ip");
      break;
    case KEY:
      request.key = readText(from, to, "key");
      break;
    case TRACKER_ID:
      request.trackerId = readText(from, to, "trackerid");
      break;
  }
}

function readPort(from: number, to: number): number {
  const port = query.digits(from, to);
  if (port < 1 || port > 65535) throw new TrackerRequestError("Invalid port: must be 1 to 65535");
  return port;
}

function readBytes(from: number, to: number, name: string): number {
  const value = query.digits(from, to);
  if (value < 0) throw new TrackerRequestError(`Invalid ${name}: must be a whole number of bytes`);
  return value;
}

function readEvent(from: number, to: number): AnnounceEvent {
  switch (query.slice(from, to)) {
    case "started":
      return "started";
    case "stopped":
      return "stopped";
    case "completed":
      return "completed";
    case "paused":
      return "paused";
    case "":
      return "none";
    default:
      throw new TrackerRequestError("Invalid event: must be started, stopped or completed");
  }
}

function readNumwant(from: number, to: number): number | undefined {
  if (from === to) return undefined;
  const isNegative = query.codeAt(from) === MINUS;
  const value = query.digits(isNegative ? from + 1 : from, to);
  if (value < 0) throw new TrackerRequestError("Invalid numwant: must be a whole number");
  return isNegative ? undefined : value;
}

function readFlag(from: number, to: number, name: string): boolean | undefined {
  if (from === to) return undefined;
  if (to - from === 1 && query.codeAt(from) === ONE) return true;
  if (to - from === 1 && query.codeAt(from) === ZERO) return false;
  throw new TrackerRequestError(`Invalid ${name}: must be 0 or 1`);
}

function readText(from: number, to: number, name: string): string | undefined {
  return from === to ? undefined : query.bytes(from, to, name, MAX_TEXT_BYTES);
}

/** `name` is one of ours by now, so it is safe to repeat. */
function repeated(name: string): TrackerRequestError {
  return new TrackerRequestError(
    name === "info_hash" ? "Several info_hash: announce one at a time" : `Repeated ${name}`,
  );
}

/**
 * Writes an announce as a query (BEP 3), without "?". Every byte that is not a letter, a digit or one of "-._~" is escaped.
 *
 * @throws {RangeError} if a binary string has characters above 255.
 */
export function formatAnnounceQuery(request: AnnounceRequest): string {
  let query = `info_hash=${percentEncode(request.infoHash)}&peer_id=${percentEncode(request.peerId)}` +
    `&port=${request.port}&uploaded=${request.uploaded}&downloaded=${request.downloaded}&left=${request.left}`;
  if (request.compact !== undefined) query += `&compact=${request.compact ? 1 : 0}`;
  if (request.noPeerId !== undefined) query += `&no_peer_id=${request.noPeerId ? 1 : 0}`;
  if (request.event !== "none") query += `&event=${request.event}`;
  if (request.numwant !== undefined) query += `&numwant=${request.numwant}`;
  if (request.key !== undefined) query += `&key=${percentEncode(request.key)}`;
  if (request.ip !== undefined) query += `&ip=${percentEncode(request.ip)}`;
  if (request.trackerId !== undefined) query += `&trackerid=${percentEncode(request.trackerId)}`;
  return query;
}

/**
 * The URL to get for an announce (BEP 3): the tracker's own URL with its query (a passkey, often) kept as it is, and that of
 * `formatAnnounceQuery()` after it. Whether the tracker's is a URL isn't looked at.
 *
 * @throws {RangeError} as `formatAnnounceQuery()` does.
 */
export function announceUrl(tracker: string, request: AnnounceRequest): string {
  const fragment = tracker.indexOf("#");
  const url = fragment < 0 ? tracker : tracker.slice(0, fragment);
  const separator = !url.includes("?") ? "?" : /[?&]$/.test(url) ? "" : "&";
  return url + separator + formatAnnounceQuery(request);
}
