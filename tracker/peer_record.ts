// How one peer lies in the arena: 13 words, and where each field is. Its address and port are not in here: they lie
// side by side with those of its neighbours (peer_lists.ts), ready to be copied into an answer.
//
//   word 0 to 4    peer id, 20 bytes
//        5         hash of its key, 0 for none
//        6         last seen, tenths of a second since the tracker's start
//        7, 8, 9   uploaded, downloaded, left: low 32 bits
//   half 20 to 22  the same: high 16 bits
//        23, 24    upload and download rate, half-precision MiB/s
//   byte 50        1: its `completed` has been counted
//        51        its slot in the chunk

import type { Page } from "./arena.ts";

export const PEER_WORDS = 13;
export const SLOT_BYTE = 51;

const KEY = 5;
const LAST_SEEN = 6;
const COUNTERS_LOW = 7;
const COUNTERS_HIGH = 20;
const RATES = 23;
const COMPLETED_BYTE = 50;

const RATE_UNIT = 1 << 20;
/** The largest counter that 48 bits hold: 281 TB. A peer with more stays there. */
export const MAX_COUNTER = 2 ** 48 - 1;

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

export function readKey({ words }: Page, at: number): number {
  return words[at + KEY] as number;
}

export function writeKey({ words }: Page, at: number, key: number): void {
  words[at + KEY] = key;
}

export function readLastSeen({ words }: Page, at: number): number {
  return words[at + LAST_SEEN] as number;
}

export function writeLastSeen({ words }: Page, at: number, tenths: number): void {
  words[at + LAST_SEEN] = tenths;
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

export function hasCompleted({ bytes }: Page, at: number): boolean {
  return bytes[at * 4 + COMPLETED_BYTE] !== 0;
}

export function setCompleted({ bytes }: Page, at: number, completed: boolean): void {
  bytes[at * 4 + COMPLETED_BYTE] = completed ? 1 : 0;
}

/** The peer id, borrowed. */
export function peerIdOf({ bytes }: Page, at: number): Uint8Array {
  return bytes.subarray(at * 4, at * 4 + 20);
}

export function writePeerId({ words }: Page, at: number, peerId: Uint32Array): void {
  for (let i = 0; i < 5; i++) words[at + i] = peerId[i] as number;
}

export function hasPeerId({ words }: Page, at: number, peerId: Uint32Array): boolean {
  for (let i = 0; i < 5; i++) {
    if (words[at + i] !== peerId[i]) return false;
  }
  return true;
}
