// The JSON of the admin page and of scripts: its types, and nothing that runs. The page imports this file type-only.
// openapi.json says the same for other languages.
//
//   GET    /api/session                       Session: who am I, what may I see? Answers everybody
//   POST   /api/session     SignIn            Session and the cookie; 401 wrong token, 429 too many of them (Retry-After)
//   DELETE /api/session                       signs out: Session
//   GET    /api/overview                      Overview
//   GET    /api/history?range=&from=          HistoryAnswer. Only points after `from` where that is given
//   GET    /api/events?after=&kinds=&swarm=   EventsAnswer. `kinds`: comma separated, all by default
//   GET    /api/swarms?sort=&order=&offset=&limit=&search=&filter=&since=
//                                             SwarmsAnswer
//   GET    /api/swarms/HEX                    SwarmDetail; 404 when there is neither a swarm nor a torrent,
//                                             and wasn't when somebody looked last
//   GET    /api/swarms/HEX/peers?sort=&order=&offset=&limit=&since=
//                                             PeersAnswer
//   DELETE /api/swarms/HEX/peers/ADDRESS      Changed. A peer that is still there comes back with its next announce
//   GET    /api/torrents?offset=&search=      TorrentsAnswer
//   GET    /api/torrents/HEX                  Torrent
//   POST   /api/torrents                      a .torrent as the body: 201, Torrent. As multipart/form-data with several:
//                                             200, UploadsAnswer
//   DELETE /api/torrents/HEX                  Removed
//   GET    /torrents/HEX.torrent              the file itself, for everybody
//   GET    /api/lists                         ListsAnswer
//   PUT    /api/lists       {"mode":"listed"} ListsAnswer
//   GET    /api/lists/LIST?offset=&limit=&search=
//                                             ListAnswer
//   POST   /api/lists/LIST                    entries as text, one a line: EntriesAdded
//   GET    /api/lists/LIST/ENTRY              EntryAnswer, of whatever can be an entry
//   PUT    /api/lists/LIST/ENTRY              EntryChanged
//   DELETE /api/lists/LIST/ENTRY              Removed
//   GET    /api/settings                      SettingsAnswer
//   PATCH  /api/settings    SettingsChange    SettingsAnswer
//   POST   /api/undo/ID                       Changed. Puts back what a Removed named; false when that is too long ago
//   GET    /api/audit?before=&limit=          AuditAnswer, the latest first
//   GET    /api/openapi.json                  openapi.json. Answers everybody
//
// What is asked for again and again (overview, history, events, swarms, their peers) is made for all who ask the same within
// a second: what somebody else has changed shows that much later. Its ETag, sent back as If-None-Match, gets 304 while nothing
// but the time (`now`) is new.
//
// What fails is answered with Failure: 400 for what can't be done, 401 without a session or token, 403 for a change that
// comes from another site's page, 404, 413, 429. Reading and changing need the cookie or "Authorization: Bearer TOKEN";
// overview and history answer everybody with --admin-public-stats. Changes with the cookie have to come from the page
// itself (Sec-Fetch-Site or Origin say so). Times are Unix milliseconds unless they say otherwise, by the tracker's clock.

export type * from "./admin_api_manage.ts";
export type * from "./admin_api_swarms.ts";
import type { AuditAction } from "./admin_api_manage.ts";
import type { SwarmRow } from "./admin_api_swarms.ts";

/** What failed, for people: "Cannot …". */
export interface Failure {
  error: string;
}

/** The body of POST /api/session. */
export interface SignIn {
  token: string;
}

/** How somebody stands with the tracker. */
export interface Session {
  now: number;
  signedIn: boolean;
  /** By what: the cookie, or a bearer token. */
  by: "cookie" | "bearer" | null;
  /** When the cookie ends; null without one. */
  expiresAt: number | null;
  /** Whether overview and history may be read without signing in. */
  publicStats: boolean;
  version: string;
  /** The port that is announced to where the page has one of its own, else null: it is this one. */
  announcePort: number | null;
  /** What this tracker can do that another may not. */
  features: ("udp" | "websocket" | "data")[];
}

/** A tracker's totals, as its library and its metrics tell them. */
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

/** How requests travel. */
export type Protocol = "http" | "udp" | "websocket";
/** A number for each protocol. */
export type ByProtocol = Record<Protocol, number>;

/** Requests answered with a failure reason, of one kind, since the start. */
export interface RejectedCount {
  /** A word of the tracker's: "malformed", "torrent_denied"… */
  reason: string;
  count: number;
  perSecond: number;
}

/** One client's part of all peers. */
export interface ClientShare {
  /** Its name without a version: "libtorrent". Those beyond the first are together: "" for all others. */
  client: string;
  peers: number;
  /** 0 to 1. */
  share: number;
}

/** The whole tracker in numbers. Rates are those of the last five seconds or so. */
export interface Overview {
  /** Changes with every start of the tracker. */
  epoch: string;
  now: number;
  startedAt: number;
  version: string;
  uptimeSeconds: number;
  swarms: number;
  /** Seeders and leechers. */
  peers: number;
  seeders: number;
  /** Partial seeds among them. */
  leechers: number;
  /** Peers that have all they want, though not everything (BEP 21). */
  partialSeeds: number;
  /** Announces answered since the start, and each second. */
  announces: ByProtocol;
  announcesPerSecond: ByProtocol;
  /** Scrapes answered likewise. */
  scrapes: ByProtocol;
  scrapesPerSecond: ByProtocol;
  /** Downloads completed since the start: `completed` events, one for each peer. */
  completed: number;
  /** Reasons that have occurred, most frequent first. */
  rejected: RejectedCount[];
  rejectedPerSecond: number;
  /**
   * Bytes each second of announces and scrapes: queries, datagrams and messages as they came, answers as they went, without
   * the headers of HTTP and what is below.
   */
  bytesInPerSecond: number;
  bytesOutPerSecond: number;
  memory: {
    /** Of the process. */
    residentBytes: number;
    /** Of the runtime's objects. */
    heapBytes: number;
    /** Held for swarms and peers, used or not. */
    storeBytes: number;
  };
  /** The ten swarms with most announces of late; see `SwarmRow`. */
  active: ActiveSwarm[];
  /**
   * Most peers first, ten and the others. Counted over all peers; what is beyond the first 8,192 kinds of peer ids, or the
   * first 8,192 peers in browsers, is among the others.
   */
  clients: ClientShare[];
}

/** A swarm among the most active. */
export interface ActiveSwarm extends SwarmRow {
  /** Over the last seconds. */
  announcesPerSecond: number;
}

/** What a plot shows. */
export type HistoryRange = "hour" | "day" | "month";

/** The names of the lines that are kept. */
export type HistorySeries =
  | "swarms"
  | "seeders"
  | "leechers"
  | "http"
  | "udp"
  | "websocket"
  | "rejected"
  | "completed"
  | "bytesIn"
  | "bytesOut"
  | "memory";

/**
 * Points of one range, oldest first, in columns of equal length. "http", "udp", "websocket": announces a second; "rejected"
 * and "completed": a second; "bytesIn", "bytesOut": bytes a second; "memory": bytes. A gap in `time` means that the
 * tracker didn't run.
 */
export interface HistoryAnswer {
  range: HistoryRange;
  /** Seconds between points: 10, 300 or 7200. */
  step: number;
  /** Unix seconds: each point stands for the `step` that ends then. */
  time: number[];
  series: Record<HistorySeries, number[]>;
}

/** What an event is about. */
export type EventKind = "announce" | "completed" | "rejected" | "list";

interface EventBase {
  /** Higher than those of all events before. */
  seq: number;
  time: number;
}

/** An announce that was answered; "completed" when it says that a download has just become complete. */
export interface AnnounceLine extends EventBase {
  kind: "announce" | "completed";
  protocol: Protocol;
  infoHash: string;
  name: string | null;
  /** "192.0.2.1:6881" or "[2001:db8::1]:6881". */
  address: string;
  /** Client and version as the peer id tells them. */
  client: string;
  event: "started" | "stopped" | "completed" | "paused" | "none";
  /** Bytes; null when the peer doesn't know. */
  left: number | null;
}

/** An announce or scrape that was answered with a failure reason. */
export interface RejectedLine extends EventBase {
  kind: "rejected";
  protocol: Protocol;
  reason: string;
  /** The failure reason. */
  message: string;
  /** Without a port; null when it isn't known. */
  address: string | null;
}

/** Something that an operator changed; the audit log has it, too. */
export interface ListLine extends EventBase {
  kind: "list";
  action: AuditAction;
  subject: string;
}

export type TrackerEvent = AnnounceLine | RejectedLine | ListLine;

/**
 * Events after a number, oldest first, 500 at most. Announces and rejections are noted only while somebody asks, that is for
 * ten seconds after a request; then at most 100 a second.
 */
export interface EventsAnswer {
  epoch: string;
  events: TrackerEvent[];
  /** Name this as `after` in the next request. */
  next: number;
  /** Events after the asked number that aren't told: there were too many. */
  skipped: number;
}
