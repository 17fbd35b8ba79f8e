// The 68 bytes that open a connection: name of the protocol, reserved bits, info hash, peer id.
// https://www.bittorrent.org/beps/bep_0003.html; bits of BEP 5, 6 and 10. Whether the info hash is one that is
// served here, and whether the peer id is our own, is for the caller to ask.

import { ProtocolError } from "./errors.ts";

/** Bytes of a handshake. */
export const HANDSHAKE_LENGTH = 68;

const PROTOCOL_NAME = "BitTorrent protocol";
const RESERVED_AT = 1 + PROTOCOL_NAME.length;
const RESERVED_LENGTH = 8;
const INFO_HASH_AT = RESERVED_AT + RESERVED_LENGTH;
const PEER_ID_AT = INFO_HASH_AT + 20;
/** In byte 7, and in byte 5. */
const FAST_BIT = 0x04;
const EXTENDED_BIT = 0x10;

/** What one side says first. All three are owned copies. */
export interface Handshake {
  /** 8 bytes of bits that say which extensions are spoken. */
  reserved: Uint8Array;
  /** 20 bytes. */
  infoHash: Uint8Array;
  /** 20 bytes. */
  peerId: Uint8Array;
}

/** What `encodeHandshake()` needs: without `reserved` no extension is claimed. */
export interface HandshakeFields {
  /** 20 bytes. */
  infoHash: Uint8Array;
  /** 20 bytes. */
  peerId: Uint8Array;
  /** 8 bytes. Default all zero. */
  reserved?: Uint8Array | undefined;
}

/**
 * Lays out a handshake (BEP 3), 68 bytes.
 *
 * @throws {RangeError} if a field has not its exact length.
 */
export function encodeHandshake(fields: HandshakeFields): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_LENGTH);
  bytes[0] = PROTOCOL_NAME.length;
  for (let i = 0; i < PROTOCOL_NAME.length; i++) bytes[1 + i] = PROTOCOL_NAME.charCodeAt(i);
  if (fields.reserved !== undefined) put(bytes, RESERVED_AT, fields.reserved, RESERVED_LENGTH, "reserved");
  put(bytes, INFO_HASH_AT, fields.infoHash, 20, "info hash");
  put(bytes, PEER_ID_AT, fields.peerId, 20, "peer id");
  return bytes;
}

/**
 * Reads a handshake (BEP 3) from exactly 68 bytes. The result does not share memory with `bytes`.
 *
 * @throws {ProtocolError} if it is not one: another length, or another protocol's name.
 */
export function decodeHandshake(bytes: Uint8Array): Handshake {
  if (bytes.length !== HANDSHAKE_LENGTH) {
    throw new ProtocolError(
      `Cannot read a handshake: must be ${HANDSHAKE_LENGTH} bytes: got ${bytes.length}`,
    );
  }
  if (!isHandshakeStart(bytes)) {
    throw new ProtocolError(`Cannot read a handshake: must begin with "${PROTOCOL_NAME}": got other bytes`);
  }
  return {
    reserved: bytes.slice(RESERVED_AT, INFO_HASH_AT),
    infoHash: bytes.slice(INFO_HASH_AT, PEER_ID_AT),
    peerId: bytes.slice(PEER_ID_AT, HANDSHAKE_LENGTH),
  };
}

/**
 * True if `bytes` can still become a handshake: they agree with the protocol's name as far as they go. Lets a
 * listener drop a stranger (a browser, an encrypted handshake) before all 68 bytes are there.
 */
export function isHandshakeStart(bytes: Uint8Array): boolean {
  if (bytes.length > 0 && bytes[0] !== PROTOCOL_NAME.length) return false;
  const end = Math.min(bytes.length, RESERVED_AT);
  for (let i = 1; i < end; i++) {
    if (bytes[i] !== PROTOCOL_NAME.charCodeAt(i - 1)) return false;
  }
  return true;
}

/** The extensions that reserved bits can name. */
export interface Extensions {
  /** The fast extension (BEP 6). Default false. */
  fast?: boolean;
  /** The extension protocol (BEP 10). Default false. */
  extended?: boolean;
}

/** The 8 reserved bytes that name these extensions. */
export function encodeReserved({ fast = false, extended = false }: Extensions): Uint8Array {
  const reserved = new Uint8Array(RESERVED_LENGTH);
  if (fast) reserved[7] = FAST_BIT;
  if (extended) reserved[5] = EXTENDED_BIT;
  return reserved;
}

/** True if the fast extension is spoken (BEP 6, the third last bit). */
export function supportsFast(reserved: Uint8Array): boolean {
  return (byteAt(reserved, 7) & FAST_BIT) !== 0;
}

/** True if the extension protocol is spoken (BEP 10, the 20th bit from the right). */
export function supportsExtensions(reserved: Uint8Array): boolean {
  return (byteAt(reserved, 5) & EXTENDED_BIT) !== 0;
}

/** True if the peer has a DHT node (BEP 5, the last bit). */
export function supportsDht(reserved: Uint8Array): boolean {
  return (byteAt(reserved, 7) & 0x01) !== 0;
}

function byteAt(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}

function put(into: Uint8Array, at: number, field: Uint8Array, length: number, name: string): void {
  if (field.length !== length) {
    throw new RangeError(`Cannot encode a handshake: ${name} must be ${length} bytes: got ${field.length}`);
  }
  into.set(field, at);
}
