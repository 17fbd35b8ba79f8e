// What a tracker answers to an announce: written for a tracker of ours, read from any tracker in the wild.
// https://www.bittorrent.org/beps/bep_0003.html, BEP 7 (`peers6`), BEP 23 (compact `peers`), BEP 24 (`external ip`),
// BEP 31 (`retry in`). Which peers to name, and when to ask again, others decide.

import { type BencodeDict, type BencodeValue, encode, getBytes, getInteger, getText } from "./bencode.ts";
import { fromBinary, fromUtf8, toBinary } from "./bytes.ts";
import {
  COMPACT4_LENGTH,
  COMPACT6_LENGTH,
  decodeCompact4,
  decodeCompact6,
  formatIp,
  parseIp,
  type PeerAddress,
} from "./compact.ts";
import { readAnswer, toPlainText } from "./tracker_answer.ts";

/** A tracker's answer in compact form. */
export interface AnnounceAnswer {
  /** Seconds until the next regular announce. */
  interval: number;
  /** Seconds that must pass before any announce. */
  minInterval?: number | undefined;
  /** How many seeders there are. */
  complete: number;
  /** How many leechers there are. */
  incomplete: number;
  /** Compact IPv4 peers, 6 bytes each. */
  peers: Uint8Array;
  /** Compact IPv6 peers, 18 bytes each. Left out of the answer if there are none. */
  peers6: Uint8Array;
  /** Binary string that the peer sends back as `trackerid`. */
  trackerId?: string | undefined;
  /** For the user's eyes. */
  warning?: string | undefined;
  /** The announcer's own address as the tracker sees it, 4 or 16 bytes (BEP 24). */
  externalIp?: Uint8Array | undefined;
}

/** A peer of an answer in dictionary form. `ip` may be a name there. */
export interface DictionaryPeer extends PeerAddress {
  /** 20 bytes. */
  peerId?: Uint8Array | undefined;
}

/** What a client makes of a tracker's answer. */
export interface AnnounceResponse {
  /** Seconds until the next regular announce. */
  interval: number;
  /** Seconds that must pass before any announce. */
  minInterval?: number;
  /** How many seeders there are, if it was said. */
  complete?: number;
  /** How many leechers there are, if it was said. */
  incomplete?: number;
  /** Both address families, in the order of the answer, IPv4 first. `ip` may be a name that has to be resolved. */
  peers: DictionaryPeer[];
  /** Binary string to send back as `trackerid`. */
  trackerId?: string;
  /** The tracker's words for the user, made safe to print. */
  warning?: string;
  /** Our own address as the tracker sees it (BEP 24). */
  externalIp?: string;
}

/** Seconds between announces where a tracker doesn't say. */
export const DEFAULT_INTERVAL = 1800;

/** Longest interval believed, in seconds: a tracker that asks for more would never be heard again. */
export const MAX_INTERVAL = 86_400;

/** Most peers taken from one answer; trackers send 50 to 200. */
const MAX_PEERS = 5000;

const NOTHING = new Uint8Array(0);

// Keys as they stand in an answer. As bytes: characters of a string take twice the time to copy.
const COMPLETE = fromUtf8("8:complete");
const EXTERNAL_IP = fromUtf8("11:external ip");
const INCOMPLETE = fromUtf8("10:incomplete");
const INTERVAL = fromUtf8("8:interval");
const MIN_INTERVAL = fromUtf8("12:min interval");
const PEERS = fromUtf8("5:peers");
const PEERS6 = fromUtf8("6:peers6");
const TRACKER_ID = fromUtf8("10:tracker id");
const WARNING = fromUtf8("15:warning message");

/** All of an answer but its peers, tracker id and warning takes less, in bytes. */
const MOST_REST = 256;

/** Where answers in compact form are laid out, one after the other. It grows with the largest one. */
let space = new Uint8Array(4096);
/** Views of it, by length: most answers are as long as one before, and a view takes longer to make than the answer. */
let views: Uint8Array<ArrayBuffer>[] = [];

/**
 * Writes an answer in compact form (BEP 23, 7), canonical bencode.
 *
 * @throws {RangeError} if a number is not a whole one ≥ 0, or `trackerId` is not a binary string.
 */
export function encodeAnnounceAnswer(answer: AnnounceAnswer): Uint8Array<ArrayBuffer> {
  return layOutAnnounceAnswer(answer).slice();
}

/**
 * As `encodeAnnounceAnswer()`, but what it returns is borrowed until the next call: for whoever copies it at once.
 *
 * @throws {RangeError} likewise.
 */
export function layOutAnnounceAnswer(answer: AnnounceAnswer): Uint8Array<ArrayBuffer> {
  const { complete, incomplete, interval, minInterval, peers, peers6 } = answer;
  const externalIp = answer.externalIp ?? NOTHING;
  const trackerId = answer.trackerId === undefined ? NOTHING : fromBinary(answer.trackerId);
  const warning = answer.warning === undefined ? NOTHING : fromUtf8(answer.warning);
  const most = MOST_REST + peers.length + peers6.length + trackerId.length + warning.length;
  if (space.length < most) {
    space = new Uint8Array(most);
    views = [];
  }
  const into = space;
  into[0] = 0x64; // d
  let at = 1;
  at = putInteger(into, at, COMPLETE, complete);
  if (externalIp.length > 0) at = putString(into, at, EXTERNAL_IP, externalIp);
  at = putInteger(into, at, INCOMPLETE, incomplete);
  at = putInteger(into, at, INTERVAL, interval);
  if (minInterval !== undefined) at = putInteger(into, at, MIN_INTERVAL, minInterval);
  at = putString(into, at, PEERS, peers);
  if (peers6.length > 0) at = putString(into, at, PEERS6, peers6);
  if (trackerId.length > 0) at = putString(into, at, TRACKER_ID, trackerId);
  if (warning.length > 0) at = putString(into, at, WARNING, warning);
  into[at++] = 0x65; // e
  return views[at] ??= into.subarray(0, at);
}

/**
 * Writes an answer in dictionary form (BEP 3), for the few clients that ask for `compact=0`.
 *
 * @throws {RangeError} if a number is not a whole one, or `trackerId` is not a binary string.
 */
export function encodeDictionaryAnswer(
  answer: Omit<AnnounceAnswer, "peers" | "peers6"> & { peers: readonly DictionaryPeer[] },
): Uint8Array {
  return encode({
    "complete": answer.complete,
    "external ip": answer.externalIp,
    "incomplete": answer.incomplete,
    "interval": answer.interval,
    "min interval": answer.minInterval,
    "peers": answer.peers.map(({ ip, peerId, port }) => ({ "ip": ip, "peer id": peerId, "port": port })),
    "tracker id": answer.trackerId === undefined ? undefined : fromBinary(answer.trackerId),
    "warning message": answer.warning,
  });
}

/**
 * Writes a refusal (BEP 3) with, if wanted, when to try again (BEP 31).
 *
 * @param reason For the user's eyes, short.
 * @param retryInMinutes Whole minutes > 0, or "never".
 * @throws {RangeError} if they aren't whole.
 */
export function encodeFailure(reason: string, retryInMinutes?: number | "never"): Uint8Array {
  return encode({ "failure reason": reason, "retry in": retryInMinutes });
}

/**
 * Reads any tracker's answer to an announce: compact or dictionary, IPv4 and IPv6, with whatever is missing replaced or
 * left out. Peers that nobody could dial (port 0, no address) are dropped, and at most 5,000 are taken.
 *
 * @throws {TrackerError} if the tracker refused (`retryInSeconds` says when to try again, BEP 31) or its answer can't be read.
 */
export function decodeAnnounceResponse(bytes: Uint8Array): AnnounceResponse {
  const dict = readAnswer(bytes, "announce");
  const response: AnnounceResponse = {
    interval: seconds(dict, "interval") ?? DEFAULT_INTERVAL,
    peers: [...readPeers(dict.get("peers"), 4), ...readPeers(dict.get("peers6"), 16)].slice(0, MAX_PEERS),
  };
  const minInterval = seconds(dict, "min interval");
  if (minInterval !== undefined) response.minInterval = minInterval;
  const complete = count(dict, "complete");
  if (complete !== undefined) response.complete = complete;
  const incomplete = count(dict, "incomplete");
  if (incomplete !== undefined) response.incomplete = incomplete;
  const trackerId = getBytes(dict, "tracker id");
  if (trackerId !== undefined) response.trackerId = toBinary(trackerId);
  const warning = getText(dict, "warning message");
  if (warning) response.warning = toPlainText(warning);
  const externalIp = getBytes(dict, "external ip");
  if (externalIp?.length === 4 || externalIp?.length === 16) response.externalIp = formatIp(externalIp);
  return response;
}

/** A number of seconds > 0, at most MAX_INTERVAL. */
function seconds(dict: BencodeDict, key: string): number | undefined {
  const value = getInteger(dict, key);
  return value !== undefined && value > 0 ? Math.min(value, MAX_INTERVAL) : undefined;
}

/** A number of peers ≥ 0. */
function count(dict: BencodeDict, key: string): number | undefined {
  const value = getInteger(dict, key);
  return value !== undefined && value >= 0 ? value : undefined;
}

/** The peers under `peers` or `peers6`: compact bytes, or a list of dictionaries. Anything else is no peers. */
function readPeers(value: BencodeValue | undefined, ipLength: 4 | 16): DictionaryPeer[] {
  if (value instanceof Uint8Array) {
    const peers = ipLength === 4
      ? decodeCompact4(value.subarray(0, MAX_PEERS * COMPACT4_LENGTH))
      : decodeCompact6(value.subarray(0, MAX_PEERS * COMPACT6_LENGTH));
    return peers.filter(({ ip, port }) => port > 0 && ip !== "0.0.0.0" && ip !== "::");
  }
  if (!Array.isArray(value)) return [];
  const peers: DictionaryPeer[] = [];
  for (const item of value) {
    if (peers.length === MAX_PEERS) break;
    const peer = item instanceof Map ? readPeer(item) : undefined;
    if (peer !== undefined) peers.push(peer);
  }
  return peers;
}

function readPeer(dict: BencodeDict): DictionaryPeer | undefined {
  const ip = readHost(getText(dict, "ip") ?? "");
  const port = getInteger(dict, "port");
  if (ip === undefined || port === undefined || port < 1 || port > 65535) return undefined;
  const peerId = getBytes(dict, "peer id");
  return peerId?.length === 20 ? { ip, port, peerId: peerId.slice() } : { ip, port };
}

/** An address made canonical, or a host name left as it is. */
function readHost(text: string): string | undefined {
  const address = parseIp(text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text);
  if (address !== undefined) return address.some((byte) => byte !== 0) ? formatIp(address) : undefined;
  // What ends in a number is a broken address (300.1.1.1), as in URLs.
  if (text.length > 253 || /(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(text)) return undefined;
  return /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?\.?$/i.test(text) ? text : undefined;
}

function digits(value: number): number {
  let n = 1;
  for (let limit = 10; value >= limit; limit *= 10) n++;
  return n;
}

// A plain loop: for so few bytes it is done before set() has begun.
function putKey(into: Uint8Array, at: number, key: Uint8Array): number {
  for (let i = 0; i < key.length; i++) into[at + i] = key[i] as number;
  return at + key.length;
}

function putDecimal(into: Uint8Array, at: number, value: number): number {
  const end = at + digits(value);
  let i = end - 1;
  for (; value > 0x7fffffff; i--) {
    into[i] = 0x30 + value % 10;
    value = Math.floor(value / 10);
  }
  // Nearly all of them are whole numbers to the processor as well, which divides those much faster.
  for (let rest = value | 0; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    into[i] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

function putInteger(into: Uint8Array, at: number, key: Uint8Array, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(
      `Cannot encode an answer: "${toBinary(key)}" must be a whole number >= 0: got ${value}`,
    );
  }
  at = putKey(into, at, key);
  into[at] = 0x69; // i
  at = putDecimal(into, at + 1, value);
  into[at] = 0x65; // e
  return at + 1;
}

function putString(into: Uint8Array, at: number, key: Uint8Array, bytes: Uint8Array): number {
  at = putDecimal(into, putKey(into, at, key), bytes.length);
  into[at] = 0x3a; // :
  into.set(bytes, at + 1);
  return at + 1 + bytes.length;
}
