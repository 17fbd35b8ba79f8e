// Peers as the admin page shows them, of both kinds: those that listen on a port, and those in browsers. The types are
// in admin_api.ts; which peers are told, admin_state.ts decides.

import { formatPeerAddress, recogniseClient, toBinary, toHex } from "../protocol/mod.ts";
import type { PeerRow } from "./admin_api.ts";
import { readEndpoint } from "./peer_picker.ts";
import { Counter, MAX_COUNTER, Rate } from "./peer_record.ts";
import type { Tracker } from "./tracker.ts";
import type { WebPeer } from "./web_swarms.ts";

/** The time, twice. */
export interface Clocks {
  /** Milliseconds of the tracker's monotonic clock. */
  now: number;
  /** Unix milliseconds. */
  unix: number;
}

/** What the rows of one answer have in common. */
export interface RowContext extends Clocks {
  tracker: Tracker;
  /** Of the whole torrent, 0 when nobody knows. */
  totalBytes: number;
}

/** The row of a peer in a list. */
export function listedPeerRow(list: number, position: number, context: RowContext): PeerRow {
  const { now, totalBytes, tracker, unix } = context;
  const { peers } = tracker;
  const peerId = peers.peerId(list, position);
  const left = peers.counter(list, position, Counter.left);
  const tenths = tracker.tenths(now);
  const lastSeen = tenths - peers.silence(list, position, tenths);
  return {
    address: formatEndpoint(peers.endpoint(list, position)),
    peerId: toHex(peerId),
    client: recogniseClient(peerId),
    uploaded: peers.counter(list, position, Counter.uploaded),
    downloaded: peers.counter(list, position, Counter.downloaded),
    left,
    progress: progress(left, totalBytes, peers.isSeeder(list, position)),
    uploadRate: peers.rate(list, position, Rate.up),
    downloadRate: peers.rate(list, position, Rate.down),
    lastSeen: Math.round(unix - tracker.age(lastSeen, now)),
    protocol: peers.isUdp(list, position) ? "udp" : "http",
    partial: peers.isPartial(list, position),
  };
}

/** The row of a peer in a browser. Its address is that of its connection. */
export function webPeerRow(peer: WebPeer, { now, totalBytes, tracker, unix }: RowContext): PeerRow {
  const peerId = Uint8Array.from(peer.peerId, (char) => char.charCodeAt(0));
  return {
    address: formatEndpoint(peer.connection.endpoint),
    peerId: toHex(peerId),
    client: recogniseClient(peerId),
    uploaded: peer.uploaded,
    downloaded: peer.downloaded,
    left: Math.min(peer.left, MAX_COUNTER),
    progress: progress(peer.left, totalBytes, peer.isSeeder),
    uploadRate: 0,
    downloadRate: 0,
    lastSeen: Math.round(unix - tracker.age(peer.lastSeen, now)),
    protocol: "websocket",
    partial: false,
  };
}

/** The peers of a swarm that are in browsers, by their endpoints as binary strings. */
export function webPeersByEndpoint(tracker: Tracker, swarm: number): Map<string, WebPeer> {
  return new Map(Array.from(tracker.web.of(swarm), (peer) => [toBinary(peer.connection.endpoint), peer]));
}

function formatEndpoint(endpoint: Uint8Array): string {
  return formatPeerAddress(readEndpoint(endpoint));
}

function progress(left: number, totalBytes: number, isSeeder: boolean): number | null {
  if (isSeeder) return 1;
  if (totalBytes === 0 || left >= MAX_COUNTER) return null;
  return Math.max(0, 1 - left / totalBytes);
}
