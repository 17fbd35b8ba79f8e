// Reads a folder of .torrent files, for the names and sizes of swarms on the admin page. Looked at again now and then: a
// torrent that is put there while the tracker runs gets its name too. Never needed for an announce.

import { MetainfoError, parseMetainfo } from "../protocol/mod.ts";
import { TrackerStartError } from "./errors.ts";
import type { TorrentSummary } from "./torrent_names.ts";

/** Larger ones aren't read: 16 MiB describes a torrent of 800,000 pieces. */
const MAX_FILE_BYTES = 16 << 20;
const MAX_FILES = 10_000;

interface KnownFile {
  stamp: string;
  /** Undefined for a file that isn't a usable .torrent. */
  entry: [infoHash: string, torrent: TorrentSummary] | undefined;
}

/** One folder of .torrent files. */
export class TorrentFolder {
  readonly #path: string;
  readonly #log: (line: string) => void;
  #files = new Map<string, KnownFile>();

  constructor(path: string, log: (line: string) => void) {
    this.#path = path;
    this.#log = log;
  }

  /**
   * read() for the first time.
   *
   * @throws {TrackerStartError} if the folder can't be read.
   */
  async open(): Promise<Map<string, TorrentSummary>> {
    try {
      return await this.read();
    } catch (error) {
      throw explainFolder(error, this.#path);
    }
  }

  /** read() later. Undefined if the folder is gone for now: the names that are known stay, and so does the tracker. */
  async readAgain(): Promise<Map<string, TorrentSummary> | undefined> {
    try {
      return await this.read();
    } catch {
      return undefined;
    }
  }

  /**
   * What the folder holds now, by info hash (binary). Files that were read before and haven't changed aren't read again;
   * those that can't be used are logged once and left out.
   *
   * @throws whatever `Deno.readDir` throws when the folder itself can't be read.
   */
  async read(): Promise<Map<string, TorrentSummary>> {
    const files = new Map<string, KnownFile>();
    for await (const { name } of Deno.readDir(this.#path)) {
      if (!name.endsWith(".torrent") || files.size === MAX_FILES) continue;
      const path = `${this.#path}/${name}`;
      try {
        files.set(name, await this.#readFile(path, this.#files.get(name)));
      } catch (error) {
        // It went while we looked. Anything else is worth a word, once.
        if (error instanceof Deno.errors.NotFound) continue;
        files.set(name, { stamp: "", entry: undefined });
        if (!this.#files.has(name)) this.#log(`Cannot read ${path}: ${messageOf(error)}`);
      }
    }
    this.#files = files;
    return new Map([...files.values()].flatMap(({ entry }) => entry === undefined ? [] : [entry]));
  }

  async #readFile(path: string, known: KnownFile | undefined): Promise<KnownFile> {
    const { isFile, mtime, size } = await Deno.stat(path);
    const stamp = `${size} ${mtime?.getTime()}`;
    if (known?.stamp === stamp) return known;
    if (!isFile || size > MAX_FILE_BYTES) return { stamp, entry: undefined };
    try {
      const { infoHash, name, totalLength } = await parseMetainfo(await Deno.readFile(path));
      return { stamp, entry: [infoHash.binary, { name, totalBytes: totalLength }] };
    } catch (error) {
      if (!(error instanceof MetainfoError)) throw error;
      this.#log(`Cannot use ${path}: ${error.message}`);
      return { stamp, entry: undefined };
    }
  }
}

function explainFolder(error: unknown, path: string): TrackerStartError {
  const cannot = `Cannot read the folder of torrents ${path}`;
  if (error instanceof Deno.errors.NotCapable) {
    const message = `${cannot}: permission is missing. Add --allow-read=admin/dist,${path} after -P=tracker`;
    return new TrackerStartError(message, "permission", { cause: error });
  }
  return new TrackerStartError(`${cannot}: ${messageOf(error)}`, "folder", { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
