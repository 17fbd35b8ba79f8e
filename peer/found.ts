// What a search for a magnet link's metadata leaves to the torrent that follows it.

import type { Magnet, PeerAddress } from "../protocol/mod.ts";
import type { Announcers } from "./announce/announcers.ts";
import type { Connections } from "./connections.ts";
import type { PeerPool } from "./engine/peer_pool.ts";
import type { Greeting } from "./net/handshaker.ts";

/**
 * What a search has found besides the metadata, for the torrent that follows it.
 *
 * @internal
 */
export interface Found {
  readonly magnet: Magnet;
  /** Addresses that may be dialled at once. */
  readonly pool: PeerPool;
  /** Known to the trackers already. */
  readonly announcer: Announcers;
  /** Takes a caller while the torrent isn't among its peers yet. False if it has hung up on all of them since. */
  accept(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress): boolean;
  /** The connections go on in these. The trackers and the time are the torrent's from here on. */
  passTo(connections: Connections): void;
  /** Ends what has not been passed on, and tells the trackers, whoever speaks to them by now. Idempotent. */
  end(): Promise<void>;
}
