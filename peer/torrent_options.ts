// What a torrent is told when it is made: by its user, and by the client that it belongs to.

import type { Places } from "./engine/peer_places.ts";
import type { HttpTrackers } from "./announce/http_families.ts";
import type { UdpTrackers } from "./announce/udp_tracker.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Log } from "./message_log.ts";
import type { Encryption } from "./net/encryption.ts";
import type { PublicFetch } from "./net/public_fetch.ts";
import type { RateLimiter, RateLimits } from "./net/rate_limiter.ts";
import type { DiskPool } from "./storage/worker_pool.ts";

/** What a torrent is told of where and how. */
export interface TorrentOptions extends RateLimits {
  /** The file to write, or the folder for a torrent of several files. Verified pieces in it are kept. */
  path: string;
  /**
   * A folder for what the next start shall know of this torrent: verified pieces, totals, peers. The next start reads
   * only files that have changed since. Several torrents, clients and processes may share it. Default: nothing is kept.
   */
  stateDir?: string;
  /** Read everything at the start, whatever the state says. Default false. */
  recheck?: boolean;
  /**
   * The files to download, by their index in `metainfo.files`; others are skipped. Default: those that the magnet link
   * names (BEP 53), or all.
   */
  select?: readonly number[];
  /** Fetch pieces in their order, so that a file can be used while it comes. Slower for everybody. Default false. */
  sequential?: boolean;
  /** Connections at most. Default 80. */
  maxPeers?: number;
  /** Peers uploaded to at once, the optimistic one not counted. Default 4. */
  uploadSlots?: number;
  /** Download from the web servers that the torrent names, too (BEP 19). Default true. */
  webSeeds?: boolean;
  /**
   * Ask web seeds and trackers, and call the peers that trackers, peers and magnet links name, only if their addresses are
   * public, so that a torrent can't make this client reach into its own network. Peers named by `addPeers()` are called,
   * and who calls is let in. Default false.
   */
  publicOnly?: boolean;
  /**
   * Sends each piece once and lets the peers pass it on (BEP 16), if everything is on disk already: for a first seeder with
   * a slow line. Default false.
   */
  superSeeding?: boolean;
  /**
   * Announce to all tiers of trackers at once, rather than to the next one when a tier has failed as BEP 12 has it. Default
   * true; never in private torrents.
   */
  allTiers?: boolean;
  /** Memory for pieces that are being downloaded or written, in bytes; four pieces at least have room. Default 32 MiB. */
  bufferBytes?: number;
  /** Memory for pieces that are being uploaded, in bytes; two parts of pieces at least have room. Default 16 MiB. */
  cacheBytes?: number;
}

/**
 * What the client lends its torrents.
 *
 * @internal
 */
export interface TorrentHost {
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where it listens. */
  readonly port: number;
  /** The Workers that all its torrents share. */
  readonly disks: DiskPool;
  /** The timer that all its torrents share. */
  readonly heartbeat: Heartbeat;
  /** Who asks HTTP trackers for all its torrents, and UDP trackers. */
  readonly http: HttpTrackers;
  readonly udp: UdpTrackers;
  /** Through which web seeds and trackers are asked that must have public addresses. */
  readonly publicFetch: PublicFetch;
  /** Gets a line for each message; undefined for silence. */
  readonly log: Log | undefined;
  /** Whether its connections are encrypted. */
  readonly encryption: Encryption;
  /** Connections of all its torrents. */
  readonly places: Places;
  /** What all its torrents may take and give. */
  readonly limiter: RateLimiter;
}
