// Small tools for bytes: hex, binary strings, UTF-8, comparison, joining, randomness. Web standards only.
// A "binary string" holds one byte per char (U+0000 to U+00FF): it can be a Map key and sorts as its bytes do.

import { quote } from "./quote.ts";

const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const utf8Encoder = new TextEncoder();
// A byte order mark is data here: it belongs to the name or comment in which it stands.
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Chars made in one call of String.fromCharCode: its arguments live on the stack. */
const BINARY_RUN = 4096;
/** The most that crypto.getRandomValues() gives at once. */
const RANDOM_RUN = 65536;
/** A block's way into shared memory and out of it: small enough to stay in the processor's first cache. */
const BETWEEN = new Uint8Array(16 * 1024);

/** Writes bytes as lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex();
}

/**
 * Reads hex of either case, two digits a byte.
 *
 * @throws {SyntaxError} if the length is odd or a char is not a hex digit.
 */
export function fromHex(hex: string): Uint8Array {
  if (!HEX.test(hex)) {
    throw new SyntaxError(`Cannot read hex: must be pairs of 0-9 and a-f: got ${quote(hex)}`);
  }
  return Uint8Array.fromHex(hex);
}

/** Writes bytes as a binary string: one char, U+0000 to U+00FF, per byte. */
export function toBinary(bytes: Uint8Array): string {
  if (bytes.length <= BINARY_RUN) return toChars(bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += BINARY_RUN) text += toChars(bytes.subarray(at, at + BINARY_RUN));
  return text;
}

function toChars(bytes: Uint8Array): string {
  // apply() takes typed arrays as they are; to spread them takes three to seven times as long.
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/**
 * Reads a binary string back into bytes.
 *
 * @throws {RangeError} if a char is beyond U+00FF and so is no byte.
 */
export function fromBinary(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) {
    const code = binary.charCodeAt(i);
    if (code > 0xff) {
      throw new RangeError(
        `Cannot read a binary string: chars must be bytes: got U+${code.toString(16)} at ${i}`,
      );
    }
    bytes[i] = code;
  }
  return bytes;
}

/** Reads bytes as UTF-8. What is not UTF-8 becomes U+FFFD, a byte order mark stays: this never throws. */
export function toUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** Writes text as UTF-8. A lone surrogate becomes U+FFFD. */
export function fromUtf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** True if both hold the same bytes. Not in constant time: not for secrets. */
export function equals(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** Joins parts into new bytes that share no memory with them. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Copies `source` to `at` of `target` where one of them lies in shared memory. V8 copies that byte by byte unless both
 * addresses are multiples of 8, which those of messages on a wire seldom are: 145 µs for a MiB, and 40 by way of memory
 * that isn't shared. For this the shared side should begin at a multiple of 8.
 */
export function copyShared(source: Uint8Array, target: Uint8Array, at: number): void {
  for (let from = 0; from < source.length; from += BETWEEN.length) {
    const part = source.length <= BETWEEN.length ? source : source.subarray(from, from + BETWEEN.length);
    const between = part.length === BETWEEN.length ? BETWEEN : BETWEEN.subarray(0, part.length);
    between.set(part);
    target.set(between, at + from);
  }
}

/**
 * Copies `source`, which lies at any address of shared memory, to `at` of `target`, which lies in memory that isn't shared. A
 * few bytes before it are taken along, so that V8 copies words: see copyShared().
 */
export function copyFromShared(source: Uint8Array, target: Uint8Array, at: number): void {
  for (let from = 0; from < source.length;) {
    const start = source.byteOffset + from;
    const odd = start % 8;
    const length = Math.min(source.length - from, BETWEEN.length - odd);
    BETWEEN.set(new Uint8Array(source.buffer, start - odd, odd + length));
    target.set(BETWEEN.subarray(odd, odd + length), at + from);
    from += length;
  }
}

/** Makes `length` unpredictable bytes. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += RANDOM_RUN) {
    crypto.getRandomValues(bytes.subarray(at, at + RANDOM_RUN));
  }
  return bytes;
}
