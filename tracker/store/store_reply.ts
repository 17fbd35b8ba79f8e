// Reads what a shared store replies. It is checked as anything from outside: another program may have written there.

import { type DictionaryPeer, type ScrapeStats, toBinary, UNKNOWN_LEFT } from "../../protocol/mod.ts";
import { readEndpoint } from "../peer_picker.ts";
import { AnnounceStatus } from "./announce_script.ts";
import { StoreError } from "./store_link.ts";

/** What an announce found and did. */
export interface SharedAnswer {
  status: number;
  complete: number;
  incomplete: number;
  completed: number;
  /** Whether this announce is a completion that counts. */
  didComplete: boolean;
  /** Compact, 6 and 18 bytes a peer. */
  peers: Uint8Array;
  peers6: Uint8Array;
  /** Their ids, 20 bytes each, where they were asked for. */
  ids: Uint8Array;
  ids6: Uint8Array;
}

/** A swarm of the registry. */
export interface ActiveSwarm {
  /** Binary. */
  infoHash: string;
  complete: number;
  incomplete: number;
  /** Milliseconds, by the store's clock. */
  announcedAt: number;
}

/** What is known of a peer. */
export interface SharedPeer {
  /** Compact, 6 or 18 bytes. */
  endpoint: Uint8Array;
  peerId: Uint8Array;
  /** Milliseconds, by the store's clock. */
  lastSeen: number;
  uploaded: number;
  downloaded: number;
  /** UNKNOWN_LEFT if it wasn't said. */
  left: number;
  /** Bytes a second. */
  uploadRate: number;
  downloadRate: number;
  isOverUdp: boolean;
  /** Has all that it wants, though not everything (BEP 21). */
  isPartial: boolean;
}

/** Bytes of a peer's record; announce_script.ts has its fields. */
const RECORD_BYTES = 63;
const NOTHING = new Uint8Array(0);

/** @throws {StoreError} if it is none. */
export function readAnnounceReply(reply: unknown): SharedAnswer {
  const parts = list(reply);
  const status = count(parts[0]);
  if (status !== AnnounceStatus.done) {
    return {
      ...{ status, complete: 0, incomplete: 0, completed: 0, didComplete: false },
      ...{ peers: NOTHING, peers6: NOTHING, ids: NOTHING, ids6: NOTHING },
    };
  }
  const answer = {
    status,
    complete: count(parts[1]),
    incomplete: count(parts[2]),
    completed: count(parts[3]),
    didComplete: count(parts[4]) === 1,
    peers: bytes(parts[5], 6),
    peers6: bytes(parts[6], 18),
    ids: parts[7] === undefined ? NOTHING : bytes(parts[7], 20),
    ids6: parts[8] === undefined ? NOTHING : bytes(parts[8], 20),
  };
  const { ids, ids6, peers, peers6 } = answer;
  const hasIds = parts[7] !== undefined;
  if (hasIds && (ids.length / 20 !== peers.length / 6 || ids6.length / 20 !== peers6.length / 18)) {
    throw unexpected("as many peer ids as peers", `${ids.length} and ${ids6.length} bytes`);
  }
  return answer;
}

/** @throws {StoreError} if it is none. */
export function readScrapeReply(reply: unknown): Required<ScrapeStats> {
  const [complete, incomplete, downloaded, partial] = list(reply).map(count);
  if (
    complete === undefined || incomplete === undefined || downloaded === undefined || partial === undefined
  ) {
    throw unexpected("four counts", "fewer");
  }
  return { complete, incomplete, downloaded, downloaders: Math.max(0, incomplete - partial) };
}

/** @throws {StoreError} if it is none. */
export function readActiveReply(reply: unknown): ActiveSwarm[] {
  const rows = list(reply);
  return Array.from({ length: Math.floor(rows.length / 3) }, (_, i) => {
    const counts = /^(\d{1,15}) (\d{1,15})$/.exec(toBinary(bytes(rows[i * 3 + 1], 1)));
    if (counts === null) throw unexpected("two counts", "something else");
    return {
      infoHash: toBinary(exactly(rows[i * 3], 20)),
      complete: Number(counts[1]),
      incomplete: Number(counts[2]),
      announcedAt: count(rows[i * 3 + 2]),
    };
  });
}

/** @throws {StoreError} if it is none. */
export function readPeersReply(reply: unknown): SharedPeer[] {
  const rows = list(reply);
  return Array.from({ length: Math.floor(rows.length / 2) }, (_, i) => {
    const endpoint = bytes(rows[i * 2], 6);
    if (endpoint.length !== 6 && endpoint.length !== 18) {
      throw unexpected("an address and port", `${endpoint.length} bytes`);
    }
    const record = exactly(rows[i * 2 + 1], RECORD_BYTES);
    const view = new DataView(record.buffer, record.byteOffset, record.length);
    const left = number(view.getFloat64(46, true));
    return {
      endpoint,
      peerId: record.subarray(0, 20),
      lastSeen: view.getUint32(24, true) + view.getUint16(28, true) * 2 ** 32,
      uploaded: number(view.getFloat64(30, true)),
      downloaded: number(view.getFloat64(38, true)),
      left: left < 0 ? UNKNOWN_LEFT : left,
      uploadRate: number(view.getFloat32(54, true)),
      downloadRate: number(view.getFloat32(58, true)),
      isOverUdp: view.getUint8(62) === 1,
      isPartial: (view.getUint32(20, true) & 2) !== 0,
    };
  });
}

/** Compact peers one by one. `ids` may be empty. */
export function toDictionaryPeers(compact: Uint8Array, length: number, ids: Uint8Array): DictionaryPeer[] {
  return Array.from({ length: compact.length / length }, (_, i) => {
    const address = readEndpoint(compact.subarray(i * length, (i + 1) * length));
    return ids.length === 0 ? address : { ...address, peerId: ids.subarray(i * 20, (i + 1) * 20) };
  });
}

/** @throws {StoreError} if it is no list. */
export function list(reply: unknown): unknown[] {
  if (!Array.isArray(reply)) throw unexpected("a list", typeof reply);
  return reply;
}

/** @throws {StoreError} if it is no whole number from 0 on. */
export function count(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw unexpected("a count", typeof value === "number" ? String(value) : typeof value);
  }
  return value;
}

/** @throws {StoreError} if it is no row of bytes, so many at a time. */
export function bytes(value: unknown, unit: number): Uint8Array {
  if (!(value instanceof Uint8Array)) throw unexpected("bytes", typeof value);
  if (value.length % unit !== 0) throw unexpected(`${unit} bytes a piece`, `${value.length} bytes`);
  return value;
}

function exactly(value: unknown, length: number): Uint8Array {
  const read = bytes(value, 1);
  if (read.length !== length) throw unexpected(`${length} bytes`, `${read.length} bytes`);
  return read;
}

/** A number that JSON can carry. */
function number(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0;
}

function unexpected(must: string, got: string): StoreError {
  return new StoreError(`Cannot read the store's reply: must be ${must}: got ${got}`, { isOutage: false });
}
