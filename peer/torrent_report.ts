// Turns the states of a torrent's parts into the events that its owner hears.

import { formatPeerAddress, type Metainfo, recogniseClient, toHex } from "../protocol/mod.ts";
import type { AnnounceReport } from "./announce/announcer.ts";
import type { Peer } from "./engine/peer.ts";
import type { TorrentEngine } from "./engine/torrent_engine.ts";
import type {
  AnnouncedEvent,
  ErrorEvent,
  PeerEvent,
  ProgressEvent,
  StartedEvent,
  TorrentState,
} from "./events.ts";
import type { Protection } from "./net/encryption.ts";
import { StorageError } from "./storage/errors.ts";
import type { TorrentHost } from "./torrent_options.ts";

/** A torrent begins at `path`. */
export function startedEvent(
  { infoHash, name, totalLength, layout }: Metainfo,
  path: string,
  { port, peerId }: TorrentHost,
): StartedEvent {
  return {
    type: "started",
    infoHash: infoHash.hex,
    name,
    path,
    totalLength,
    pieceLength: layout.pieceLength,
    pieces: layout.pieceCount,
    port,
    peerId: toHex(peerId),
  };
}

/** What came of an announce. */
export function announcedEvent(report: AnnounceReport): AnnouncedEvent {
  const { tracker, event, ok, peers, complete, incomplete, intervalSeconds, error, retryInSeconds, warning } =
    report;
  const { externalIp } = report;
  return {
    type: "announced",
    tracker,
    event,
    ok,
    ...(peers !== undefined && { peers }),
    ...(complete !== undefined && { complete }),
    ...(incomplete !== undefined && { incomplete }),
    ...(intervalSeconds !== undefined && { interval: intervalSeconds }),
    ...(error !== undefined && { error }),
    ...(retryInSeconds !== undefined && { retryIn: retryInSeconds }),
    ...(warning !== undefined && { warning }),
    ...(externalIp !== undefined && { externalIp }),
  };
}

/** A peer has come, or has gone, and why it has. */
export function peerEvent(
  action: "connected" | "disconnected",
  peer: Pick<Peer, "peerId" | "address" | "outgoing" | "downloaded" | "uploaded">,
  protection: Protection,
  reason: string,
): PeerEvent {
  return {
    type: "peer",
    action,
    address: formatPeerAddress(peer.address),
    peerId: toHex(peer.peerId),
    client: recogniseClient(peer.peerId),
    direction: peer.outgoing ? "outgoing" : "incoming",
    encryption: protection,
    downloaded: peer.downloaded,
    uploaded: peer.uploaded,
    ...(action === "disconnected" ? { reason } : {}),
  };
}

/** What a progress event is made of. */
export interface Standing {
  metainfo: Metainfo;
  state: TorrentState;
  /** Undefined while the data on disk is being checked. */
  engine: TorrentEngine | undefined;
  /** Pieces looked at by the check. */
  checked: number;
  peers: number;
  webSeeds: number;
}

/** Where a torrent stands at `now`. */
export function progressEvent(
  { metainfo, state, engine, checked, peers, webSeeds }: Standing,
  now: number,
): ProgressEvent {
  const { totalLength, layout } = metainfo;
  const verified = engine?.verified ?? 0;
  const wantedLeft = engine?.wantedLeft ?? totalLength;
  const downloadRate = engine?.downloadRate(now) ?? 0;
  return {
    type: "progress",
    state,
    progress: engine ? part(engine.wanted - wantedLeft, engine.wanted) : part(checked, layout.pieceCount),
    verified,
    left: totalLength - verified,
    downloaded: engine?.downloaded ?? 0,
    uploaded: engine?.uploaded ?? 0,
    downloadRate: Math.round(downloadRate),
    uploadRate: Math.round(engine?.uploadRate(now) ?? 0),
    peers,
    webSeeds,
    timeLeft: downloadRate > 0 && wantedLeft > 0 ? Math.ceil(wantedLeft / downloadRate) : null,
  };
}

/** Somebody did wrong; the torrent goes on. */
export function peerTrouble(message: string): ErrorEvent {
  return { type: "error", kind: "peer", message, fatal: false };
}

/** Another program has changed the part file, or taken it away; the torrent goes on. */
export function partsTrouble(path: string, pieces: number): ErrorEvent {
  const message = `Cannot use ${path}: another program has changed or removed it: ` +
    `fetching ${pieces} ${pieces === 1 ? "piece" : "pieces"} again`;
  return { type: "error", kind: "disk", message, fatal: false };
}

/** An error that ends the torrent: in words when it is the disk's, with its stack when it is ours. */
export function fatalEvent(error: unknown): ErrorEvent {
  if (error instanceof StorageError) {
    return { type: "error", kind: "disk", message: error.message, fatal: true };
  }
  const message = String(error instanceof Error ? error.stack : error);
  return { type: "error", kind: "internal", message, fatal: true };
}

/** Of nothing, everything is there. */
function part(done: number, whole: number): number {
  return whole === 0 ? 1 : done / whole;
}
