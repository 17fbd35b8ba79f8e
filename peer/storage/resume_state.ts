// What a run of the peer leaves for the next one about a torrent, as bytes: bencode, and a SHA-1 over it that tells a
// file cut short from a whole one. Bytes that are anything else are refused with a ResumeError, never half believed.

import { Bitfield } from "../../protocol/bitfield.ts";
import {
  type BencodeDict,
  decodeDict,
  encode,
  getBytes,
  getInteger,
  getList,
  getText,
} from "../../protocol/bencode.ts";
import { concat, equals } from "../../protocol/bytes.ts";
import {
  COMPACT4_LENGTH,
  COMPACT6_LENGTH,
  decodeCompact4,
  decodeCompact6,
  encodeCompact4,
  encodeCompact6,
  type PeerAddress,
} from "../../protocol/compact.ts";
import { BencodeError, ProtocolError } from "../../protocol/errors.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { KeptPiece } from "../engine/ports.ts";
import type { FileStamp } from "./file_stamp.ts";

/** The bytes are no state of this torrent's. */
export class ResumeError extends Error {
  /** The name of this kind of error. */
  override readonly name = "ResumeError";
}

/** A file as it was when all that is known of its pieces was true. */
export interface SavedFile extends FileStamp {
  /** It has been synced since: it looks so even after the machine itself went down. */
  isDurable: boolean;
}

/** Which pieces are on disk, and as long as which files look how. */
export interface SavedPieces {
  /** Verified and written. */
  have: Bitfield;
  /** Were being written: to be looked at whatever their files look like. */
  unsure: readonly number[];
  /** By index. Undefined for a file that was being written: nothing is known of it. */
  files: readonly (SavedFile | undefined)[];
}

/** Everything that is kept of a torrent. */
export interface ResumeState extends SavedPieces {
  /** Blocks of pieces that were not whole yet: written, and not verified. */
  kept: readonly KeptPiece[];
  /** When the machine was started, Unix ms; undefined if that was not known. */
  bootedAtMs: number | undefined;
  /** Bytes of blocks received, in all runs. */
  downloaded: number;
  /** Bytes of blocks sent, in all runs. */
  uploaded: number;
  /** Addresses that are worth a call. */
  peers: PeerAddress[];
}

/** Whose state it is: any other torrent's, or one of other files, is refused. */
export interface ResumeSubject {
  /** 20 bytes. */
  infoHash: Uint8Array;
  /** The file or folder, absolute. */
  path: string;
  layout: PieceLayout;
  fileCount: number;
}

/** Addresses kept at most: a swarm is found again with a handful. */
export const MAX_SAVED_PEERS = 200;
/** Unfinished pieces kept at most: more than are ever under way. */
export const MAX_KEPT_PIECES = 1024;
/** A state longer than this is none. 10,000 files take 300 kB. */
export const MAX_STATE_BYTES = 64 * 1024 * 1024;

const VERSION = 1;
const SUM_LENGTH = 20;
const NUMBERS_PER_FILE = 3;
/** In the place of the length of a file of which nothing is known. */
const UNKNOWN = -2;

/** The state as bytes. Peers beyond the most that are kept are left out. */
export async function encodeResume(subject: ResumeSubject, state: ResumeState): Promise<Uint8Array> {
  const peers = state.peers.slice(0, MAX_SAVED_PEERS);
  const body = encode({
    version: VERSION,
    "info hash": subject.infoHash,
    path: subject.path,
    have: state.have.bytes,
    unsure: state.unsure,
    kept: state.kept.slice(0, MAX_KEPT_PIECES).flatMap(({ index, blocks }) => [index, blocks.bytes]),
    files: state.files.flatMap((file) =>
      file === undefined ? [UNKNOWN, 0, 0] : [file.length, file.modifiedMs, file.isDurable ? 1 : 0]
    ),
    ...(state.bootedAtMs === undefined ? {} : { "booted at": Math.round(state.bootedAtMs) }),
    downloaded: state.downloaded,
    uploaded: state.uploaded,
    peers: encodeCompact4(peers.filter(({ ip }) => !ip.includes(":"))),
    peers6: encodeCompact6(peers.filter(({ ip }) => ip.includes(":"))),
  });
  return concat([body, await sum(body)]);
}

/**
 * Reads what `encodeResume()` made for the same subject.
 *
 * @throws {ResumeError} for anything else
 */
export async function parseResume(bytes: Uint8Array, subject: ResumeSubject): Promise<ResumeState> {
  if (bytes.length < SUM_LENGTH) throw refused(`it has only ${bytes.length} bytes`);
  const body = bytes.subarray(0, bytes.length - SUM_LENGTH);
  if (!equals(await sum(body), bytes.subarray(body.length))) throw refused("its checksum is wrong");
  return parseBody(body, subject);
}

/** Without the checksum. */
export function parseBody(body: Uint8Array, subject: ResumeSubject): ResumeState {
  const { infoHash, path, layout, fileCount } = subject;
  const { pieceCount } = layout;
  try {
    const { dict } = decodeDict(body, {
      maxBytes: MAX_STATE_BYTES,
      maxValues: NUMBERS_PER_FILE * fileCount + pieceCount + 2 * MAX_KEPT_PIECES + 100,
    });
    if (getInteger(dict, "version") !== VERSION) throw refused(`"version" must be ${VERSION}`);
    const hash = getBytes(dict, "info hash");
    if (hash === undefined || !equals(hash, infoHash)) throw refused("it is of another torrent");
    if (getText(dict, "path") !== path) throw refused("it is of another path");
    const bootedAtMs = getInteger(dict, "booted at");
    return {
      have: Bitfield.fromBytes(getBytes(dict, "have") ?? new Uint8Array(), pieceCount),
      unsure: integers(
        dict,
        "unsure",
        (count) => count <= pieceCount,
        (index) => index >= 0 && index < pieceCount,
      ),
      kept: parseKept(dict, layout),
      files: parseFiles(dict, fileCount),
      bootedAtMs,
      downloaded: total(dict, "downloaded"),
      uploaded: total(dict, "uploaded"),
      peers: [
        ...decodeCompact4(addresses(dict, "peers", COMPACT4_LENGTH)),
        ...decodeCompact6(addresses(dict, "peers6", COMPACT6_LENGTH)),
      ],
    };
  } catch (error) {
    if (error instanceof BencodeError) throw refused(error.reason);
    if (error instanceof ProtocolError) {
      throw refused(`"have" and "kept" must have a bit for each piece and block`);
    }
    throw error;
  }
}

/** Index and blocks by turns; a state that was saved before there was such a thing has none. */
function parseKept(dict: BencodeDict, layout: PieceLayout): KeptPiece[] {
  const list = getList(dict, "kept") ?? [];
  if (list.length % 2 !== 0 || list.length > 2 * MAX_KEPT_PIECES) throw refused(`"kept" must hold pairs`);
  return Array.from({ length: list.length / 2 }, (_, i) => {
    const [index, blocks] = list.slice(2 * i, 2 * i + 2);
    if (typeof index !== "number" || !layout.hasPiece(index) || !(blocks instanceof Uint8Array)) {
      throw refused(`"kept" must hold pieces of the torrent`);
    }
    return { index, blocks: Bitfield.fromBytes(blocks, layout.blockCount(index)) };
  });
}

function parseFiles(dict: BencodeDict, fileCount: number): (SavedFile | undefined)[] {
  const numbers = integers(dict, "files", (count) => count === NUMBERS_PER_FILE * fileCount, () => true);
  return Array.from({ length: fileCount }, (_, i) => {
    const [length, modifiedMs, isDurable] = numbers.slice(i * NUMBERS_PER_FILE, (i + 1) * NUMBERS_PER_FILE);
    if (length === undefined || modifiedMs === undefined || length === UNKNOWN) return undefined;
    if (length < -1) throw refused(`"files" must hold lengths: got ${length}`);
    return { length, modifiedMs, isDurable: isDurable === 1 };
  });
}

function integers(
  dict: BencodeDict,
  key: string,
  isCount: (count: number) => boolean,
  isMember: (value: number) => boolean,
): number[] {
  const list = getList(dict, key);
  if (list === undefined || !isCount(list.length)) {
    throw refused(`"${key}" must be a list that fits the torrent`);
  }
  return list.map((value) => {
    if (typeof value !== "number" || !isMember(value)) throw refused(`"${key}" must hold numbers that fit`);
    return value;
  });
}

function total(dict: BencodeDict, key: string): number {
  const value = getInteger(dict, key);
  if (value === undefined || value < 0) throw refused(`"${key}" must be 0 or more`);
  return value;
}

function addresses(dict: BencodeDict, key: string, length: number): Uint8Array {
  const bytes = getBytes(dict, key);
  if (bytes === undefined || bytes.length > MAX_SAVED_PEERS * length) {
    throw refused(`"${key}" must hold ${MAX_SAVED_PEERS} addresses at most`);
  }
  return bytes;
}

async function sum(body: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", body as Uint8Array<ArrayBuffer>));
}

function refused(problem: string): ResumeError {
  return new ResumeError(`Cannot use saved state: ${problem}`);
}
