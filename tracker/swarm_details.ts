// One swarm with all that is known of it: counts, what its .torrent says, how its peers' progress is spread, its last hour.

import { formatMagnet, InfoHash, MetainfoError, parseMetainfo } from "../protocol/mod.ts";
import type { SwarmDetail, TorrentFile } from "./admin_api.ts";
import type { Clocks } from "./peer_rows.ts";
import type { SwarmHistories } from "./swarm_histories.ts";
import type { OpenSwarm, SwarmPeers } from "./swarm_peers.ts";
import type { SwarmRows } from "./swarm_rows.ts";
import { NO_SWARM } from "./swarm_store.ts";

/** Files that are told of: more than anybody reads. */
const MAX_FILES = 1000;
/** Torrents whose files are kept ready. */
const MAX_CONTENTS = 64;

/** What a .torrent says that isn't in the registry's list. */
interface Contents {
  files: TorrentFile[];
  fileCount: number;
  pieceLength: number;
  private: boolean;
}

/** Where .torrents are kept. */
export interface MetainfoSource {
  metainfo(infoHash: string): Uint8Array | undefined;
}

export interface DetailParts {
  rows: SwarmRows;
  peers: SwarmPeers;
  histories: SwarmHistories;
  source: MetainfoSource;
}

/** How this server, and the tracker, are reached by who asks. */
export interface Whereabouts {
  origin: string;
  announceUrl: string;
}

/** The details of all swarms. */
export class SwarmDetails {
  readonly #parts: DetailParts;
  /** By info hash, binary. */
  readonly #contents = new Map<string, Contents>();

  constructor(parts: DetailParts) {
    this.#parts = parts;
  }

  /** A swarm by its info hash (binary); undefined where there is none. */
  open(infoHash: string): OpenSwarm | undefined {
    const { names, tracker } = this.#parts.rows.parts;
    const swarm = tracker.swarms.find(infoHash);
    if (swarm === NO_SWARM) return undefined;
    const totalBytes = names.get(infoHash)?.totalBytes ?? tracker.swarms.largestLeft(swarm);
    return { swarm, infoHash, totalBytes };
  }

  /**
   * Whether there is something to tell of a torrent without a swarm: it is registered, or somebody had the page open when
   * its swarm went, and still looks at it.
   */
  knows(infoHash: string): boolean {
    const { histories, rows } = this.#parts;
    return rows.parts.registered.all.has(infoHash) || histories.has(infoHash);
  }

  /** Everything of one; undefined where there is no swarm, and nothing is known of one. */
  async make(
    infoHash: string,
    { announceUrl, origin }: Whereabouts,
    clocks: Clocks,
  ): Promise<SwarmDetail | undefined> {
    const { histories, peers, rows } = this.#parts;
    const { lists } = rows.parts.tracker.admission;
    const torrent = rows.parts.registered.all.get(infoHash);
    const contents = torrent === undefined ? undefined : await this.#read(infoHash);
    // Looked up after the pause: it may be gone.
    const open = this.open(infoHash);
    if (open === undefined && !this.knows(infoHash)) return undefined;
    const row = rows.rowOf(infoHash, clocks);
    const progress = open === undefined
      ? { progress: new Array<number>(11).fill(0), unknownProgress: 0 }
      : peers.progress(open);
    const hash = InfoHash.fromBinary(infoHash);
    const magnet = formatMagnet({
      infoHash: hash,
      ...(row.name !== null && { name: row.name }),
      ...(row.totalBytes > 0 && { exactLength: row.totalBytes }),
      trackers: [announceUrl],
      webSeeds: [],
      peers: [],
    });
    return {
      ...row,
      now: clocks.unix,
      onDenyList: lists.denies(infoHash),
      files: contents?.files ?? null,
      fileCount: contents?.fileCount ?? null,
      pieceLength: contents?.pieceLength ?? null,
      private: contents?.private ?? null,
      addedAt: torrent?.addedAt ?? null,
      magnet,
      download: torrent === undefined ? null : `${origin}/torrents/${hash.hex}.torrent`,
      ...progress,
      history: histories.open(infoHash, clocks.unix),
    };
  }

  async #read(infoHash: string): Promise<Contents | undefined> {
    const known = this.#contents.get(infoHash);
    if (known !== undefined) return known;
    const metainfo = this.#parts.source.metainfo(infoHash);
    if (metainfo === undefined) return undefined;
    try {
      const { files: all, isPrivate, layout } = await parseMetainfo(metainfo);
      const files = all.filter(({ isPadding }) => !isPadding);
      const contents: Contents = {
        files: files.slice(0, MAX_FILES).map(({ length, path }) => ({ path: path.join("/"), bytes: length })),
        fileCount: files.length,
        pieceLength: layout.pieceLength,
        private: isPrivate,
      };
      if (this.#contents.size >= MAX_CONTENTS) this.#contents.clear();
      this.#contents.set(infoHash, contents);
      return contents;
    } catch (error) {
      // It could be read when it was uploaded, by another version.
      if (error instanceof MetainfoError) return undefined;
      throw error;
    }
  }
}
