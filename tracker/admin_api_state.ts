// The JSON of one poll, GET /api/state?epoch=E&revision=R[&swarm=HEX]: types only. The tracker stamps changes with a
// revision; a page that names the epoch and revision it has gets only what changed since. An unknown epoch (the tracker
// was restarted) or a revision too old for the log of removals gets everything, marked `full`. The tracker doesn't know
// which swarm a page showed before: one that gets a delta of peers it never had asks again without a revision. Full
// answers are bounded: they carry the most recently active rows, while `totals` count everything.

/** The whole tracker in numbers. */
export interface TotalsSnapshot {
  swarms: number;
  seeders: number;
  leechers: number;
  /** Announces answered since the start, and over the last seconds. */
  announces: number;
  announcesPerSecond: number;
  /** Announces and scrapes answered with a failure reason since the start. */
  rejected: number;
  scrapes: number;
  /** Downloads completed since the start: `completed` events, one for each peer. */
  completed: number;
  uptimeSeconds: number;
  version: string;
}

/** One row of the swarm table. */
export interface SwarmSnapshot {
  /** Lower-case hex, 40 characters. */
  infoHash: string;
  /** Known when the tracker was given the .torrent, else null. */
  name: string | null;
  /** Bytes of the whole torrent: from the .torrent, else the largest `left` seen, 0 when nobody said. */
  totalBytes: number;
  seeders: number;
  leechers: number;
  completed: number;
  /** Unix milliseconds of the last announce. */
  lastAnnounce: number;
}

/** One peer of the swarm whose page is open. */
export interface PeerSnapshot {
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
}

/** One point of the history plot. */
export interface HistoryPoint {
  /** Unix seconds. */
  time: number;
  seeders: number;
  leechers: number;
  swarms: number;
  announcesPerSecond: number;
}

/** Rows that changed since the page's revision; `full` means: forget what you had. */
export interface Changes<Row> {
  full: boolean;
  changed: Row[];
  /** Keys (info hash, or address) of rows that are gone. Empty when `full`. */
  removed: string[];
}

/** The answer to GET /api/state. */
export interface StateSnapshot {
  /** Changes with every start of the tracker. */
  epoch: string;
  /** Name this in the next poll. */
  revision: number;
  /** The tracker's clock, Unix milliseconds: ages are counted from it. */
  now: number;
  totals: TotalsSnapshot;
  swarms: Changes<SwarmSnapshot>;
  /** Points after the page's last one, or all of them (an hour at most). */
  history: Changes<HistoryPoint>;
  /** Only when `swarm` was asked for; null when there is no such swarm. */
  swarm?: (SwarmSnapshot & { peers: Changes<PeerSnapshot> }) | null;
}
