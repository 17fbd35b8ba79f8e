// A span as it leaves: its blocks as piece messages, one behind the other, each behind its header. What lies so can be sent
// from where it lies, to any number of peers, without being copied.
// https://www.bittorrent.org/beps/bep_0003.html ("piece").
//
//   header, 16 KiB │ header, 16 KiB │ … │ header, the rest
//
// Only who asks for just such a block is served so. That is what all clients of today do. A span that was first wanted by
// one who asks for long blocks is cut into those.

import { PIECE_HEADER_LENGTH, writePieceHeader } from "../../protocol/messages.ts";

/** Bytes of the messages of a span of `length` bytes, cut into blocks of `blockLength`. */
export function messagesLength(length: number, blockLength: number): number {
  return length + PIECE_HEADER_LENGTH * Math.ceil(length / blockLength);
}

/** Bytes of the span whose messages take `length` bytes. */
export function spanLength(length: number, blockLength: number): number {
  return length - PIECE_HEADER_LENGTH * Math.ceil(length / (PIECE_HEADER_LENGTH + blockLength));
}

/** A part of a block: where it lies in the span and among the messages, in bytes. */
export interface BlockPart {
  at: number;
  place: number;
  length: number;
}

/** The parts of blocks that `length` bytes from `at` of a span lie in, in order. */
export function* blockParts(
  at: number,
  length: number,
  blockLength: number,
): Generator<BlockPart> {
  for (const end = at + length; at < end;) {
    const from = at % blockLength;
    const part = Math.min(blockLength - from, end - at);
    const headers = PIECE_HEADER_LENGTH * (Math.floor(at / blockLength) + 1);
    yield { at, place: headers + at, length: part };
    at += part;
  }
}

/** Writes all headers of the messages of a span that begins at `begin` of a piece. */
export function writeHeaders(messages: Uint8Array, index: number, begin: number, blockLength: number): void {
  const view = new DataView(messages.buffer, messages.byteOffset, messages.length);
  for (const { at, place, length } of blockParts(0, spanLength(messages.length, blockLength), blockLength)) {
    writePieceHeader(view, place - PIECE_HEADER_LENGTH, index, begin + at, length);
  }
}
