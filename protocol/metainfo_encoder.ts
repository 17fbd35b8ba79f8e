// Writes .torrent files, as every client reads them: canonical, optional fields only where they say something.
// https://www.bittorrent.org/beps/bep_0003.html ("metainfo files"), BEP 12 (tiers), BEP 19 (web seeds), BEP 27 (private).
// What is written is read back and compared, so that a torrent of ours never is one that we refuse.

import { encode } from "./bencode.ts";
import { concat, fromBinary } from "./bytes.ts";
import { MetainfoError } from "./errors.ts";
import { type InfoDict, readInfo } from "./info_dict.ts";
import { quote } from "./quote.ts";

/** What a new torrent is to say. */
export interface MetainfoDraft {
  /** Name of the file, or of the folder. */
  name: string;
  /** Bytes of a piece. */
  pieceLength: number;
  /** SHA-1 of every piece, 20 bytes each. */
  pieces: Uint8Array;
  /** Bytes of the file, if it is a single one without a folder. */
  length?: number | undefined;
  /** The files in the folder, in the order of their data, if it is not a single one. Lengths are bytes. */
  files?: readonly { readonly path: readonly string[]; readonly length: number }[] | undefined;
  /** Peers may come from the trackers only (BEP 27). Default false. */
  isPrivate?: boolean | undefined;
  /** Announce URLs in tiers, the first to be tried first (BEP 12). Default none. */
  trackers?: readonly (readonly string[])[] | undefined;
  /** URLs that serve the files (BEP 19). Default none. */
  webSeeds?: readonly string[] | undefined;
  /** Free text. */
  comment?: string | undefined;
  /** Program that makes it. */
  createdBy?: string | undefined;
  /** When it was made, kept to the second. */
  createdAt?: Date | undefined;
  /** A word that makes the info hash another one. */
  source?: string | undefined;
}

/**
 * Writes a .torrent file (BEP 3). Its info dictionary is canonical: the same draft always has the same info hash.
 *
 * @returns bytes that `parseMetainfo()` reads back as they were meant.
 * @throws {MetainfoError} that names the field which can't be used: neither `length` nor `files` or both, hashes that
 * don't match the lengths, a name that is unsafe, too long, not Unicode or has control chars, two files of one path, a
 * tracker or web seed that is no URL.
 */
export function encodeMetainfo(draft: MetainfoDraft): Uint8Array {
  const infoBytes = encodeInfo(draft);
  const trackers = (draft.trackers ?? []).filter((tier) => tier.length > 0);
  for (const url of trackers.flat()) checkUrl(url, "announce-list");
  for (const url of draft.webSeeds ?? []) checkUrl(url, "url-list");
  const [first] = trackers.flat();
  const [webSeed, ...moreSeeds] = draft.webSeeds ?? [];
  const before = encode({
    announce: first,
    // One tracker needs no list, and the oldest clients know of none.
    "announce-list": trackers.flat().length > 1 ? trackers : undefined,
    comment: draft.comment,
    "created by": draft.createdBy,
    "creation date": draft.createdAt === undefined ? undefined : seconds(draft.createdAt),
  });
  const after = encode({
    "url-list": webSeed !== undefined && moreSeeds.length > 0 ? [webSeed, ...moreSeeds] : webSeed,
  });
  // One dictionary, its keys in order. The files in the middle, which may be 100,000, are encoded only once.
  return concat([before.subarray(0, -1), fromBinary("4:info"), infoBytes, after.subarray(1)]);
}

function encodeInfo(draft: MetainfoDraft): Uint8Array {
  if ((draft.length === undefined) === (draft.files === undefined)) {
    throw unusable(
      `"info" must have either "length" or "files": got ${draft.length === undefined ? "none" : "both"}`,
      "info",
    );
  }
  const infoBytes = encode({
    files: draft.files?.map(({ path, length }) => ({ path, length: whole(length, "info.files.length") })),
    length: draft.length === undefined ? undefined : whole(draft.length, "info.length"),
    name: draft.name,
    "piece length": whole(draft.pieceLength, "info.piece length"),
    pieces: draft.pieces,
    private: draft.isPrivate ? 1 : undefined,
    source: draft.source,
  });
  compare(readBack(infoBytes), draft);
  return infoBytes;
}

function readBack(infoBytes: Uint8Array): InfoDict {
  try {
    return readInfo(infoBytes, { portableNames: false });
  } catch (error) {
    if (error instanceof MetainfoError) throw unusable(error.reason, error.field);
    throw error;
  }
}

/** Names that come back as others would name files that are not there. */
function compare(read: InfoDict, draft: MetainfoDraft): void {
  if (read.name !== draft.name) throw changed("info.name", draft.name);
  for (const [i, { path }] of (draft.files ?? []).entries()) {
    const kept = read.files[i]?.path;
    if (kept?.join("/") !== path.join("/")) throw changed(`info.files[${i}].path`, path.join("/"));
  }
}

function changed(field: string, name: string): MetainfoError {
  const must = "must be a path of its own, of Unicode without control chars, each name at most 255 bytes";
  return unusable(`"${field}" ${must}: got ${quote(name)}`, field);
}

function checkUrl(url: string, field: string): void {
  if (!URL.canParse(url)) throw unusable(`"${field}" must have URLs: got ${quote(url)}`, field);
}

function whole(value: number, field: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw unusable(`"${field}" must be a whole number below 2^53: got ${value}`, field);
}

function seconds(date: Date): number {
  const value = Math.floor(date.getTime() / 1000);
  if (!Number.isNaN(value)) return value;
  throw unusable(`"creation date" must be a date: got an invalid one`, "creation date");
}

function unusable(reason: string, field: string): MetainfoError {
  return new MetainfoError(reason, field, { action: "encode" });
}
