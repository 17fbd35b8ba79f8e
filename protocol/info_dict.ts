// Reads a torrent's `info` dictionary, the part that its info hash covers: name, pieces and files, every field checked.
// https://www.bittorrent.org/beps/bep_0003.html ("info dictionary"), BEP 27 (private), BEP 47 (padding, links).
// Neither hashes it nor knows what stands around it.

import { type BencodeDict, decodeDict, getBytes, getText } from "./bencode.ts";
import { fromUtf8, toBinary, toUtf8 } from "./bytes.ts";
import { BencodeError, MetainfoError } from "./errors.ts";
import { integerAt, isSet, notBencode, wrong } from "./metainfo_checks.ts";
import {
  MAX_NAME_BYTES,
  MAX_PATH_BYTES,
  MAX_PATH_DEPTH,
  safeName,
  tellApart,
  whyUnsafe,
} from "./path_safety.ts";
import { MAX_PIECE_LENGTH, MAX_PIECES, PieceLayout } from "./piece_layout.ts";
import { quote } from "./quote.ts";

/** Bytes of a piece's SHA-1. */
const PIECE_HASH_LENGTH = 20;
/** How deep values may nest: the file tree that version 2 has beside (BEP 52) goes as deep as paths do. */
export const MAX_INFO_DEPTH = MAX_PATH_DEPTH + 32;
/** One file of a torrent. Files lie end to end, in the order of the list. */
export interface MetainfoFile {
  /** Names of the folders and the file, made safe, below the torrent's own; for a single file only its name. */
  path: string[];
  /** Bytes. */
  length: number;
  /** Bytes before it in the torrent. */
  offset: number;
  /** Holds only zeros, so that the next file starts with a piece: not to be written (BEP 47). */
  isPadding: boolean;
}

/** What an `info` dictionary says. */
export interface InfoDict {
  /** What to save it as: the file's name or the folder's, made safe. */
  name: string;
  /** Geometry of the pieces. */
  layout: PieceLayout;
  /** SHA-1 of every piece, 20 bytes each, a view of the input. */
  pieces: Uint8Array;
  /** At least one. */
  files: MetainfoFile[];
  /** True if the torrent is one file without a folder. */
  isSingleFile: boolean;
  /** True if peers may come from its trackers only (BEP 27). */
  isPrivate: boolean;
  /** Bytes of all files, padding included. */
  totalLength: number;
  /** A word that makes the info hash another one, as some sites want. */
  source?: string | undefined;
}

/** How to read names. */
export interface NameOptions {
  /** A label of the Encoding Standard for names that are not UTF-8, as old torrents give it in `encoding`. */
  encoding?: string | undefined;
  /**
   * Change names that Windows can't have, and tell apart those that differ only in case. Default: true unless the
   * platform is one where files may have such names.
   */
  portableNames?: boolean | undefined;
}

/**
 * Reads an `info` dictionary.
 *
 * @param infoBytes from its `d` to its `e`; the result has views of it.
 * @throws {MetainfoError} that names the field which can't be used.
 */
export function readInfo(infoBytes: Uint8Array, options: NameOptions = {}): InfoDict {
  return checkInfo(decodeInfo(infoBytes), options);
}

/**
 * Reads an `info` dictionary that is decoded already.
 *
 * @throws {MetainfoError} that names the field which can't be used.
 */
export function checkInfo(info: BencodeDict, options: NameOptions): InfoDict {
  const portable = options.portableNames ?? isCaseless();
  const decodeName = nameDecoder(options.encoding);
  if (info.has("meta version") && !info.has("pieces")) {
    throw new MetainfoError(
      `"info.pieces" must be there: got a torrent of version 2 alone (BEP 52)`,
      "info.pieces",
    );
  }

  const name = safe(nameAt(info, "name", "info", decodeName), "info.name", portable);
  const pieceLength = integerAt(info, "piece length", "info", 1, MAX_PIECE_LENGTH);
  const isSingleFile = !info.has("files");
  if (!isSingleFile && info.has("length")) {
    throw new MetainfoError(`"info" must have either "length" or "files": got both`, "info");
  }
  const files = isSingleFile ? [oneFile(info, name)] : fileList(info, portable, decodeName);
  const last = files.at(-1);
  const totalLength = last === undefined ? 0 : last.offset + last.length;
  if (Math.ceil(totalLength / pieceLength) > MAX_PIECES) {
    const must = `must make at most ${MAX_PIECES} pieces of ${totalLength} bytes`;
    throw wrong("info.piece length", must, pieceLength);
  }
  const layout = new PieceLayout(pieceLength, totalLength);
  return {
    name,
    layout,
    pieces: piecesAt(info, layout),
    files: withoutLinks(files),
    isSingleFile,
    isPrivate: isSet(info.get("private")),
    totalLength,
    source: getText(info, "source"),
  };
}

/** A file as the list tells it, before it is known which ones are links. */
type ListedFile = MetainfoFile & { isLink: boolean };

function decodeInfo(infoBytes: Uint8Array): BencodeDict {
  try {
    return decodeDict(infoBytes, { lenient: true, maxDepth: MAX_INFO_DEPTH }).dict;
  } catch (error) {
    if (error instanceof BencodeError) throw notBencode(error, `"info" is not bencode`, "info");
    throw error;
  }
}

function oneFile(info: BencodeDict, name: string): ListedFile {
  if (!info.has("length") && getText(info, "attr")?.includes("l")) {
    throw new MetainfoError(`"info" must be a file with data: got a symbolic link`, "info");
  }
  const length = integerAt(info, "length", "info", 0, Number.MAX_SAFE_INTEGER);
  return { path: [name], length, offset: 0, isPadding: false, isLink: false };
}

function fileList(info: BencodeDict, portable: boolean, decodeName: DecodeName): ListedFile[] {
  const list = info.get("files");
  if (!Array.isArray(list)) throw wrong("info.files", "must be a list", list);
  if (list.length === 0) throw wrong("info.files", "must have at least one file", list);
  const files: ListedFile[] = [];
  let offset = 0;
  for (const [i, entry] of list.entries()) {
    const field = `info.files[${i}]`;
    if (!(entry instanceof Map)) throw wrong(field, "must be a dictionary", entry);
    const attr = getText(entry, "attr") ?? "";
    // A link has no data: it may leave its length out. One that claims data is taken for a file, which is harmless.
    const isLinkWithoutLength = attr.includes("l") && !entry.has("length");
    const length = isLinkWithoutLength ? 0 : integerAt(entry, "length", field, 0, Number.MAX_SAFE_INTEGER);
    if (offset + length > Number.MAX_SAFE_INTEGER) {
      throw wrong(`${field}.length`, `must keep the sum of all below 2^53`, length);
    }
    const isPadding = attr.includes("p");
    const path = isPadding ? [".pad", String(length)] : pathAt(entry, field, portable, decodeName);
    files.push({ path, length, offset, isPadding, isLink: attr.includes("l") && length === 0 });
    offset += length;
  }
  return apart(files, portable);
}

/** Files of the same path get paths of their own. Padding is never written: it may share, and does in many torrents. */
function apart(files: ListedFile[], portable: boolean): ListedFile[] {
  const real = files.filter((file) => !file.isPadding && !file.isLink);
  const paths = tellApart(real.map((file) => file.path), portable);
  for (const [i, file] of real.entries()) file.path = paths[i] ?? file.path;
  return files;
}

/** Links are left out: they have no data, and following one could lead anywhere (BEP 47). */
function withoutLinks(files: ListedFile[]): MetainfoFile[] {
  const kept = files.filter((file) => !file.isLink);
  if (kept.length === 0) {
    throw new MetainfoError(`"info.files" must have data: got only symbolic links`, "info.files");
  }
  return kept.map(({ path, length, offset, isPadding }) => ({ path, length, offset, isPadding }));
}

function pathAt(file: BencodeDict, field: string, portable: boolean, decodeName: DecodeName): string[] {
  const utf8 = file.get("path.utf-8");
  const useUtf8 = Array.isArray(utf8) && utf8.length > 0 &&
    utf8.every((name) => name instanceof Uint8Array && isUtf8(name));
  const list = useUtf8 ? utf8 : file.get("path");
  const pathField = `${field}.${useUtf8 ? "path.utf-8" : "path"}`;
  if (!Array.isArray(list)) throw wrong(pathField, "must be a list of names", list);
  if (list.length === 0) throw wrong(pathField, "must have at least one name", list);
  if (list.length > MAX_PATH_DEPTH) {
    throw new MetainfoError(
      `"${pathField}" must have at most ${MAX_PATH_DEPTH} names: got ${list.length}`,
      pathField,
    );
  }
  let bytes = 0;
  const path = list.map((value, i) => {
    const nameField = `${pathField}[${i}]`;
    if (!(value instanceof Uint8Array)) throw wrong(nameField, "must be a byte string", value);
    const name = safe(decodeName(value), nameField, portable);
    bytes += 3 * name.length + 1;
    return name;
  });
  // No char takes more than 3 bytes: nearly all paths are told to be short enough without encoding them.
  if (bytes > MAX_PATH_BYTES) bytes = fromUtf8(path.join("/")).length + 1;
  if (bytes > MAX_PATH_BYTES) {
    throw new MetainfoError(
      `"${pathField}" must be at most ${MAX_PATH_BYTES} bytes: got ${bytes}`,
      pathField,
    );
  }
  return path;
}

function nameAt(info: BencodeDict, key: string, parent: string, decodeName: DecodeName): string {
  const utf8 = getBytes(info, `${key}.utf-8`);
  if (utf8 !== undefined && utf8.length > 0 && isUtf8(utf8)) return toUtf8(utf8);
  const bytes = info.get(key);
  if (!(bytes instanceof Uint8Array)) throw wrong(`${parent}.${key}`, "must be a byte string", bytes);
  return decodeName(bytes);
}

function safe(name: string, field: string, portable: boolean): string {
  const why = whyUnsafe(name);
  if (why !== undefined) throw new MetainfoError(`"${field}" ${why}: got ${quote(name)}`, field);
  return safeName(name, portable);
}

function piecesAt(info: BencodeDict, { pieceCount, pieceLength, totalLength }: PieceLayout): Uint8Array {
  const field = "info.pieces";
  const pieces = info.get("pieces");
  if (!(pieces instanceof Uint8Array)) throw wrong(field, "must be a byte string", pieces);
  if (pieces.length % PIECE_HASH_LENGTH !== 0) {
    throw new MetainfoError(
      `"${field}" must be a multiple of ${PIECE_HASH_LENGTH} bytes: got ${pieces.length}`,
      field,
    );
  }
  const count = pieces.length / PIECE_HASH_LENGTH;
  if (count !== pieceCount) {
    throw new MetainfoError(
      `"${field}" must have ${pieceCount} hashes, for ${totalLength} bytes in pieces of ${pieceLength}: got ${count}`,
      field,
    );
  }
  return pieces;
}

/** Reads the bytes of a name. */
type DecodeName = (bytes: Uint8Array) => string;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossyUtf8 = new TextDecoder();

function isUtf8(bytes: Uint8Array): boolean {
  return asUtf8(bytes) !== undefined;
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return false;
  return true;
}

function asUtf8(bytes: Uint8Array): string | undefined {
  // A TextDecoder's call costs more than a short name: most are plain ASCII, and there may be 100,000.
  if (bytes.length < MAX_NAME_BYTES && isAscii(bytes)) return toBinary(bytes);
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** UTF-8 where it is; else the encoding that the torrent names, as old ones do; else what can't be read becomes "_". */
function nameDecoder(encoding: string | undefined): DecodeName {
  let other: TextDecoder | undefined;
  try {
    if (encoding !== undefined) other = new TextDecoder(encoding);
  } catch {
    // A label that nobody knows: as if none was given.
  }
  return (bytes) => asUtf8(bytes) ?? (other ?? lossyUtf8).decode(bytes).replaceAll("\ufffd", "_");
}

/** True where "A" and "a" may be one file, and device names lurk: on Windows and macOS, and wherever it is not known. */
function isCaseless(): boolean {
  const platform = globalThis.navigator?.platform ?? "";
  return !/linux|bsd|android|sunos/i.test(platform);
}
