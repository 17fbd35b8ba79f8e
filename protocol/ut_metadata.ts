// The messages in which peers hand each other a torrent's info dictionary, in pieces of 16 KiB.
// https://www.bittorrent.org/beps/bep_0009.html ("extension message"). Whether what came is the right one, only its SHA-1
// tells; whom to ask and whom to answer is the engine's.

import { concat } from "./bytes.ts";
import { decodePrefix, encode, getInteger } from "./bencode.ts";
import { BencodeError, ProtocolError } from "./errors.ts";

/** Bytes of every piece of the info dictionary but the last (BEP 9). */
export const METADATA_PIECE_LENGTH: number = 16 * 1024;

/** How many pieces an info dictionary of `size` bytes has. */
export function metadataPieceCount(size: number): number {
  return Math.ceil(size / METADATA_PIECE_LENGTH);
}

/** What one peer says to another about the info dictionary (BEP 9). */
export type MetadataMessage =
  | {
    /** It wants a piece. */
    type: "request";
    /** From 0, unchecked. */
    piece: number;
  }
  | {
    /** Here is one. */
    type: "data";
    /** From 0, unchecked. */
    piece: number;
    /** Bytes of the whole info dictionary, as the sender has it; undefined if it doesn't say. */
    totalSize: number | undefined;
    /** The piece, a view of the message. */
    data: Uint8Array;
  }
  | {
    /** It will not send this one. */
    type: "reject";
    /** From 0, unchecked. */
    piece: number;
  };

const REQUEST = 0;
const DATA = 1;
const REJECT = 2;

/** The dictionary in front has three numbers; some add a few of their own. */
const MAX_VALUES = 64;

/** Lays out the payload of a request for piece `piece`, from 0 (BEP 9). */
export function encodeMetadataRequest(piece: number): Uint8Array {
  return encode({ msg_type: REQUEST, piece });
}

/** Lays out the payload of a refusal of piece `piece` (BEP 9). */
export function encodeMetadataReject(piece: number): Uint8Array {
  return encode({ msg_type: REJECT, piece });
}

/** Lays out the payload that carries piece `piece` of `infoBytes`: 16 KiB of it, or what is left (BEP 9). */
export function encodeMetadataData(piece: number, infoBytes: Uint8Array): Uint8Array {
  const from = piece * METADATA_PIECE_LENGTH;
  return concat([
    encode({ msg_type: DATA, piece, total_size: infoBytes.length }),
    infoBytes.subarray(from, from + METADATA_PIECE_LENGTH),
  ]);
}

/**
 * Reads the payload of an `ut_metadata` message. Undefined if it is of a kind that BEP 9 does not know, which is to be
 * ignored.
 *
 * @throws {ProtocolError} if it does not begin with a bencoded dictionary that names kind and piece.
 */
export function decodeMetadataMessage(payload: Uint8Array): MetadataMessage | undefined {
  const { value, length } = prefixOf(payload);
  const kind = value instanceof Map ? getInteger(value, "msg_type") : undefined;
  const piece = value instanceof Map ? getInteger(value, "piece") : undefined;
  if (!(value instanceof Map) || kind === undefined || piece === undefined || piece < 0) {
    throw new ProtocolError('Cannot accept ut_metadata: "msg_type" and "piece" must be whole numbers');
  }
  switch (kind) {
    case REQUEST:
      return { type: "request", piece };
    case DATA:
      return {
        type: "data",
        piece,
        totalSize: getInteger(value, "total_size"),
        data: payload.subarray(length),
      };
    case REJECT:
      return { type: "reject", piece };
    default:
      return undefined;
  }
}

function prefixOf(payload: Uint8Array): ReturnType<typeof decodePrefix> {
  try {
    return decodePrefix(payload, { lenient: true, maxValues: MAX_VALUES });
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    throw new ProtocolError(`Cannot accept ut_metadata: ${error.reason} at byte ${error.offset}`);
  }
}
