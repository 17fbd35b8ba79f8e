// Reads bencode from bytes that may be hostile: nothing is believed before it is checked, nothing is copied but keys.
// https://www.bittorrent.org/beps/bep_0003.html ("bencoding"). Depth, size and number of values are bounded, so neither
// stack nor memory can be exhausted: an empty list takes 2 bytes of input and some hundred of memory.

import { toBinary } from "./bytes.ts";
import type { BencodeDict, BencodeValue } from "./bencode_value.ts";
import { BencodeError } from "./errors.ts";
import { quote } from "./quote.ts";

/** How to decode, and how far. */
export interface DecodeOptions {
  /**
   * Take what the wild sends, too: keys out of order, a key twice (the first counts), leading zeros, `-0`, bytes after
   * the end. What it means is never in doubt; only that it is not canonical. Default false.
   */
  lenient?: boolean;
  /** How deep lists and dictionaries may nest, at most 512. Default 64. */
  maxDepth?: number;
  /** The longest input taken, in bytes. Default 64 MiB. */
  maxBytes?: number;
  /** The most values taken, nested ones counted, keys not. Default 1,000,000. */
  maxValues?: number;
}

/** Where an encoded value lies in the input, in bytes: `to` is the first one after it. */
export interface Span {
  from: number;
  to: number;
}

const DEFAULT_DEPTH = 64;
/** Each level is some frames of the stack: whatever is asked for, no more than this. */
const MAX_DEPTH = 512;
const DEFAULT_BYTES = 64 * 1024 * 1024;
const DEFAULT_VALUES = 1_000_000;
/** Digits of an integer: a longer one costs time that grows faster than its length, and nobody counts that far. */
const MAX_DIGITS = 256;
/** Digits of a byte string's length; zeros in front included. */
const MAX_LENGTH_DIGITS = 16;
/** Below this many digits a number is exact for sure. */
const SAFE_DIGITS = 15;

/** Bytes of a key up to which it is put together char by char. */
const SHORT_KEY = 16;

const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const D = 0x64;
const E = 0x65;
const I = 0x69;
const L = 0x6c;

/** One pass over one input. */
export class Decoder {
  /** Offset of the next byte to read. */
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #lenient: boolean;
  readonly #maxDepth: number;
  readonly #maxValues: number;
  /** Short keys that were read, by length and first byte: those of a torrent's 100,000 files are the same few. */
  readonly #keys = new Map<number, { key: string; from: number }>();
  #values = 0;

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    const maxBytes = options.maxBytes ?? DEFAULT_BYTES;
    if (bytes.length > maxBytes) {
      throw new BencodeError(`input must be at most ${maxBytes} bytes: got ${bytes.length}`, 0);
    }
    this.#bytes = bytes;
    this.#lenient = options.lenient ?? false;
    this.#maxDepth = Math.min(options.maxDepth ?? DEFAULT_DEPTH, MAX_DEPTH);
    this.#maxValues = options.maxValues ?? DEFAULT_VALUES;
  }

  /** Reads the value that starts here. */
  value(): BencodeValue {
    return this.#value(1);
  }

  /** Reads the dictionary that starts here and says where its values lie. */
  outerDict(): { dict: BencodeDict; spans: ReadonlyMap<string, Span> } {
    if (this.#bytes[0] !== D) {
      throw new BencodeError(`the outermost value must be a dictionary: got ${this.#found()}`, 0);
    }
    const spans = new Map<string, Span>();
    this.#count();
    this.#open(1, "dictionary");
    return { dict: this.#dict(1, spans), spans };
  }

  /** Makes sure that nothing is left. */
  end(): void {
    const left = this.#bytes.length - this.at;
    if (left > 0) throw this.#error(`nothing may follow the value: got ${left} more bytes`);
  }

  #value(depth: number): BencodeValue {
    this.#count();
    const byte = this.#bytes[this.at];
    switch (byte) {
      case I:
        return this.#integer();
      case L:
        this.#open(depth, "list");
        return this.#list(depth);
      case D:
        this.#open(depth, "dictionary");
        return this.#dict(depth);
      default:
        if (byte !== undefined && byte >= ZERO && byte <= NINE) return this.#string();
        throw this.#error(`a value must begin with "i", "l", "d" or a digit: got ${this.#found()}`);
    }
  }

  #list(depth: number): BencodeValue[] {
    const list: BencodeValue[] = [];
    while (!this.#close("list")) list.push(this.#value(depth + 1));
    return list;
  }

  #dict(depth: number, spans?: Map<string, Span>): BencodeDict {
    const dict: BencodeDict = new Map();
    let last: string | undefined;
    while (!this.#close("dictionary")) {
      const keyAt = this.at;
      const key = this.#key();
      if (!this.#lenient && last !== undefined && key <= last) {
        const wrong = key === last ? "keys must not repeat" : "keys must be sorted";
        throw new BencodeError(`${wrong}: got ${quote(key)} after ${quote(last)}`, keyAt);
      }
      last = key;
      const from = this.at;
      const value = this.#value(depth + 1);
      if (dict.has(key)) continue; // lenient only: the first one counts, as in libtorrent
      dict.set(key, value);
      spans?.set(key, { from, to: this.at });
    }
    return dict;
  }

  #key(): string {
    const byte = this.#bytes[this.at];
    if (byte === undefined || byte < ZERO || byte > NINE) {
      throw this.#error(`a key must be a byte string: got ${this.#found()}`);
    }
    const from = this.#skipString();
    const length = this.at - from;
    if (length > SHORT_KEY) return toBinary(this.#view(from));
    const kind = length << 8 | (this.#bytes[from] as number);
    const known = this.#keys.get(kind);
    if (known !== undefined && this.#isRepeated(known.from, from)) return known.key;
    const key = toBinary(this.#view(from));
    this.#keys.set(kind, { key, from });
    return key;
  }

  /** True if the bytes from here to where the decoder stands were there already, at `before`. */
  #isRepeated(before: number, from: number): boolean {
    const bytes = this.#bytes;
    for (let i = from; i < this.at; i++) if (bytes[i] !== bytes[before + i - from]) return false;
    return true;
  }

  #string(): Uint8Array {
    return this.#view(this.#skipString());
  }

  /** The bytes up to where the decoder stands. */
  #view(from: number): Uint8Array {
    const { buffer, byteOffset } = this.#bytes;
    return new Uint8Array(buffer, byteOffset + from, this.at - from);
  }

  /** Goes beyond the byte string that starts here; returns where its bytes begin. */
  #skipString(): number {
    const start = this.at;
    const end = this.#digits(MAX_LENGTH_DIGITS);
    if (this.#bytes[end] !== COLON) {
      this.at = end;
      throw this.#error(`a byte string's length must be followed by ":": got ${this.#found()}`);
    }
    this.#refuseLeadingZero(start, end);
    const length = this.#number(start, end);
    const from = end + 1;
    const left = this.#bytes.length - from;
    if (length > left) {
      throw new BencodeError(`a byte string of ${length} bytes is cut off: got ${left} more bytes`, start);
    }
    this.at = from + length;
    return from;
  }

  #integer(): number | bigint {
    const start = this.at;
    const isNegative = this.#bytes[++this.at] === MINUS;
    if (isNegative) this.at++;
    const from = this.at;
    const end = this.#digits(MAX_DIGITS);
    this.at = end;
    if (end === from) throw this.#error(`an integer must have digits: got ${this.#found()}`);
    if (this.#bytes[end] !== E) throw this.#error(`an integer must end with "e": got ${this.#found()}`);
    this.at = end + 1;
    this.#refuseLeadingZero(from, end);
    if (isNegative && this.#bytes[from] === ZERO && end - from === 1) {
      if (!this.#lenient) throw new BencodeError("zero has no sign: got -0", start);
      return 0;
    }
    if (end - from <= SAFE_DIGITS) {
      const value = this.#number(from, end);
      return isNegative && value !== 0 ? -value : value;
    }
    const exact = BigInt(toBinary(this.#bytes.subarray(from, end)));
    const value = isNegative ? -exact : exact;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  /** The offset after the digits that start here. */
  #digits(max: number): number {
    let end = this.at;
    for (;; end++) {
      const byte = this.#bytes[end];
      if (byte === undefined || byte < ZERO || byte > NINE) return end;
      if (end - this.at === max) throw this.#error(`a number must have at most ${max} digits: got more`);
    }
  }

  /** The number that the digits of a span make; exact up to 16 of them, as lengths have. */
  #number(from: number, to: number): number {
    let value = 0;
    for (let i = from; i < to; i++) value = value * 10 + (this.#bytes[i] as number) - ZERO;
    return value;
  }

  #refuseLeadingZero(from: number, end: number): void {
    if (this.#lenient || this.#bytes[from] !== ZERO || end - from === 1) return;
    throw new BencodeError(
      `a number must not begin with 0: got ${quote(toBinary(this.#bytes.subarray(from, end)))}`,
      from,
    );
  }

  #count(): void {
    if (++this.#values > this.#maxValues) {
      throw this.#error(`input must hold at most ${this.#maxValues} values: got more`);
    }
  }

  #open(depth: number, what: string): void {
    if (depth > this.#maxDepth) {
      throw this.#error(`values must nest at most ${this.#maxDepth} deep: got one more ${what}`);
    }
    this.at++;
  }

  /** True, and passed, if here is the end of a list or dictionary. */
  #close(what: string): boolean {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw this.#error(`a ${what} must end with "e": got the end of the input`);
    if (byte !== E) return false;
    this.at++;
    return true;
  }

  /** What stands here, for a message. */
  #found(): string {
    const byte = this.#bytes[this.at];
    if (byte === undefined) return "the end of the input";
    const isPrintable = byte > 0x20 && byte < 0x7f;
    return isPrintable ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, "0")}`;
  }

  #error(reason: string): BencodeError {
    return new BencodeError(reason, this.at);
  }
}
