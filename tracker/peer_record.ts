// How one peer lies in the arena: 11 words, and where each field is. Its address and port are not in here: they lie
// side by side with those of its neighbours (peer_lists.ts), ready to be copied into an answer.
//
//   word 0 to 2    peer id, its last 12 bytes
//        3         hash of its key, 29 bits, 0 for none; then a bit each: it announces over UDP; it is a partial seed
//                  (BEP 21); its `completed` has been counted
//        4         last seen, 24 bits of tenths of a second; then 8 bits of the prefix
//        5, 6, 7   uploaded, downloaded, left: low 32 bits
//   half 16 to 18  the same: high 16 bits
//        19, 20    upload and download rate, half-precision MiB/s
//        21        16 more bits of the prefix: the number of the peer id's first 8 bytes (peer_id_prefixes.ts)

import type { Page } from "./arena.ts";

export const PEER_WORDS = 11;

const KEY = 3;
const LAST_SEEN = 4;
const COUNTERS_LOW = 5;
const COUNTERS_HIGH = 16;
const RATES = 19;
const PREFIX = 21;

const RATE_UNIT = 1 << 20;
/** The largest counter that 48 bits hold: 281 TB. A peer with more stays there. */
export const MAX_COUNTER = 2 ** 48 - 1;
/** The largest hash of a key. */
export const MAX_KEY = 0x1fffffff;

/**
 * Stored times begin anew after so many tenths of a second, 19 days: a peer is forgotten long before it has been silent for
 * that long. Zero stands for "never".
 */
export const TIME_ROUND = 2 ** 24 - 1;

/** The counters of a record. */
export const Counter = { uploaded: 0, downloaded: 1, left: 2 } as const;
export type Counter = (typeof Counter)[keyof typeof Counter];

/** The rates of a record, bytes a second. */
export const Rate = { up: 0, down: 1 } as const;
export type Rate = (typeof Rate)[keyof typeof Rate];

// One of each to turn half-precision numbers into bits and back.
const half = new Float16Array(1);
const halfBits = new Uint16Array(half.buffer);

// All functions take the record's page and its offset there in words.

/** Nothing is known of the peer. */
export function clear({ words }: Page, at: number): void {
  for (let i = at; i < at + PEER_WORDS; i++) words[i] = 0;
}

export function readKey({ words }: Page, at: number): number {
  return (words[at + KEY] as number) >>> 3;
}

/** `key`: at most MAX_KEY. */
export function writeKey({ words }: Page, at: number, key: number): void {
  words[at + KEY] = (key << 3) | ((words[at + KEY] as number) & 7);
}

export function hasCompleted({ words }: Page, at: number): boolean {
  return ((words[at + KEY] as number) & 1) !== 0;
}

export function setCompleted({ words }: Page, at: number): void {
  words[at + KEY] = (words[at + KEY] as number) | 1;
}

export function isPartial({ words }: Page, at: number): boolean {
  return ((words[at + KEY] as number) & 2) !== 0;
}

export function setPartial({ words }: Page, at: number, isPartial: boolean): void {
  words[at + KEY] = ((words[at + KEY] as number) & ~2) | (isPartial ? 2 : 0);
}

/** Whether its last announce came over UDP: it is HTTP otherwise. */
export function isUdp({ words }: Page, at: number): boolean {
  return ((words[at + KEY] as number) & 4) !== 0;
}

export function setUdp({ words }: Page, at: number, isUdp: boolean): void {
  words[at + KEY] = ((words[at + KEY] as number) & ~4) | (isUdp ? 4 : 0);
}

/** How many tenths of a second before `now`, in tenths too, the peer was last seen; undefined if never. */
export function silence({ words }: Page, at: number, now: number): number | undefined {
  const stored = (words[at + LAST_SEEN] as number) & 0xffffff;
  if (stored === 0) return undefined;
  const passed = toStored(now) - stored;
  return passed < 0 ? passed + TIME_ROUND : passed;
}

export function readLastSeen({ words }: Page, at: number): number {
  return (words[at + LAST_SEEN] as number) & 0xffffff;
}

export function writeLastSeen({ words }: Page, at: number, tenths: number): void {
  words[at + LAST_SEEN] = ((words[at + LAST_SEEN] as number) & 0xff000000) | toStored(tenths);
}

export function readPrefix({ halves, words }: Page, at: number): number {
  return ((halves[at * 2 + PREFIX] as number) << 8) | ((words[at + LAST_SEEN] as number) >>> 24);
}

export function writePrefix({ halves, words }: Page, at: number, prefix: number): void {
  halves[at * 2 + PREFIX] = prefix >>> 8;
  words[at + LAST_SEEN] = ((words[at + LAST_SEEN] as number) & 0xffffff) | (prefix << 24);
}

export function readCounter({ words, halves }: Page, at: number, counter: Counter): number {
  const high = halves[at * 2 + COUNTERS_HIGH + counter] as number;
  return high * 2 ** 32 + (words[at + COUNTERS_LOW + counter] as number);
}

export function writeCounter({ words, halves }: Page, at: number, counter: Counter, value: number): void {
  const kept = value < MAX_COUNTER ? value : MAX_COUNTER;
  words[at + COUNTERS_LOW + counter] = kept;
  halves[at * 2 + COUNTERS_HIGH + counter] = kept / 2 ** 32;
}

export function readRate({ halves }: Page, at: number, rate: Rate): number {
  halfBits[0] = halves[at * 2 + RATES + rate] as number;
  return Math.round((half[0] as number) * RATE_UNIT);
}

/** `bytesPerSecond` up to 64 GiB/s, kept to three digits. */
export function writeRate({ halves }: Page, at: number, rate: Rate, bytesPerSecond: number): void {
  half[0] = Math.min(bytesPerSecond / RATE_UNIT, 65504);
  halves[at * 2 + RATES + rate] = halfBits[0] as number;
}

/** The peer id's last 12 bytes, borrowed. */
export function peerIdTail({ bytes }: Page, at: number): Uint8Array {
  return bytes.subarray(at * 4, at * 4 + 12);
}

/** `peerId`: all five words of it. */
export function writePeerIdTail({ words }: Page, at: number, peerId: Uint32Array): void {
  words[at] = peerId[2] as number;
  words[at + 1] = peerId[3] as number;
  words[at + 2] = peerId[4] as number;
}

export function hasPeerIdTail({ words }: Page, at: number, peerId: Uint32Array): boolean {
  return words[at] === peerId[2] && words[at + 1] === peerId[3] && words[at + 2] === peerId[4];
}

function toStored(tenths: number): number {
  return tenths % TIME_ROUND + 1;
}
