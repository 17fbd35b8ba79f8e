// Which pieces someone has: one bit a piece, the first in the high bit of the first byte.
// https://www.bittorrent.org/beps/bep_0003.html ("bitfield"). Whose it is, and when it may be sent, others know.

import { ProtocolError } from "./errors.ts";

/** A set of piece indices below a fixed length, kept as the bytes that go over the wire. Counts as it changes. */
export class Bitfield {
  /** Number of bits, that is of pieces. */
  readonly length: number;
  /** The bits themselves, shared: read them, change them through `set()` and `clear()` only. */
  readonly bytes: Uint8Array;
  #count = 0;

  /**
   * Makes a field with no bit set.
   *
   * @param length number of pieces, 0 to 2^32 - 1.
   * @throws {RangeError} if `length` is not such a number.
   */
  constructor(length: number) {
    if (!(Number.isInteger(length) && length >= 0 && length <= 0xffffffff)) {
      throw new RangeError(`Cannot make a bitfield: length must be 0 to 2^32 - 1: got ${length}`);
    }
    this.length = length;
    this.bytes = new Uint8Array(Math.ceil(length / 8));
  }

  /**
   * Reads the payload of a bitfield message (BEP 3). The bytes are copied.
   *
   * @param bytes exactly as many as `length` bits need; spare bits at the end must be 0.
   * @param length number of pieces.
   * @throws {ProtocolError} if the size is wrong or a spare bit is set.
   */
  static fromBytes(bytes: Uint8Array, length: number): Bitfield {
    const field = new Bitfield(length);
    if (bytes.length !== field.bytes.length) {
      throw new ProtocolError(
        `Cannot accept a bitfield: ${length} pieces take ${field.bytes.length} bytes: got ${bytes.length}`,
      );
    }
    const spare = 0xff >>> (length % 8);
    if (length % 8 !== 0 && (byteAt(bytes, bytes.length - 1) & spare) !== 0) {
      throw new ProtocolError("Cannot accept a bitfield: spare bits at its end must be 0: got 1");
    }
    field.bytes.set(bytes);
    for (let i = 0; i < bytes.length; i++) field.#count += bitsIn(byteAt(bytes, i));
    return field;
  }

  /** Number of bits that are set. */
  get count(): number {
    return this.#count;
  }

  /** True if every bit is set; so also for a field of length 0. */
  get isComplete(): boolean {
    return this.#count === this.length;
  }

  /** True if no bit is set. */
  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** True if bit `index` is set; false for any index outside the field. */
  has(index: number): boolean {
    return index >= 0 && index < this.length &&
      (byteAt(this.bytes, index >>> 3) & (0x80 >>> (index & 7))) !== 0;
  }

  /**
   * Sets bit `index`.
   *
   * @returns true if it was not set before.
   * @throws {RangeError} if `index` is outside the field.
   */
  set(index: number): boolean {
    this.#check(index);
    if (this.has(index)) return false;
    this.bytes[index >>> 3] = byteAt(this.bytes, index >>> 3) | (0x80 >>> (index & 7));
    this.#count++;
    return true;
  }

  /**
   * Clears bit `index`.
   *
   * @returns true if it was set before.
   * @throws {RangeError} if `index` is outside the field.
   */
  clear(index: number): boolean {
    this.#check(index);
    if (!this.has(index)) return false;
    this.bytes[index >>> 3] = byteAt(this.bytes, index >>> 3) & ~(0x80 >>> (index & 7));
    this.#count--;
    return true;
  }

  /** Sets every bit. */
  setAll(): void {
    this.bytes.fill(0xff);
    if (this.length % 8 !== 0) this.bytes[this.bytes.length - 1] = 0xff & ~(0xff >>> (this.length % 8));
    this.#count = this.length;
  }

  /** The indices whose bit is not set, rising. The field may change meanwhile: what was passed is not told again. */
  *missing(): Generator<number, void, undefined> {
    for (let index = 0; index < this.length;) {
      if (index % 8 === 0 && this.bytes[index >>> 3] === 0xff) {
        index += 8;
      } else {
        if (!this.has(index)) yield index;
        index++;
      }
    }
  }

  /** A copy of the bytes, as a bitfield message carries them. */
  toBytes(): Uint8Array {
    return this.bytes.slice();
  }

  /** A field with the same bits that shares nothing with this one. */
  clone(): Bitfield {
    const field = new Bitfield(this.length);
    field.bytes.set(this.bytes);
    field.#count = this.#count;
    return field;
  }

  #check(index: number): void {
    if (!(Number.isInteger(index) && index >= 0 && index < this.length)) {
      throw new RangeError(`Cannot change a bit: index must be 0 to ${this.length - 1}: got ${index}`);
    }
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

/** Number of bits set in one byte. */
function bitsIn(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55);
  const nibbles = (pairs & 0x33) + ((pairs >> 2) & 0x33);
  return (nibbles + (nibbles >> 4)) & 0x0f;
}
