// Torrents that the operator has registered: their .torrent files are kept and offered, their names and sizes stand on
// the page, and they are served where only listed torrents are.

import { type Metainfo, parseMetainfo, toHex } from "../protocol/mod.ts";
import { fromBinary } from "../protocol/bytes.ts";
import type { DataFile, RegisteredTorrent } from "./data_file.ts";
import { ListError } from "./access_lists.ts";
import { type Slices, sortSliced } from "./sliced_order.ts";

const MAX_TORRENTS = 100_000;

/** All of them. */
export class TorrentRegistry {
  readonly #data: DataFile;
  /** By info hash, binary, in the order in which they came. */
  readonly #torrents: Map<string, RegisteredTorrent>;
  readonly #onChange: (infoHash: string) => void;

  /** `onChange` is told which torrent has come, gone or been replaced. */
  constructor(data: DataFile, onChange: (infoHash: string) => void) {
    this.#data = data;
    this.#torrents = new Map(data.torrents().map((torrent) => [torrent.infoHash, torrent]));
    this.#onChange = onChange;
  }

  has(infoHash: string): boolean {
    return this.#torrents.has(infoHash);
  }

  get(infoHash: string): RegisteredTorrent | undefined {
    return this.#torrents.get(infoHash);
  }

  /** Goes on changing. */
  get all(): ReadonlyMap<string, RegisteredTorrent> {
    return this.#torrents;
  }

  /**
   * Those with this in their name or info hash, in lower case, the newest first; "" finds all. In slices: torrents may come
   * and go meanwhile.
   */
  async find(search: string, slices: Slices): Promise<RegisteredTorrent[]> {
    const mayBeHash = /^[0-9a-f]{1,40}$/.test(search);
    const found: RegisteredTorrent[] = [];
    // A copy: one that is removed and put back meanwhile comes to the end of the map, and would be found twice.
    for (const torrent of [...this.#torrents.values()]) {
      const { infoHash, name } = torrent;
      if (
        search === "" || name.toLowerCase().includes(search) ||
        mayBeHash && toHex(fromBinary(infoHash)).includes(search)
      ) found.push(torrent);
      if (slices.isOver) await slices.pause();
    }
    // One that was put back is among the last of the map, and not among the newest.
    return await sortSliced(found.reverse(), (a, b) => b.addedAt - a.addedAt, slices);
  }

  /**
   * Registers a .torrent. One that is there is replaced: trackers and comments may differ.
   *
   * @param now Unix milliseconds.
   * @throws {MetainfoError} if it can't be read.
   * @throws {ListError} if there are too many.
   */
  async register(metainfo: Uint8Array, now: number): Promise<RegisteredTorrent> {
    return this.#add(metainfo, await parseMetainfo(metainfo), now);
  }

  /**
   * Registers a .torrent again that was removed, as of when it was added first. One that is there by now is newer, and stays.
   *
   * @throws {ListError} if there is one, or there are too many.
   */
  async restore(metainfo: Uint8Array, addedAt: number): Promise<void> {
    const parsed = await parseMetainfo(metainfo);
    if (this.has(parsed.infoHash.binary)) {
      throw new ListError(
        "Cannot put back the torrent: it was registered again since. Remove that one first",
      );
    }
    this.#add(metainfo, parsed, addedAt);
  }

  #add(
    metainfo: Uint8Array,
    { files, infoHash, name, totalLength }: Metainfo,
    now: number,
  ): RegisteredTorrent {
    if (this.#torrents.size >= MAX_TORRENTS && !this.has(infoHash.binary)) {
      throw new ListError(`Cannot register a torrent: there are ${MAX_TORRENTS} already`);
    }
    const torrent: RegisteredTorrent = {
      infoHash: infoHash.binary,
      name,
      totalBytes: totalLength,
      files: files.length,
      addedAt: this.get(infoHash.binary)?.addedAt ?? now,
    };
    this.#data.addTorrent(torrent, metainfo);
    this.#torrents.set(torrent.infoHash, torrent);
    this.#onChange(torrent.infoHash);
    return torrent;
  }

  /** Returns whether it was there. */
  remove(infoHash: string): boolean {
    if (!this.has(infoHash)) return false;
    this.#data.removeTorrent(infoHash);
    this.#torrents.delete(infoHash);
    this.#onChange(infoHash);
    return true;
  }

  /** A torrent's .torrent, byte for byte; undefined if it isn't registered. */
  metainfo(infoHash: string): Uint8Array<ArrayBuffer> | undefined {
    return this.has(infoHash) ? this.#data.metainfo(infoHash) : undefined;
  }
}
