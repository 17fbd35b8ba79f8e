// The JSON of what an operator changes: torrents, lists, settings, and who changed what; the routes are listed in
// admin_api.ts. Types only.

/** A registered torrent. */
export interface Torrent {
  infoHash: string;
  name: string;
  totalBytes: number;
  /** How many. */
  files: number;
  addedAt: number;
  magnet: string;
  download: string;
}

export interface TorrentsAnswer {
  /** A thousand at most, the newest first. */
  torrents: Torrent[];
  /** That the search finds. */
  total: number;
  /** Whether the search finds them or not. */
  all: number;
}

/** What became of several uploads, in their order. */
export interface UploadsAnswer {
  results: ({ file: string; torrent: Torrent } | { file: string; error: string })[];
}

export type ListMode = "open" | "listed";
/** "allow", "deny": info hashes; "addresses": addresses and ranges that are refused; "clients": beginnings of peer ids. */
export type ListId = "allow" | "deny" | "addresses" | "clients";

export interface ListsAnswer {
  /** "open": every torrent is served that isn't denied; "listed": only those allowed or registered. */
  mode: ListMode;
  sizes: Record<ListId, number>;
}

export interface ListAnswer {
  entries: string[];
  /** In all, or those that the search finds. */
  total: number;
}

/** What became of entries that came together. */
export interface EntriesAdded {
  /** How many weren't there. */
  added: number;
}

export interface EntryAnswer {
  /** In the one way to write it. */
  entry: string;
  /** Whether the list has it. */
  listed: boolean;
}

export interface EntryChanged {
  /** In the one way to write it. */
  entry: string;
  /** False if it was there. */
  changed: boolean;
}

export interface Changed {
  changed: boolean;
}

/** Something was removed, or wasn't there (`changed`: false). */
export interface Removed extends Changed {
  /** For POST /api/undo/ID, within ten minutes; null when there is nothing to undo. */
  undo: string | null;
}

/** A limit or interval that can change while the tracker runs. */
export interface Setting {
  name: SettingName;
  value: number;
  /** What counts when it isn't changed here: flag, variable, config file, or default. */
  original: number;
  least: number;
  most: number;
  unit: "seconds" | "peers" | "swarms" | "port" | "requests";
  /** Whether it was changed here. */
  changed: boolean;
}

export type SettingName =
  | "intervalSeconds"
  | "minIntervalSeconds"
  | "maxPeers"
  | "maxSwarms"
  | "maxSwarmPeers"
  | "minPort"
  | "requestsPerSecond"
  | "requestBurst";

export interface SettingsAnswer {
  settings: Setting[];
}

/** New values; null takes the original again. All of them, or none if one can't be. They are kept over restarts. */
export type SettingsChange = Partial<Record<SettingName, number | null>>;

export type AuditAction =
  | "sign-in"
  | "sign-out"
  | "torrent-added"
  | "torrent-removed"
  | "mode-set"
  | "entry-added"
  | "entry-removed"
  | "peer-dropped"
  | "setting-changed"
  | "undone";

/** Who changed what, and when. */
export interface AuditEntry {
  /** Higher than those of all before. */
  id: number;
  time: number;
  /** The address that it came from. */
  address: string;
  by: "cookie" | "bearer" | "token";
  action: AuditAction;
  /** What was changed: an info hash, "deny 0123…", a setting's name. */
  subject: string;
  /** More of it: a torrent's name, "1800 to 900"; "" for nothing. */
  detail: string;
}

export interface AuditAnswer {
  entries: AuditEntry[];
  /** Name this as `before` for the entries before these; null when there are none. */
  before: number | null;
}
