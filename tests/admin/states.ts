// Answers of the tracker, with everything filled in but what a test is about.

import type {
  HistoryPoint,
  PeerSnapshot,
  StateSnapshot,
  SwarmSnapshot,
  TotalsSnapshot,
} from "../../tracker/admin_api.ts";

export const TOTALS: TotalsSnapshot = {
  swarms: 0,
  seeders: 0,
  leechers: 0,
  announces: 0,
  announcesPerSecond: 0,
  rejected: 0,
  scrapes: 0,
  completed: 0,
  uptimeSeconds: 0,
  version: "0.0.0",
};

/** "a" → an info hash of forty of them. */
export function hash(digit: string): string {
  return digit.repeat(40);
}

export function swarmRow(row: Partial<SwarmSnapshot> = {}): SwarmSnapshot {
  return {
    infoHash: hash("a"),
    name: null,
    totalBytes: 0,
    seeders: 0,
    leechers: 0,
    completed: 0,
    lastAnnounce: 0,
    ...row,
  };
}

export function peerRow(row: Partial<PeerSnapshot> = {}): PeerSnapshot {
  return {
    address: "192.0.2.1:6881",
    peerId: hash("0"),
    client: "Seedling 0.1.0",
    uploaded: 0,
    downloaded: 0,
    left: 0,
    progress: 1,
    uploadRate: 0,
    downloadRate: 0,
    lastSeen: 0,
    ...row,
  };
}

export function historyPoint(time: number, row: Partial<HistoryPoint> = {}): HistoryPoint {
  return { time, seeders: 0, leechers: 0, swarms: 0, announcesPerSecond: 0, ...row };
}

/** A full answer with nothing in it. */
export function state(parts: Partial<StateSnapshot> = {}): StateSnapshot {
  const nothing = { full: true, changed: [], removed: [] };
  return {
    epoch: "first",
    revision: 1,
    now: 1_000_000,
    totals: TOTALS,
    swarms: nothing,
    history: nothing,
    ...parts,
  };
}
