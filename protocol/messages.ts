// The messages of the peer wire protocol: their ids, their sizes, and writers that put them into a given buffer.
// https://www.bittorrent.org/beps/bep_0003.html (peer messages), BEP 6 (fast extension), BEP 10 (extended); the id of BEP 5
// is named here, too.
// Reading is message_decoder.ts; what a message means is the engine's business.

/** Message ids: BEP 3 (0 to 8), BEP 5 (`port`), BEP 6 (13 to 17) and BEP 10 (`extended`). */
export const MessageId = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
} as const;

/** Bytes of the big-endian length in front of every message. It does not count itself. */
export const LENGTH_PREFIX = 4;

// Sizes in bytes on the wire, the length prefix included.

/** Bytes of a keep-alive: a length of zero and nothing else. */
export const KEEP_ALIVE_LENGTH = 4;
/** Bytes of choke, unchoke, interested and not interested; of have all and have none. */
export const STATE_LENGTH = 5;
/** Bytes of a have, a suggest or an allowed fast. */
export const HAVE_LENGTH = 9;
/** Bytes of a request, a cancel or a reject. */
export const REQUEST_LENGTH = 17;
/** Bytes of a piece message in front of its block. */
export const PIECE_HEADER_LENGTH = 13;
/** Bytes of an extended message in front of its payload (BEP 10). */
export const EXTENDED_HEADER_LENGTH = 6;

/** Bytes of a bitfield message that carries `bits`. */
export function bitfieldLength(bits: Uint8Array): number {
  return STATE_LENGTH + bits.length;
}

// Every writer puts one message at offset `at`. There must be room: a RangeError from the DataView is the caller's mistake.
// Fields are unsigned 32-bit numbers.

/** Writes a keep-alive (4 bytes). Returns the offset after it. */
export function writeKeepAlive(view: DataView, at: number): number {
  view.setUint32(at, 0);
  return at + KEEP_ALIVE_LENGTH;
}

/** Writes a choke (5 bytes). Returns the offset after it. */
export function writeChoke(view: DataView, at: number): number {
  return writeState(view, at, MessageId.choke);
}

/** Writes an unchoke (5 bytes). Returns the offset after it. */
export function writeUnchoke(view: DataView, at: number): number {
  return writeState(view, at, MessageId.unchoke);
}

/** Writes an interested (5 bytes). Returns the offset after it. */
export function writeInterested(view: DataView, at: number): number {
  return writeState(view, at, MessageId.interested);
}

/** Writes a not interested (5 bytes). Returns the offset after it. */
export function writeNotInterested(view: DataView, at: number): number {
  return writeState(view, at, MessageId.notInterested);
}

/** Writes a have (9 bytes). Returns the offset after it. */
export function writeHave(view: DataView, at: number, index: number): number {
  return writeIndex(view, at, MessageId.have, index);
}

/** Writes a bitfield (5 bytes and a copy of `bits`). Returns the offset after it. */
export function writeBitfield(view: DataView, at: number, bits: Uint8Array): number {
  view.setUint32(at, 1 + bits.length);
  view.setUint8(at + 4, MessageId.bitfield);
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(bits, at + STATE_LENGTH);
  return at + STATE_LENGTH + bits.length;
}

/** Writes a request (17 bytes). Returns the offset after it. */
export function writeRequest(
  view: DataView,
  at: number,
  index: number,
  begin: number,
  length: number,
): number {
  return writeBlockRange(view, at, MessageId.request, index, begin, length);
}

/** Writes a cancel (17 bytes). Returns the offset after it. */
export function writeCancel(
  view: DataView,
  at: number,
  index: number,
  begin: number,
  length: number,
): number {
  return writeBlockRange(view, at, MessageId.cancel, index, begin, length);
}

/**
 * Writes the head of a piece message (13 bytes). Returns the offset after it, where the caller puts the block of `length`
 * bytes.
 */
export function writePieceHeader(
  view: DataView,
  at: number,
  index: number,
  begin: number,
  length: number,
): number {
  view.setUint32(at, PIECE_HEADER_LENGTH - LENGTH_PREFIX + length);
  view.setUint8(at + 4, MessageId.piece);
  view.setUint32(at + 5, index);
  view.setUint32(at + 9, begin);
  return at + PIECE_HEADER_LENGTH;
}

/**
 * Writes an extended message (6 bytes and a copy of `payload`): `id` is the one that its receiver chose (BEP 10). Returns
 * the offset after it.
 */
export function writeExtended(view: DataView, at: number, id: number, payload: Uint8Array): number {
  view.setUint32(at, EXTENDED_HEADER_LENGTH - LENGTH_PREFIX + payload.length);
  view.setUint8(at + 4, MessageId.extended);
  view.setUint8(at + 5, id);
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(payload, at + EXTENDED_HEADER_LENGTH);
  return at + EXTENDED_HEADER_LENGTH + payload.length;
}

/** Writes a suggest (BEP 6, 9 bytes): a piece that is good to ask for. Returns the offset after it. */
export function writeSuggest(view: DataView, at: number, index: number): number {
  return writeIndex(view, at, MessageId.suggest, index);
}

/** Writes a have all (BEP 6, 5 bytes). Returns the offset after it. */
export function writeHaveAll(view: DataView, at: number): number {
  return writeState(view, at, MessageId.haveAll);
}

/** Writes a have none (BEP 6, 5 bytes). Returns the offset after it. */
export function writeHaveNone(view: DataView, at: number): number {
  return writeState(view, at, MessageId.haveNone);
}

/** Writes a reject (BEP 6, 17 bytes): the request with these fields will not be answered. Returns the offset after it. */
export function writeReject(
  view: DataView,
  at: number,
  index: number,
  begin: number,
  length: number,
): number {
  return writeBlockRange(view, at, MessageId.reject, index, begin, length);
}

/** Writes an allowed fast (BEP 6, 9 bytes): this piece may be asked for in spite of a choke. Returns the offset after it. */
export function writeAllowedFast(view: DataView, at: number, index: number): number {
  return writeIndex(view, at, MessageId.allowedFast, index);
}

function writeIndex(view: DataView, at: number, id: number, index: number): number {
  view.setUint32(at, HAVE_LENGTH - LENGTH_PREFIX);
  view.setUint8(at + 4, id);
  view.setUint32(at + 5, index);
  return at + HAVE_LENGTH;
}

function writeState(view: DataView, at: number, id: number): number {
  view.setUint32(at, STATE_LENGTH - LENGTH_PREFIX);
  view.setUint8(at + 4, id);
  return at + STATE_LENGTH;
}

function writeBlockRange(
  view: DataView,
  at: number,
  id: number,
  index: number,
  begin: number,
  length: number,
): number {
  view.setUint32(at, REQUEST_LENGTH - LENGTH_PREFIX);
  view.setUint8(at + 4, id);
  view.setUint32(at + 5, index);
  view.setUint32(at + 9, begin);
  view.setUint32(at + 13, length);
  return at + REQUEST_LENGTH;
}
