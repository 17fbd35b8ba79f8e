// The peers of swarms in a store, as the admin page shows them: asked for when a swarm's page is open, at most once a
// second, all that fit in one answer.

import {
  formatPeerAddress,
  fromHex,
  recogniseClient,
  toBinary,
  toHex,
  UNKNOWN_LEFT,
} from "../../protocol/mod.ts";
import type { PeerRow } from "../admin_api.ts";
import { readEndpoint } from "../peer_picker.ts";
import { MAX_COUNTER } from "../peer_record.ts";
import type { RowContext } from "../peer_rows.ts";
import type { SharedSwarms } from "./shared_swarms.ts";
import type { SharedPeer } from "./store_reply.ts";

/** Peers of one swarm: two milliseconds of the store's time. */
const MOST_PEERS = 1000;
/** For so long they are what they were. */
const FRESH_MS = 1000;
/** Swarms that are remembered. */
const MOST_SWARMS = 16;

export class SwarmPeers {
  readonly #swarms: SharedSwarms;
  /** By info hash, hex. */
  readonly #known = new Map<string, { at: number; peers: Promise<SharedPeer[]> }>();
  /** The same when they are here. */
  readonly #shown = new Map<string, SharedPeer[]>();

  constructor(swarms: SharedSwarms) {
    this.#swarms = swarms;
  }

  /** Somebody looks at the swarms, and at the peers of one (info hash, hex), if one is named. */
  async prepare(swarm: string | undefined, now: number): Promise<void> {
    this.#swarms.look(now);
    if (swarm === undefined || !/^[0-9a-f]{40}$/.test(swarm)) return;
    let known = this.#known.get(swarm);
    if (known === undefined || now - known.at >= FRESH_MS) {
      known = { at: now, peers: this.#swarms.peers(toBinary(fromHex(swarm)), MOST_PEERS, now) };
      this.#known.delete(swarm);
      this.#known.set(swarm, known);
    }
    this.#shown.set(swarm, await known.peers);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_SWARMS) break;
      this.#known.delete(oldest);
      this.#shown.delete(oldest);
    }
  }

  /** The peers of a swarm that was prepared. */
  rows(infoHash: Uint8Array, context: RowContext): PeerRow[] {
    return (this.#shown.get(toHex(infoHash)) ?? []).map((peer) => this.#row(peer, context));
  }

  /** Forgets one. Resolves whether it was there. */
  async drop(infoHash: Uint8Array, endpoint: Uint8Array): Promise<boolean> {
    this.#known.delete(toHex(infoHash));
    return await this.#swarms.drop(toBinary(infoHash), endpoint);
  }

  #row(peer: SharedPeer, { now, totalBytes, unix }: RowContext): PeerRow {
    const {
      downloadRate,
      downloaded,
      endpoint,
      isOverUdp,
      isPartial,
      lastSeen,
      left,
      peerId,
      uploadRate,
      uploaded,
    } = peer;
    const isSeeder = left === 0;
    const isKnown = totalBytes > 0 && left !== UNKNOWN_LEFT;
    return {
      address: formatPeerAddress(readEndpoint(endpoint)),
      peerId: toHex(peerId),
      client: recogniseClient(peerId),
      uploaded,
      downloaded,
      left: Math.min(left, MAX_COUNTER),
      progress: isSeeder ? 1 : isKnown ? Math.max(0, 1 - left / totalBytes) : null,
      uploadRate,
      downloadRate,
      protocol: isOverUdp ? "udp" : "http",
      partial: isPartial,
      lastSeen: Math.round(unix - Math.max(0, now - this.#swarms.clock.from(lastSeen))),
    };
  }
}
