// The JSON of swarms and their peers, as tables and one by one; the routes are listed in admin_api.ts. Types only.

import type { Protocol } from "./admin_api.ts";

/** By what rows can be put in order. */
export type SwarmSort = "name" | "seeders" | "leechers" | "peers" | "completed" | "size" | "lastAnnounce";
export type PeerSort =
  | "address"
  | "client"
  | "progress"
  | "uploaded"
  | "downloaded"
  | "uploadRate"
  | "downloadRate"
  | "lastSeen"
  | "protocol";
export type SortOrder = "asc" | "desc";
/** "dead": without peers; "no-seeder": leechers only; "registered": with a .torrent; "denied": not served. */
export type SwarmFilter = "dead" | "no-seeder" | "registered" | "denied";

/** One row of the swarm table: a swarm, a registered torrent without one, or, with the filter "denied", a denied hash. */
export interface SwarmRow {
  /** Lower-case hex, 40 characters. */
  infoHash: string;
  /** Known when the tracker was given the .torrent, else null. */
  name: string | null;
  /** Bytes of the whole torrent: from the .torrent, else the largest `left` seen, 0 when nobody said. */
  totalBytes: number;
  seeders: number;
  leechers: number;
  completed: number;
  /** Null when nobody has announced it since the start. */
  lastAnnounce: number | null;
  /** Whether its .torrent was uploaded. */
  registered: boolean;
  /** Whether announces for it are refused. */
  denied: boolean;
}

/**
 * A part of a table: the rows from `offset` on. The next request for the same part names the `cursor` as `since`: what is
 * answered then is what changed. A request for another part, or one after the tracker was started again, gets everything.
 */
export interface Rows<Row> {
  cursor: string;
  now: number;
  /** Rows in all, that the filter and the search let through. */
  total: number;
  /** The first row's place: lower than what was asked for where there are not as many. */
  offset: number;
  /** Whether `rows` are all of this part, not only those that changed. */
  full: boolean;
  /** Keys of all rows of this part in their order; null when they are those of `since`. */
  keys: string[] | null;
  /** In no order: see `keys`. */
  rows: Row[];
}

/** Keys are info hashes. */
export type SwarmsAnswer = Rows<SwarmRow>;
/** Keys are addresses. */
export type PeersAnswer = Rows<PeerRow>;

/** One peer of a swarm. */
export interface PeerRow {
  /** "192.0.2.1:6881" or "[2001:db8::1]:6881": unique within the swarm. */
  address: string;
  /** Lower-case hex, 40 characters. */
  peerId: string;
  /** Client and version as the peer id tells them. */
  client: string;
  uploaded: number;
  downloaded: number;
  left: number;
  /** 0 to 1, or null when the torrent's size isn't known. */
  progress: number | null;
  /** Bytes a second between the peer's last two announces; 0 before the second. */
  uploadRate: number;
  downloadRate: number;
  /** Unix milliseconds of the last announce. */
  lastSeen: number;
  protocol: Protocol;
  /** Has all it wants, though not everything (BEP 21). */
  partial: boolean;
}

/** A file of a registered torrent. */
export interface TorrentFile {
  /** With "/" between folders. */
  path: string;
  bytes: number;
}

/** One swarm. */
export interface SwarmDetail extends SwarmRow {
  now: number;
  /** Whether it is on the deny list. What is `denied` without that is neither on the allow list nor registered. */
  onDenyList: boolean;
  /** The first thousand; null where the .torrent isn't registered. */
  files: TorrentFile[] | null;
  /** How many there are; null likewise. */
  fileCount: number | null;
  pieceLength: number | null;
  private: boolean | null;
  addedAt: number | null;
  magnet: string;
  /** Where its .torrent can be had, null where it isn't registered. */
  download: string | null;
  /**
   * Peers by how much they have: ten tenths, then those that have all. Of a large swarm, of 10,000 of its peers: their
   * numbers are scaled up.
   */
  progress: number[];
  /** Peers whose progress isn't known. */
  unknownProgress: number;
  /**
   * Counts over time, oldest first, in columns; `time` in Unix seconds, ten seconds apart for an hour. Noted from the first
   * request for this swarm on, for as long as it is one of the 500 asked for last.
   */
  history: { time: number[]; seeders: number[]; leechers: number[] };
}
