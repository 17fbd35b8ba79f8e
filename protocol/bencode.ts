// Bencode, the encoding of .torrent files, trackers' answers and extension messages: both directions.
// https://www.bittorrent.org/beps/bep_0003.html ("bencoding"). What a dictionary has to hold is for its readers.

import { fromUtf8 } from "./bytes.ts";
import { type DecodeOptions, Decoder } from "./bencode_decoder.ts";
import type { BencodeDict, BencodeInput, BencodeValue } from "./bencode_value.ts";
import { quote } from "./quote.ts";

export type { DecodeOptions } from "./bencode_decoder.ts";
export type { BencodeDict, BencodeInput, BencodeValue } from "./bencode_value.ts";
export { getBytes, getDict, getInteger, getList, getText } from "./bencode_value.ts";

/** Deeper values are taken for cyclic. */
const MAX_DEPTH = 512;
/** Chars of a text up to which it is written char by char. */
const SHORT_TEXT = 64;

const COLON = 0x3a;
const D = 0x64;
const E = 0x65;
const L = 0x6c;

/**
 * Encodes a value canonically (BEP 3): keys sorted as bytes, integers without superfluous digits. Text becomes UTF-8,
 * keys are binary strings (one char a byte), members that are undefined are left out.
 *
 * @throws {RangeError} for a number that is no whole one within ±(2^53 - 1) (larger ones are given as bigint), a key
 * with chars beyond U+00FF, or values nested deeper than 512.
 * @throws {TypeError} for what bencode has no form for, such as a boolean or null.
 *
 * @example
 * ```ts
 * import { encode, toBinary } from "@seedling/seedling";
 *
 * console.log(toBinary(encode({ spam: ["a", 1], cow: "moo" }))); // d3:cow3:moo4:spaml1:ai1eee
 * ```
 */
export function encode(value: BencodeInput): Uint8Array {
  const encoder = new Encoder();
  encoder.value(value, 0);
  return encoder.bytes();
}

/**
 * Decodes one value that is the whole input. Byte strings in the result are views of `bytes`, not copies.
 *
 * @throws {BencodeError} if it is not bencode, has anything after it, or goes beyond a limit of `options`.
 *
 * @example
 * ```ts
 * import { decode, fromUtf8 } from "@seedling/seedling";
 *
 * console.log(decode(fromUtf8("l4:spami1ee"))); // [the bytes of "spam", 1]
 * ```
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): BencodeValue {
  const decoder = new Decoder(bytes, options);
  const value = decoder.value();
  if (!options.lenient) decoder.end();
  return value;
}

/** A dictionary together with the raw bytes of its members. */
export interface DecodedDict {
  /** The dictionary. */
  dict: BencodeDict;
  /** The encoded bytes of the value at `key` as they stand in the input, a view; undefined if there is none. */
  span(key: string): Uint8Array | undefined;
}

/**
 * Decodes a dictionary that is the whole input, and keeps where its values lie: an info hash is taken over the bytes
 * as they came, never over a new encoding of them (BEP 3, "info_hash").
 *
 * @throws {BencodeError} as `decode()` does, and if the value is not a dictionary.
 */
export function decodeDict(bytes: Uint8Array, options: DecodeOptions = {}): DecodedDict {
  const decoder = new Decoder(bytes, options);
  const { dict, spans } = decoder.outerDict();
  if (!options.lenient) decoder.end();
  return {
    dict,
    span(key) {
      const span = spans.get(key);
      return span === undefined ? undefined : bytes.subarray(span.from, span.to);
    },
  };
}

/** A value and how much of the input it took. */
export interface DecodedPrefix {
  /** The value. */
  value: BencodeValue;
  /** Its encoded length in bytes: what follows begins here. */
  length: number;
}

/**
 * Decodes the value at the start of the input and leaves the rest alone, as for messages that carry a dictionary and
 * raw bytes after it (BEP 9).
 *
 * @throws {BencodeError} if the input does not begin with bencode, or goes beyond a limit of `options`.
 */
export function decodePrefix(bytes: Uint8Array, options: DecodeOptions = {}): DecodedPrefix {
  const decoder = new Decoder(bytes, options);
  const value = decoder.value();
  return { value, length: decoder.at };
}

/** Writes values one after the other into one buffer that doubles when it is full. */
class Encoder {
  #buffer = new Uint8Array(256);
  #length = 0;

  value(value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) {
      throw new RangeError(`Cannot encode bencode: values may nest ${MAX_DEPTH} deep: got more, or a cycle`);
    }
    if (typeof value === "string") this.#text(value);
    else if (value instanceof Uint8Array) this.#string(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "bigint") this.#ascii(`i${value}e`);
    else if (Array.isArray(value)) this.#list(value, depth);
    else if (value instanceof Map) this.#dict([...value], depth);
    else if (isPlain(value)) this.#dict(Object.entries(value), depth);
    else throw new TypeError(`Cannot encode bencode: there is no form for it: got ${describe(value)}`);
  }

  /** What was written, cut to size and owned by the caller. */
  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`Cannot encode bencode: a number must be whole and below 2^53: got ${value}`);
    }
    this.#ascii(`i${value === 0 ? 0 : value}e`); // -0 is not bencode
  }

  #string(bytes: Uint8Array): void {
    this.#ascii(String(bytes.length));
    this.#byte(COLON);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #text(text: string): void {
    // A TextEncoder's call costs more than to write a file's name, and there may be 100,000.
    if (text.length > SHORT_TEXT || !isAscii(text)) return this.#string(fromUtf8(text));
    this.#ascii(`${text.length}:`);
    this.#ascii(text);
  }

  #list(list: readonly unknown[], depth: number): void {
    this.#byte(L);
    for (const item of list) this.value(item, depth + 1);
    this.#byte(E);
  }

  #dict(members: [key: unknown, value: unknown][], depth: number): void {
    this.#byte(D);
    const told = members.filter(([, value]) => value !== undefined);
    for (const [key] of told) {
      if (typeof key === "string") continue;
      throw new TypeError(`Cannot encode bencode: keys must be strings: got ${describe(key)}`);
    }
    for (const [key, value] of (told as [string, unknown][]).sort(byKey)) {
      this.#key(key);
      this.value(value, depth + 1);
    }
    this.#byte(E);
  }

  /** Binary strings sort by char as their bytes do; a char beyond a byte would break that silently. */
  #key(key: string): void {
    this.#ascii(`${key.length}:`);
    this.#reserve(key.length);
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      if (code > 0xff) {
        throw new RangeError(
          `Cannot encode bencode: keys must be one char a byte: got ${quote(key)}`,
        );
      }
      this.#buffer[this.#length++] = code;
    }
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}

/** True for objects that are nothing but their members: a Date or a DataView is a mistake. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return `an object (${value.constructor?.name ?? "unknown"})`;
}
