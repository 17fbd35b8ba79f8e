// What a torrent tells its owner: one union for the library's listeners and for the lines of `--json`.
// Byte counts are whole bytes, rates bytes a second, times seconds unless the name says otherwise.

/** Where a torrent stands. `failed` and `stopped` are ends; the others follow each other. */
export type TorrentState = "checking" | "downloading" | "seeding" | "stopped" | "failed";

/** The torrent is known and what is on disk is about to be checked. */
export interface StartedEvent {
  type: "started";
  /** Lower-case hex, 40 characters. */
  infoHash: string;
  name: string;
  /** The file, or the folder for a torrent of several files. */
  path: string;
  totalLength: number;
  pieceLength: number;
  pieces: number;
  port: number;
  /** This client's peer id, lower-case hex. */
  peerId: string;
}

/** A tracker answered, or did not. */
export interface AnnouncedEvent {
  type: "announced";
  tracker: string;
  event: "none" | "started" | "stopped" | "completed";
  ok: boolean;
  /** Addresses in the answer. */
  peers?: number;
  complete?: number;
  incomplete?: number;
  /** Seconds until the tracker wants to hear from us again. */
  interval?: number;
  /** Why it failed, for people. */
  error?: string;
  /** Seconds until the next try. */
  retryIn?: number;
  /** The tracker's own `warning message`. */
  warning?: string;
}

/** A connection came (after its handshake) or went. */
export interface PeerEvent {
  type: "peer";
  action: "connected" | "disconnected";
  address: string;
  peerId: string;
  client: string;
  direction: "incoming" | "outgoing";
  /** Bytes of blocks from and to this peer over this connection. */
  downloaded: number;
  uploaded: number;
  /** Why it ended. */
  reason?: string;
}

/** A piece passed its SHA-1 check and is on disk. */
export interface PieceEvent {
  type: "piece";
  index: number;
  /** Pieces verified so far. */
  have: number;
  pieces: number;
}

/** Once a second, and at every change of state. */
export interface ProgressEvent {
  type: "progress";
  state: TorrentState;
  /** 0 to 1: the part of the torrent that is verified; while checking, the part that has been looked at. */
  progress: number;
  verified: number;
  left: number;
  downloaded: number;
  uploaded: number;
  downloadRate: number;
  uploadRate: number;
  peers: number;
  /** Seconds at the present rate; null when there is none. */
  timeLeft: number | null;
}

/** Every piece is verified and on disk. Sent once, also when it was so from the start. */
export interface CompleteEvent {
  type: "complete";
  totalLength: number;
  /** Bytes of blocks fetched for it in this run: 0 when everything was there. */
  downloaded: number;
  /** Bytes received that did not end in a verified piece: duplicates and pieces with a wrong hash. */
  wasted: number;
  /** From the end of the check to the last piece. */
  seconds: number;
}

/** Something went wrong. Only `fatal` ends the torrent. */
export interface ErrorEvent {
  type: "error";
  kind: "input" | "disk" | "network" | "peer" | "internal";
  message: string;
  fatal: boolean;
}

/** The torrent has left its swarm: the last event. */
export interface StoppedEvent {
  type: "stopped";
  complete: boolean;
  downloaded: number;
  uploaded: number;
}

/** Everything a torrent reports, in the order in which it happens. */
export type TorrentEvent =
  | StartedEvent
  | AnnouncedEvent
  | PeerEvent
  | PieceEvent
  | ProgressEvent
  | CompleteEvent
  | ErrorEvent
  | StoppedEvent;
