// What is known of torrents by their .torrent files: of a folder, and of those that were uploaded, which count more.

/** What a .torrent tells of a swarm. */
export interface TorrentSummary {
  name: string;
  totalBytes: number;
}

/** Where names come from. */
export type TorrentSource = "folder" | "registry";

/** Names and sizes, by info hash (binary). */
export class TorrentNames {
  readonly #sources = new Map<TorrentSource, ReadonlyMap<string, TorrentSummary>>();

  /** What is known of a torrent. */
  get(infoHash: string): TorrentSummary | undefined {
    return this.#sources.get("registry")?.get(infoHash) ?? this.#sources.get("folder")?.get(infoHash);
  }

  /** Takes what one source says now. Returns the info hashes of torrents whose names have come, gone or changed. */
  set(summaries: ReadonlyMap<string, TorrentSummary>, source: TorrentSource): string[] {
    const former = this.#sources.get(source) ?? new Map<string, TorrentSummary>();
    const all = new Set([...former.keys(), ...summaries.keys()]);
    const before = new Map(Array.from(all, (infoHash) => [infoHash, this.get(infoHash)?.name]));
    this.#sources.set(source, summaries);
    return [...all].filter((infoHash) => before.get(infoHash) !== this.get(infoHash)?.name);
  }
}
