// Datagrams between a client and a UDP tracker, as the client sees them: requests written, answers read.
// https://www.bittorrent.org/beps/bep_0015.html, https://www.bittorrent.org/beps/bep_0041.html (URL data). The tracker's
// side is udp_request.ts; when to send what, and what to do about silence, are the announcer's.
//
//   client                                 tracker
//   connect(transaction) ────────────────▶
//                        ◀──────────────── connection id, good for a minute
//   announce or scrape(connection id, transaction) ─▶
//                        ◀──────────────── peers or counts, or an error in words

import {
  type AnnounceEvent,
  type AnnounceRequest,
  type AnnounceResponse,
  DEFAULT_INTERVAL,
  MAX_INTERVAL,
} from "./announce.ts";
import { toUtf8 } from "./bytes.ts";
import { decodeCompact4, decodeCompact6 } from "./compact.ts";
import { TrackerError } from "./errors.ts";
import type { ScrapeStats } from "./scrape.ts";
import { toPlainText, unreadable } from "./tracker_answer.ts";

/** What a datagram asks for, or answers (BEP 15). */
export const UdpAction = { connect: 0, announce: 1, scrape: 2, error: 3 } as const;

/** First eight bytes of a connect request, as two words: they tell BEP 15 from everything else. */
export const UDP_PROTOCOL_ID: readonly [high: number, low: number] = [0x417, 0x27101980];

/** Bytes of a connect request, and of its answer. */
export const UDP_CONNECT_LENGTH = 16;
/** Bytes of an announce without options (BEP 41). */
export const UDP_ANNOUNCE_LENGTH = 98;
/** Bytes of an announce's answer before its peers. */
export const UDP_ANNOUNCE_ANSWER_LENGTH = 20;
/** Bytes of a scrape before its info hashes. */
export const UDP_SCRAPE_LENGTH = 16;
/** Bytes of each info hash's counts in the answer to a scrape. */
export const UDP_SCRAPE_ENTRY_LENGTH = 12;
/** Most info hashes in a scrape (BEP 15): more don't fit into a datagram that no network cuts up. */
export const MAX_UDP_SCRAPE = 74;
/** Bytes of an error before its words, and of what all answers begin with. */
export const UDP_HEADER_LENGTH = 8;

/** Events by their numbers; the last one, of partial seeds (BEP 21), as libtorrent numbers it. */
export const UDP_EVENTS: readonly AnnounceEvent[] = ["none", "completed", "started", "stopped", "paused"];

/** Option types (BEP 41). */
export const UdpOption = { end: 0, nop: 1, urlData: 2 } as const;

/** Longest URL data that is sent, in bytes: with it a datagram still fits into any network's packets. */
const MAX_URL_DATA = 1024;
/** Most data in one option: its length is a byte. */
const OPTION_DATA = 255;
/** Sent for what is unknown, or more than a number holds exactly. */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** Writes a request for a connection id. `transactionId` is 32 bits, unsigned. */
export function encodeUdpConnect(transactionId: number): Uint8Array {
  const bytes = new Uint8Array(UDP_CONNECT_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, UDP_PROTOCOL_ID[0]);
  view.setUint32(4, UDP_PROTOCOL_ID[1]);
  writeHeader(view, 8, UdpAction.connect, transactionId);
  return bytes;
}

/**
 * Writes an announce. `key` must be hex digits, at most 8 (others count as none); `compact`, `noPeerId`, `ip` and
 * `trackerId` have no place in a datagram.
 *
 * @param connectionId 8 bytes, from decodeUdpConnect().
 * @param urlData Path and query of the tracker's URL (BEP 41); empty for none. What is above 1,024 bytes is left out.
 */
export function encodeUdpAnnounce(
  { connectionId, transactionId, urlData = "" }: {
    connectionId: Uint8Array;
    transactionId: number;
    urlData?: string;
  },
  request: AnnounceRequest,
): Uint8Array {
  const options = encodeUrlData(urlData);
  const bytes = new Uint8Array(UDP_ANNOUNCE_LENGTH + options.length);
  const view = new DataView(bytes.buffer);
  bytes.set(connectionId.subarray(0, 8));
  writeHeader(view, 8, UdpAction.announce, transactionId);
  writeBinary(bytes, 16, request.infoHash);
  writeBinary(bytes, 36, request.peerId);
  writeCounter(view, 56, request.downloaded);
  writeCounter(view, 64, request.left);
  writeCounter(view, 72, request.uploaded);
  view.setUint32(80, Math.max(0, UDP_EVENTS.indexOf(request.event)));
  // 84: no other address than the one it comes from.
  const { key = "" } = request;
  view.setUint32(88, /^[0-9a-f]{1,8}$/i.test(key) ? parseInt(key, 16) : 0);
  view.setInt32(92, request.numwant ?? -1);
  view.setUint16(96, request.port);
  bytes.set(options, UDP_ANNOUNCE_LENGTH);
  return bytes;
}

/**
 * Writes a scrape of at most MAX_UDP_SCRAPE info hashes (binary strings).
 *
 * @throws {RangeError} if there are more, or none.
 */
export function encodeUdpScrape(
  { connectionId, transactionId }: { connectionId: Uint8Array; transactionId: number },
  infoHashes: readonly string[],
): Uint8Array {
  if (infoHashes.length === 0 || infoHashes.length > MAX_UDP_SCRAPE) {
    throw new RangeError(
      `Cannot encode a scrape: must have 1 to ${MAX_UDP_SCRAPE} info hashes: got ${infoHashes.length}`,
    );
  }
  const bytes = new Uint8Array(UDP_SCRAPE_LENGTH + 20 * infoHashes.length);
  bytes.set(connectionId.subarray(0, 8));
  writeHeader(new DataView(bytes.buffer), 8, UdpAction.scrape, transactionId);
  for (const [i, infoHash] of infoHashes.entries()) {
    writeBinary(bytes, UDP_SCRAPE_LENGTH + 20 * i, infoHash);
  }
  return bytes;
}

/** Action and transaction id of an answer, undefined if it is too short to be one: whoever sent that is no tracker. */
export function readUdpHeader(answer: Uint8Array): { action: number; transactionId: number } | undefined {
  if (answer.length < UDP_HEADER_LENGTH) return undefined;
  const view = viewOf(answer);
  return { action: view.getUint32(0), transactionId: view.getUint32(4) };
}

/**
 * Reads the answer to a connect: the connection id, 8 bytes of its own.
 *
 * @throws {TrackerError} if the tracker refused or its answer can't be read.
 */
export function decodeUdpConnect(answer: Uint8Array): Uint8Array {
  check(answer, "connect", UdpAction.connect, UDP_CONNECT_LENGTH);
  return answer.slice(8, 16);
}

/**
 * Reads the answer to an announce. Peers that nobody could dial (port 0, no address) are dropped, and an incomplete one
 * at the end is ignored.
 *
 * @param isIp6 Whether the answer came over IPv6: its peers are IPv6 then, 18 bytes each.
 * @throws {TrackerError} if the tracker refused or its answer can't be read.
 */
export function decodeUdpAnnounce(answer: Uint8Array, isIp6: boolean): AnnounceResponse {
  check(answer, "announce", UdpAction.announce, UDP_ANNOUNCE_ANSWER_LENGTH);
  const view = viewOf(answer);
  const compact = answer.subarray(UDP_ANNOUNCE_ANSWER_LENGTH);
  const peers = isIp6 ? decodeCompact6(compact) : decodeCompact4(compact);
  return {
    // As over HTTP: an interval that makes no sense is no interval.
    interval: Math.min(view.getInt32(8) > 0 ? view.getInt32(8) : DEFAULT_INTERVAL, MAX_INTERVAL),
    incomplete: Math.max(0, view.getInt32(12)),
    complete: Math.max(0, view.getInt32(16)),
    peers: peers.filter(({ ip, port }) => port > 0 && ip !== "0.0.0.0" && ip !== "::"),
  };
}

/**
 * Reads the answer to a scrape of `count` info hashes, in their order.
 *
 * @throws {TrackerError} if the tracker refused or its answer can't be read.
 */
export function decodeUdpScrape(answer: Uint8Array, count: number): ScrapeStats[] {
  check(answer, "scrape", UdpAction.scrape, UDP_HEADER_LENGTH + count * UDP_SCRAPE_ENTRY_LENGTH);
  const view = viewOf(answer);
  return Array.from({ length: count }, (_, i) => {
    const at = UDP_HEADER_LENGTH + i * UDP_SCRAPE_ENTRY_LENGTH;
    return {
      complete: Math.max(0, view.getInt32(at)),
      downloaded: Math.max(0, view.getInt32(at + 4)),
      incomplete: Math.max(0, view.getInt32(at + 8)),
    };
  });
}

function check(answer: Uint8Array, verb: string, action: number, least: number): void {
  const header = readUdpHeader(answer);
  if (header?.action === UdpAction.error) {
    const reason = toPlainText(toUtf8(answer.subarray(UDP_HEADER_LENGTH)));
    throw new TrackerError(`Cannot ${verb}: the tracker refuses: got "${reason}"`);
  }
  if (header?.action !== action) {
    throw unreadable(`expected action ${action}: got ${header?.action ?? "none"}`);
  }
  if (answer.length < least) throw unreadable(`must be at least ${least} bytes: got ${answer.length}`);
}

function encodeUrlData(urlData: string): Uint8Array {
  const data = new TextEncoder().encode(urlData).subarray(0, MAX_URL_DATA);
  const bytes = new Uint8Array(data.length + 2 * Math.ceil(data.length / OPTION_DATA));
  let at = 0;
  for (let from = 0; from < data.length; from += OPTION_DATA) {
    const part = data.subarray(from, from + OPTION_DATA);
    bytes[at] = UdpOption.urlData;
    bytes[at + 1] = part.length;
    bytes.set(part, at + 2);
    at += 2 + part.length;
  }
  return bytes;
}

function writeHeader(view: DataView, at: number, action: number, transactionId: number): void {
  view.setUint32(at, action);
  view.setUint32(at + 4, transactionId);
}

function writeBinary(bytes: Uint8Array, at: number, binary: string): void {
  for (let i = 0; i < 20; i++) bytes[at + i] = binary.charCodeAt(i);
}

function writeCounter(view: DataView, at: number, value: number): void {
  view.setBigUint64(at, value >= Number.MAX_SAFE_INTEGER ? ALL_ONES : BigInt(value));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
