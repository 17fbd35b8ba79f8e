// The extension protocol's handshake: which further messages a peer takes and under which ids, and what it tells of itself.
// https://www.bittorrent.org/beps/bep_0010.html; `metadata_size` of BEP 9, `upload_only` of BEP 21, `lt_donthave` of
// BEP 54. What follows from any of it is the engine's.

import { type BencodeDict, decode, encode, getBytes, getDict, getInteger, getText } from "./bencode.ts";
import { formatIp, parseIp } from "./compact.ts";
import { BencodeError, ProtocolError } from "./errors.ts";

/**
 * The ids under which we take extension messages (BEP 10: each side chooses its own). They are those that most clients
 * chose, since some send to their own ids instead of ours.
 */
export const ExtensionId = {
  /** The extended handshake itself: the same for everybody. */
  handshake: 0,
  /** Peer exchange (BEP 11). */
  ut_pex: 1,
  /** The info dictionary (BEP 9). */
  ut_metadata: 2,
  /** Whether the sender still downloads (BEP 21), one byte. */
  upload_only: 3,
  /** A piece that the sender has no more (BEP 54). */
  lt_donthave: 7,
} as const;

/** A message of the extension protocol that we know. */
export type ExtensionName = Exclude<keyof typeof ExtensionId, "handshake">;

/** What one side tells in an extended handshake. Everything is optional, and a later one changes what it names. */
export interface ExtendedHandshake {
  /** `m`: the ids under which the sender takes messages, by their names. 0 means: no more. */
  ids: ReadonlyMap<string, number>;
  /** `v`: client and version, for people; at most 64 chars. */
  client?: string | undefined;
  /** `p`: the TCP port on which the sender listens. */
  port?: number | undefined;
  /** `yourip`: the receiver's address as the sender sees it. */
  yourIp?: string | undefined;
  /** `reqq`: the requests that the sender holds for us without dropping any; at least 1. */
  maxRequests?: number | undefined;
  /**
   * `max_request_length`: the longest request, in bytes, that the sender answers. Seedling's own key; who doesn't say it
   * is asked for blocks of 16 KiB.
   */
  maxRequestLength?: number | undefined;
  /** `metadata_size`: bytes of the info dictionary (BEP 9). Not believed before its hash is right. */
  metadataSize?: number | undefined;
  /** `upload_only`: the sender downloads nothing (more) (BEP 21). */
  isUploadOnly?: boolean | undefined;
}

/** Longest extended handshake read, in bytes: usual ones have about 200. */
const MAX_HANDSHAKE_BYTES = 32 * 1024;
/** Values in one, nested ones counted. */
const MAX_VALUES = 1024;
const MAX_CLIENT_CHARS = 64;
const MAX_PORT = 0xffff;
const MAX_ID = 0xff;

/**
 * Lays out an extended handshake (BEP 10): the payload that follows the id 0. A `yourIp` that is no address is left out.
 *
 * @throws {RangeError} if a number is not a whole one.
 */
export function encodeExtendedHandshake(handshake: ExtendedHandshake): Uint8Array {
  const { ids, client, port, yourIp, maxRequests, maxRequestLength, metadataSize, isUploadOnly } = handshake;
  return encode({
    m: ids,
    max_request_length: maxRequestLength,
    metadata_size: metadataSize,
    p: port,
    reqq: maxRequests,
    upload_only: isUploadOnly === undefined ? undefined : Number(isUploadOnly),
    v: client,
    yourip: yourIp === undefined ? undefined : parseIp(yourIp),
  });
}

/**
 * Reads an extended handshake (BEP 10). Keys that are not known, and values that make no sense, are left out.
 *
 * @throws {ProtocolError} if it is not a bencoded dictionary, or too large.
 */
export function decodeExtendedHandshake(payload: Uint8Array): ExtendedHandshake {
  const dict = dictIn(payload);
  const ids = new Map<string, number>();
  for (const [name, id] of getDict(dict, "m") ?? []) {
    if (typeof id === "number" && id >= 0 && id <= MAX_ID) ids.set(name, id);
  }
  const yourIp = getBytes(dict, "yourip");
  const uploadOnly = getInteger(dict, "upload_only");
  return {
    ids,
    client: getText(dict, "v")?.slice(0, MAX_CLIENT_CHARS),
    port: within(getInteger(dict, "p"), 1, MAX_PORT),
    yourIp: yourIp?.length === 4 || yourIp?.length === 16 ? formatIp(yourIp) : undefined,
    maxRequests: within(getInteger(dict, "reqq"), 1, Infinity),
    maxRequestLength: within(getInteger(dict, "max_request_length"), 1, Infinity),
    metadataSize: within(getInteger(dict, "metadata_size"), 1, Infinity),
    isUploadOnly: uploadOnly === undefined ? undefined : uploadOnly !== 0,
  };
}

/** Bytes of an `lt_donthave` message's payload: the index of a piece. */
const DONT_HAVE_LENGTH = 4;

/** Lays out an `lt_donthave` (BEP 54): the payload that follows its id. */
export function encodeDontHave(index: number): Uint8Array {
  const payload = new Uint8Array(DONT_HAVE_LENGTH);
  new DataView(payload.buffer).setUint32(0, index);
  return payload;
}

/**
 * Reads the index of an `lt_donthave` (BEP 54), unchecked.
 *
 * @throws {ProtocolError} if it has not exactly four bytes.
 */
export function decodeDontHave(payload: Uint8Array): number {
  if (payload.length !== DONT_HAVE_LENGTH) {
    throw new ProtocolError(
      `Cannot accept lt_donthave: must be ${DONT_HAVE_LENGTH} bytes: got ${payload.length}`,
    );
  }
  return new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(0);
}

function dictIn(payload: Uint8Array): BencodeDict {
  let reason = "must be a dictionary: got something else";
  try {
    const value = decode(payload, {
      lenient: true,
      maxBytes: MAX_HANDSHAKE_BYTES,
      maxValues: MAX_VALUES,
    });
    if (value instanceof Map) return value;
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    reason = `${error.reason} at byte ${error.offset}`;
  }
  throw new ProtocolError(`Cannot accept an extended handshake: ${reason}`);
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}
