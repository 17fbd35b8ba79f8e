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

/**
 * Writes an answer in compact form (BEP 23, 7), canonical bencode laid straight into one buffer of the exact size.
 *
 * @throws {RangeError} if a number is not a whole one ≥ 0, or `trackerId` is not a binary string.
 */
export function encodeAnnounceAnswer(answer: AnnounceAnswer): Uint8Array<ArrayBuffer> {
  const { complete, incomplete, interval, minInterval, peers, peers6 } = answer;
  const externalIp = answer.externalIp ?? NOTHING;
  const trackerId = answer.trackerId === undefined ? NOTHING : fromBinary(answer.trackerId);
  const warning = answer.warning === undefined ? NOTHING : fromUtf8(answer.warning);

  let size = "de".length + integerSize("8:complete", complete) + integerSize("10:incomplete", incomplete) +
    integerSize("8:interval", interval) + stringSize("5:peers", peers);
  if (externalIp.length > 0) size += stringSize("11:external ip", externalIp);
  if (minInterval !== undefined) size += integerSize("12:min interval", minInterval);
  if (peers6.length > 0) size += stringSize("6:peers6", peers6);
  if (trackerId.length > 0) size += stringSize("10:tracker id", trackerId);
  if (warning.length > 0) size += stringSize("15:warning message", warning);

  const into = new Uint8Array(size);
  let at = putText(into, 0, "d");
  at = putInteger(into, at, "8:complete", complete);
  if (externalIp.length > 0) at = putString(into, at, "11:external ip", externalIp);
  at = putInteger(into, at, "10:incomplete", incomplete);
  at = putInteger(into, at, "8:interval", interval);
  if (minInterval !== undefined) at = putInteger(into, at, "12:min interval", minInterval);
  at = putString(into, at, "5:peers", peers);
  if (peers6.length > 0) at = putString(into, at, "6:peers6", peers6);
  if (trackerId.length > 0) at = putString(into, at, "10:tracker id", trackerId);
  if (warning.length > 0) at = putString(into, at, "15:warning message", warning);
  putText(into, at, "e");
  return into;
}

/** Writes an answer in dictionary form (BEP 3), for the few clients that ask for `compact=0`. */
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

function integerSize(key: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`Cannot encode an answer: "${key}" must be a whole number >= 0: got ${value}`);
  }
  return key.length + 2 + digits(value);
}

function stringSize(key: string, bytes: Uint8Array): number {
  return key.length + digits(bytes.length) + 1 + bytes.length;
}

function digits(value: number): number {
  let n = 1;
  for (let limit = 10; value >= limit; limit *= 10) n++;
  return n;
}

function putText(into: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) into[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function putDecimal(into: Uint8Array, at: number, value: number): number {
  const end = at + digits(value);
  for (let i = end - 1; i >= at; i--) {
    into[i] = 0x30 + value % 10;
    value = Math.floor(value / 10);
  }
  return end;
}

function putInteger(into: Uint8Array, at: number, key: string, value: number): number {
  at = putText(into, at, key);
  into[at] = 0x69; // i
  at = putDecimal(into, at + 1, value);
  into[at] = 0x65; // e
  return at + 1;
}

function putString(into: Uint8Array, at: number, key: string, bytes: Uint8Array): number {
  at = putDecimal(into, putText(into, at, key), bytes.length);
  into[at] = 0x3a; // :
  into.set(bytes, at + 1);
  return at + 1 + bytes.length;
}
