// What a torrent tells its owner: one union for the library's listeners and for the lines of `--json`.
// Byte counts are whole bytes, rates bytes a second, times seconds unless the name says otherwise.

/** Where a torrent stands. `failed` and `stopped` are ends; the others follow each other, `metadata` for magnet links only. */
export type TorrentState = "metadata" | "checking" | "downloading" | "seeding" | "stopped" | "failed";

/** The torrent is known and what is on disk is about to be checked. */
export interface StartedEvent {
  /** Which event this is. */
  type: "started";
  /** Lower-case hex, 40 characters. */
  infoHash: string;
  /** The torrent's name: the file's or folder's as its maker called it. */
  name: string;
  /** The file, or the folder for a torrent of several files. */
  path: string;
  /** Bytes of all files together. */
  totalLength: number;
  /** Bytes of every piece but the last. */
  pieceLength: number;
  /** Pieces in all. */
  pieces: number;
  /** Where this client listens. */
  port: number;
  /** This client's peer id, lower-case hex. */
  peerId: string;
}

/** The info dictionary of a magnet link has come, and its hash is right. */
export interface MetadataEvent {
  /** Which event this is. */
  type: "metadata";
  /** Lower-case hex, 40 characters. */
  infoHash: string;
  /** The torrent's name, which need not be the link's. */
  name: string;
  /** Bytes of all files together. */
  totalLength: number;
  /** Pieces in all. */
  pieces: number;
  /** Files in all. */
  files: number;
  /** Bytes of the info dictionary itself. */
  metadataLength: number;
}

/** What is on disk is known. */
export interface CheckedEvent {
  /** Which event this is. */
  type: "checked";
  /** Pieces verified. */
  have: number;
  /** Pieces in all. */
  pieces: number;
  /** Pieces that were read and hashed for it; the others were missing, or known from an earlier run. */
  hashed: number;
}

/** A tracker answered, or did not. */
export interface AnnouncedEvent {
  /** Which event this is. */
  type: "announced";
  /** The tracker's announce URL. */
  tracker: string;
  /** What it was told (BEP 3, "event"); "none" is the announce after an interval. */
  event: "none" | "started" | "stopped" | "completed" | "paused";
  /** Whether it answered with anything but a failure. */
  ok: boolean;
  /** Addresses in the answer. */
  peers?: number;
  /** Seeders that it knows of. */
  complete?: number;
  /** Leechers that it knows of. */
  incomplete?: number;
  /** Seconds until the tracker wants to hear from us again. */
  interval?: number;
  /** Why it failed, for people. */
  error?: string;
  /** Seconds until the next try. */
  retryIn?: number;
  /** The tracker's own `warning message`. */
  warning?: string;
  /** Our own address as the tracker sees it (BEP 24). */
  externalIp?: string;
}

/** A connection came (after its handshake) or went. */
export interface PeerEvent {
  /** Which event this is. */
  type: "peer";
  /** Whether it came or went. */
  action: "connected" | "disconnected";
  /** "192.0.2.1:6881" or "[2001:db8::1]:6881". */
  address: string;
  /** Lower-case hex, 40 characters. */
  peerId: string;
  /** Client and version, as its peer id tells them (BEP 20). */
  client: string;
  /** Who dialled: they, or we. */
  direction: "incoming" | "outgoing";
  /** What of the connection is encrypted: nothing, its handshake, or all of it. */
  encryption: "none" | "handshake" | "rc4";
  /** Bytes of blocks from this peer over this connection. */
  downloaded: number;
  /** Bytes of blocks to this peer over this connection. */
  uploaded: number;
  /** Why it ended. */
  reason?: string;
}

/** A web server that has the torrent (BEP 19) is used, or is no longer. */
export interface WebSeedEvent {
  /** Which event this is. */
  type: "webSeed";
  /** Whether its use began or ended. */
  action: "started" | "ended";
  /** The web seed's URL, as the torrent has it. */
  url: string;
  /** Bytes of blocks from it since it was last started. */
  downloaded: number;
  /** Why it ended. */
  reason?: string;
  /** Seconds until it is used again. Not there if it won't be. */
  retryIn?: number;
}

/** A piece passed its SHA-1 check and is on disk. */
export interface PieceEvent {
  /** Which event this is. */
  type: "piece";
  /** From 0. */
  index: number;
  /** Pieces verified so far. */
  have: number;
  /** Pieces in all. */
  pieces: number;
}

/** Once a second, and at every change of state. */
export interface ProgressEvent {
  /** Which event this is. */
  type: "progress";
  /** Where the torrent stands. */
  state: TorrentState;
  /** 0 to 1: the part of what is wanted that is verified; while checking, that has been looked at; before, of the metadata that is here. */
  progress: number;
  /** Bytes of verified pieces. */
  verified: number;
  /** Bytes of missing pieces; 0 while the metadata are missing. */
  left: number;
  /** Bytes of blocks received in this run. */
  downloaded: number;
  /** Bytes of blocks sent in this run. */
  uploaded: number;
  /** Bytes a second, over the last seconds. */
  downloadRate: number;
  /** Bytes a second, over the last seconds. */
  uploadRate: number;
  /** Connected peers. */
  peers: number;
  /** Web servers in use beside them (BEP 19). */
  webSeeds: number;
  /** Seconds at the present rate until all that is wanted is here; null when there is none. */
  timeLeft: number | null;
}

/** Every piece that is wanted is verified and on disk. Sent once, also when it was so from the start; and again when more was wanted since. */
export interface CompleteEvent {
  /** Which event this is. */
  type: "complete";
  /** Bytes of all files together. */
  totalLength: number;
  /** Bytes of blocks fetched for it in this run: 0 when everything was there. */
  downloaded: number;
  /** Bytes received that did not end in a verified piece: duplicates and pieces with a wrong hash. */
  wasted: number;
  /** From the first connected peer to the last piece. */
  seconds: number;
}

/** Something went wrong. Only `fatal` ends the torrent. */
export interface ErrorEvent {
  /** Which event this is. */
  type: "error";
  /** Whose fault it is: the command line's or torrent's, the disk's, the network's, a peer's, or ours. */
  kind: "input" | "disk" | "network" | "peer" | "internal";
  /** One line for people; a stack for an internal one. */
  message: string;
  /** Whether it ends the torrent. */
  fatal: boolean;
}

/** The torrent has left its swarm: the last event. */
export interface StoppedEvent {
  /** Which event this is. */
  type: "stopped";
  /** Whether every piece that was wanted was verified and on disk. */
  complete: boolean;
  /** Bytes of blocks received in this run. */
  downloaded: number;
  /** Bytes of blocks sent in this run. */
  uploaded: number;
}

/** Everything a torrent reports, in the order in which it happens. */
export type TorrentEvent =
  | MetadataEvent
  | StartedEvent
  | CheckedEvent
  | AnnouncedEvent
  | PeerEvent
  | WebSeedEvent
  | PieceEvent
  | ProgressEvent
  | CompleteEvent
  | ErrorEvent
  | StoppedEvent;
