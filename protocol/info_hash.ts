// The name of a torrent: SHA-1 of its raw info bytes, in the three forms that are needed.
// https://www.bittorrent.org/beps/bep_0003.html ("info_hash"). Where the info bytes come from, metainfo.ts knows.

import { equals, fromBinary, fromHex, toBinary, toHex } from "./bytes.ts";

/** Bytes of an info hash. */
export const INFO_HASH_LENGTH = 20;

/** The SHA-1 of a torrent's `info` dictionary (BEP 3). An immutable value: as bytes, as hex and as a Map key. */
export class InfoHash {
  /** The 20 bytes. Read only. */
  readonly bytes: Uint8Array;
  /** 40 lower-case hex digits. */
  readonly hex: string;
  /** 20 chars, one a byte. */
  readonly binary: string;

  private constructor(bytes: Uint8Array) {
    if (bytes.length !== INFO_HASH_LENGTH) {
      throw new RangeError(
        `Cannot make an info hash: must be ${INFO_HASH_LENGTH} bytes: got ${bytes.length}`,
      );
    }
    this.bytes = bytes;
    this.hex = toHex(bytes);
    this.binary = toBinary(bytes);
  }

  /**
   * From 20 bytes, which are copied.
   *
   * @throws {RangeError} if there are not 20.
   */
  static fromBytes(bytes: Uint8Array): InfoHash {
    return new InfoHash(bytes.slice());
  }

  /**
   * From 40 hex digits of either case.
   *
   * @throws {SyntaxError} if it is not hex.
   * @throws {RangeError} if it is not 20 bytes.
   */
  static fromHex(hex: string): InfoHash {
    return new InfoHash(fromHex(hex));
  }

  /**
   * From a binary string of 20 chars.
   *
   * @throws {RangeError} if it is not 20 chars up to U+00FF.
   */
  static fromBinary(binary: string): InfoHash {
    return new InfoHash(fromBinary(binary));
  }

  /**
   * Hashes the raw bytes of an `info` dictionary, exactly as they stand in the .torrent.
   *
   * @param infoBytes from its `d` to its `e`.
   */
  static async of(infoBytes: Uint8Array): Promise<InfoHash> {
    return new InfoHash(new Uint8Array(await crypto.subtle.digest("SHA-1", infoBytes.slice())));
  }

  /** True if both name the same torrent. */
  equals(other: InfoHash): boolean {
    return equals(this.bytes, other.bytes);
  }

  /** The hex form. */
  toString(): string {
    return this.hex;
  }
}
