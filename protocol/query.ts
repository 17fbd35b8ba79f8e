// The raw query of an announce or a scrape, byte for byte. URLSearchParams can't be used: it decodes as UTF-8 and
// destroys every info hash with a byte above 127. https://www.bittorrent.org/beps/bep_0003.html (trackers).
//
// "+" is a plus: BEP 3 points to RFC 1738, where it stands for itself; big trackers (opentracker, aquatic) read it
// so because clients in the field send it so, and whoever means a space sends "%20", the only way that works everywhere.
//
// What is refused is refused with a TrackerRequestError whose text never repeats what was sent.

import { TrackerRequestError } from "./errors.ts";

/** Longest query that is looked at, in characters. Real announces have about 350, a scrape of 70 hashes about 5,000. */
const MAX_QUERY_LENGTH = 8192;

/** What stands between parameters. */
export const AMPERSAND = 0x26;
/** What stands between a name and its value. */
export const EQUALS = 0x3d;
const PERCENT = 0x25;
/** What stands in place of a character that is none of ASCII. */
const NOT_ASCII = 0x80;

const encoder = new TextEncoder();

/**
 * One query at a time, and what stands between two places of it. The runtime's URLs are put together of parts, and to ask such
 * a string for its characters one by one takes five times as long as to have them written out once.
 */
export class RawQuery {
  /** A byte a character. */
  readonly #codes = new Uint8Array(MAX_QUERY_LENGTH);
  #text = "";

  /**
   * Reads the query that begins at `start` of a text, and ends with it.
   *
   * @throws {TrackerRequestError} if it is too long to be honest.
   */
  read(text: string, start = 0): void {
    const query = start === 0 ? text : text.slice(start);
    if (query.length > MAX_QUERY_LENGTH) throw new TrackerRequestError("Query too long");
    this.#text = query;
    const { read, written } = encoder.encodeInto(query, this.#codes);
    if (read === query.length && written === read) return;
    for (let i = 0; i < query.length; i++) this.#codes[i] = Math.min(query.charCodeAt(i), NOT_ASCII);
  }

  /** Its characters. */
  get length(): number {
    return this.#text.length;
  }

  /** The character at a place, as its code: 0x80 for all that are none of ASCII. */
  codeAt(at: number): number {
    return this.#codes[at] as number;
  }

  /** What stands between two places, as it was sent. */
  slice(from: number, to: number): string {
    return this.#text.slice(from, to);
  }

  /** Where the parameter that begins at `at` ends: the next "&" or the end of the query. */
  parameterEnd(at: number): number {
    let i = at;
    while (i < this.length && this.#codes[i] !== AMPERSAND) i++;
    return i;
  }

  /** Where the name that begins at `at` ends: at "=", or at `end` if there is none. */
  nameEnd(at: number, end: number): number {
    let i = at;
    while (i < end && this.#codes[i] !== EQUALS) i++;
    return i;
  }

  /** Decodes exactly 20 bytes between `from` and `to` into a binary string; `name` is for the failure reason. */
  hash(from: number, to: number, name: string): string {
    const codes = this.#codes;
    const h = hash;
    let n = 0;
    for (let i = from; i < to; i++) {
      let code = codes[i] as number;
      if (code === PERCENT) {
        code = this.#escapedByte(i, to, name);
        i += 2;
      } else if (code === NOT_ASCII) {
        throw notEscaped(name);
      }
      if (n < 20) h[n] = code;
      n++;
    }
    if (n !== 20) throw new TrackerRequestError(`Invalid ${name}: must be 20 bytes`);
    // deno-fmt-ignore
    return String.fromCharCode(
      h[0] as number, h[1] as number, h[2] as number, h[3] as number, h[4] as number,
      h[5] as number, h[6] as number, h[7] as number, h[8] as number, h[9] as number,
      h[10] as number, h[11] as number, h[12] as number, h[13] as number, h[14] as number,
      h[15] as number, h[16] as number, h[17] as number, h[18] as number, h[19] as number,
    );
  }

  /** Decodes the bytes between `from` and `to`, at most `maxBytes`, into a binary string. */
  bytes(from: number, to: number, name: string, maxBytes: number): string {
    let text = "";
    // What stands for itself is cut out in one go: of most values all does.
    let plain = from;
    for (let i = from; i < to; i++) {
      const code = this.#codes[i] as number;
      if (code === PERCENT) {
        text += this.slice(plain, i) + String.fromCharCode(this.#escapedByte(i, to, name));
        i += 2;
        plain = i + 1;
      } else if (code === NOT_ASCII) {
        throw notEscaped(name);
      }
    }
    text += this.slice(plain, to);
    if (text.length > maxBytes) throw new TrackerRequestError(`Invalid ${name}: too long`);
    return text;
  }

  /**
   * Reads decimal digits and nothing else between `from` and `to`, or returns -1. Beyond 2^53 - 1 the value stays there:
   * clients that don't know a size send the largest number they have.
   */
  digits(from: number, to: number): number {
    if (from >= to) return -1;
    let value = 0;
    for (let i = from; i < to; i++) {
      const digit = (this.#codes[i] as number) - 0x30;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return Math.min(value, Number.MAX_SAFE_INTEGER);
  }

  #escapedByte(at: number, to: number, name: string): number {
    const high = HEX_DIGITS[this.#codes[at + 1] as number] as number;
    const low = HEX_DIGITS[this.#codes[at + 2] as number] as number;
    const byte = (high << 4) | low;
    if (at + 2 >= to || byte < 0) {
      throw new TrackerRequestError(`Invalid ${name}: malformed percent escape`);
    }
    return byte;
  }
}

// Filled by hash() and turned into a string in one go: adding up single characters takes twice the time.
const hash = new Uint8Array(20);

/** Percent-encodes a binary string: everything but letters, digits and "-._~" (RFC 3986). */
export function percentEncode(binary: string): string {
  let text = "";
  for (let i = 0; i < binary.length; i++) {
    const escaped = ESCAPES[binary.charCodeAt(i)];
    if (escaped === undefined) throw new RangeError("Cannot percent-encode: must be a binary string");
    text += escaped;
  }
  return text;
}

const ESCAPES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9._~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
});

// By character, -1 for what is none: an info hash has some forty digits in no order, and no branch on them is guessed right.
const HEX_DIGITS = Int8Array.from(
  { length: 256 },
  (_, code) => "0123456789abcdef".indexOf(String.fromCharCode(code).toLowerCase()),
);

function notEscaped(name: string): TrackerRequestError {
  return new TrackerRequestError(`Invalid ${name}: must be percent-encoded`);
}
