// What a peer sends for the blocks of a part of a piece, as BEP 3 has it: written out by hand, to hold ours against.

import { concat } from "../../protocol/bytes.ts";

const BLOCK_LENGTH = 16384;

/** The piece messages of `bytes`, which lie at `begin` of a piece, one behind the other. */
export function pieceMessages(
  index: number,
  begin: number,
  bytes: Uint8Array,
  blockLength: number = BLOCK_LENGTH,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += blockLength) {
    const block = bytes.subarray(at, at + blockLength);
    const header = new DataView(new ArrayBuffer(13));
    header.setUint32(0, 9 + block.length);
    header.setUint8(4, 7);
    header.setUint32(5, index);
    header.setUint32(9, begin + at);
    parts.push(new Uint8Array(header.buffer), block);
  }
  return concat(parts);
}
