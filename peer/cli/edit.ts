// `peer edit FILE.torrent …`: changes what stands around the info dictionary. All that is not to be changed keeps its
// bytes, so the info hash stays, and odd fields of other makers too. The private flag (BEP 27) stands inside: to change
// that makes another torrent of it, which must be asked for.

import type { DecodedDict, Metainfo } from "../../protocol/mod.ts";
import { decodeDict, encode } from "../../protocol/bencode.ts";
import { concat, fromBinary } from "../../protocol/bytes.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { parseTorrent, readTorrentBytes } from "./read_torrent.ts";
import { saveTorrent } from "./save_torrent.ts";
import { Terminal } from "./terminal.ts";

/** What isn't named stays as it is. */
export interface EditOptions {
  /** Default: in the torrent's place. */
  output?: string;
  announce?: string[];
  noAnnounce?: boolean;
  webSeed?: string[];
  noWebSeed?: boolean;
  comment?: string;
  noComment?: boolean;
  private?: boolean;
  noPrivate?: boolean;
  allowNewInfoHash?: boolean;
}

/** New encoded values by key; undefined for a key that goes. */
type Changes = Map<string, Uint8Array | undefined>;

/** Writes the changed torrent and returns the exit code. */
export async function edit(torrentFile: string, options: EditOptions): Promise<number> {
  const bytes = await readTorrentBytes(torrentFile);
  const before = await parseTorrent(torrentFile, bytes);
  const changes = changesOf(options, before, bytes);
  if (changes.size === 0) {
    throw new CommandError(
      `Cannot edit ${torrentFile}: must be told what to change: see --help`,
      ExitCode.input,
    );
  }
  const edited = rebuild(outerOf(bytes), changes);
  const { infoHash } = await parseMetainfo(edited);
  if (infoHash.hex !== before.infoHash.hex && !options.allowNewInfoHash) {
    throw new CommandError(
      `Cannot edit ${torrentFile}: the info hash would change: add --allow-new-info-hash if that is meant`,
      ExitCode.input,
    );
  }
  const target = options.output ?? torrentFile;
  await saveTorrent(target, edited, { force: options.output === undefined, advice: "choose another name" });
  const terminal = new Terminal(false);
  terminal.print(
    `${target}: info hash ${infoHash.hex}${infoHash.hex === before.infoHash.hex ? "" : ", a new one"}`,
  );
  return ExitCode.complete;
}

function changesOf(options: EditOptions, before: Metainfo, bytes: Uint8Array): Changes {
  const { announce, comment, noAnnounce, noComment, noWebSeed, webSeed } = options;
  const changes: Changes = new Map();
  if (announce !== undefined || noAnnounce) {
    const urls = announce ?? [];
    changes.set("announce", urls[0] === undefined ? undefined : encode(urls[0]));
    // As create writes it: each in a tier of its own (BEP 12), and no list for one.
    changes.set("announce-list", urls.length > 1 ? encode(urls.map((url) => [url])) : undefined);
  }
  if (webSeed !== undefined || noWebSeed) {
    const urls = webSeed ?? [];
    changes.set("url-list", urls.length === 0 ? undefined : encode(urls.length === 1 ? urls[0] ?? "" : urls));
  }
  if (comment !== undefined || noComment) {
    changes.set("comment", comment === undefined ? undefined : encode(comment));
    changes.set("comment.utf-8", undefined);
  }
  const isPrivate = options.noPrivate ? false : options.private;
  if (isPrivate !== undefined) {
    const info = outerOf(bytes).span("info") as Uint8Array;
    const flag = new Map([["private", isPrivate ? encode(1) : undefined]]);
    const isSo = isPrivate === before.isPrivate; // nothing changes then, but it was said
    changes.set("info", isSo ? info : rebuild(decodeDict(info, { lenient: true }), flag));
  }
  return changes;
}

/** The torrent was parsed before: it is a dictionary. What the wild does wrong in it without harm is put right. */
function outerOf(bytes: Uint8Array): DecodedDict {
  return decodeDict(bytes, { lenient: true });
}

/** One dictionary, its keys in order, each with the bytes that it had if they are not changed. */
function rebuild({ dict, span }: DecodedDict, changes: Changes): Uint8Array {
  const keys = [...new Set([...dict.keys(), ...changes.keys()])].sort((a, b) => a < b ? -1 : 1);
  const members = keys.flatMap((key) => {
    const value = changes.has(key) ? changes.get(key) : span(key);
    return value === undefined ? [] : [fromBinary(`${key.length}:${key}`), value];
  });
  return concat([fromBinary("d"), ...members, fromBinary("e")]);
}
