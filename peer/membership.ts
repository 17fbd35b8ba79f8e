// A torrent's part in its swarm, from the check of its data on: builds engine, connections, announcer and the rest,
// connects them and gives them the time. It decides nothing: what to ask for, whom to serve, whom to call and when to
// announce are the engine's, the pool's and the announcer's.

import {
  type Bitfield,
  bitfieldLength,
  MAX_MESSAGE_LENGTH,
  type Metainfo,
  type PeerAddress,
} from "../protocol/mod.ts";
import type { AnnounceReport } from "./announce/announcer.ts";
import { Announcers } from "./announce/announcers.ts";
import { Connections } from "./connections.ts";
import { allowedFastSet, allowedFastSize } from "./engine/allowed_fast.ts";
import { PeerPool, type PeerSource } from "./engine/peer_pool.ts";
import type { KeptPiece } from "./engine/ports.ts";
import { TorrentEngine } from "./engine/torrent_engine.ts";
import type { TorrentEvent } from "./events.ts";
import type { Found } from "./found.ts";
import type { Greeting } from "./net/handshaker.ts";
import type { TorrentLimits } from "./net/rate_limiter.ts";
import { isPublicIp } from "./net/public_fetch.ts";
import { Pulse } from "./pulse.ts";
import { FixedBufferPool } from "./storage/buffer_pool.ts";
import type { Disk } from "./storage/disk.ts";
import { ReadCache } from "./storage/read_cache.ts";
import type { TorrentHost, TorrentOptions } from "./torrent_options.ts";
import { announcedEvent, peerTrouble } from "./torrent_report.ts";
import { Vigil } from "./vigil.ts";
import { WebSeeds } from "./web_seeds.ts";

/** How long the trackers may take to hear `stopped`: Ctrl-C has two seconds in all. */
export const STOP_TIMEOUT_MS = 1_200;

export interface MembershipOptions {
  metainfo: Metainfo;
  /** Pieces that are verified already; the engine's from here on. */
  have: Bitfield;
  disk: Disk;
  /** Addresses, some of which may have been named before the data was checked. */
  pool: PeerPool;
  host: TorrentHost;
  limits: TorrentOptions;
  /** How much may pass. */
  rates: TorrentLimits;
  /** Each piece's level (priorities.ts); undefined if all are wanted alike. */
  priorities: Uint8Array | undefined;
  isSequential: boolean;
  /** What a search has found: peers, and trackers that know us already. Default: nothing. */
  found?: Found | undefined;
  /** Blocks of unfinished pieces that are on disk. Default: none are. */
  kept?: readonly KeptPiece[] | undefined;
  /** More of them were written. */
  onKept(index: number): void;
  onEvent(event: TorrentEvent): void;
  /** The last missing piece that is wanted is stored. Not called for a torrent that was finished from the start. */
  onComplete(): void;
  /** The disk has failed, or we have a bug. */
  onFailure(error: unknown): void;
  /** A second has passed, or about that. */
  onTick(): void;
  /** True if somebody wants to hear of every second. */
  isWatched(): boolean;
}

/** Everything of one torrent that has to do with peers and trackers. */
export class Membership {
  readonly engine: TorrentEngine;
  readonly #options: MembershipOptions;
  readonly #source: ReadCache;
  readonly #buffers: FixedBufferPool;
  readonly #announcer: Announcers;
  readonly #connections: Connections;
  readonly #webSeeds: WebSeeds;
  readonly #vigil: Vigil;
  readonly #pulse: Pulse;
  /** When the first peer was there: before that nothing could come. */
  #metAt: number | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
    const { layout } = options.metainfo;
    const { bufferBytes, cacheBytes } = options.limits;
    const { memory } = options.disk;
    this.#source = new ReadCache(options.disk, layout, {
      memory,
      onError: (error, index) => void this.#vigil.onReadError(error, index),
      onRead: (index) => this.engine.onRead(index),
      ...(cacheBytes === undefined ? {} : { maxBytes: cacheBytes }),
    });
    this.#buffers = new FixedBufferPool({
      memory,
      pieceLength: layout.pieceLength,
      ...(bufferBytes === undefined ? {} : { maxBytes: bufferBytes }),
    });
    this.engine = this.#makeEngine();
    this.#vigil = new Vigil({ disk: options.disk, engine: this.engine, onFailure: options.onFailure });
    this.#connections = this.#makeConnections();
    this.#webSeeds = this.#makeWebSeeds();
    this.#announcer = this.#makeAnnouncer();
    this.#pulse = new Pulse({
      tick: (now) => this.#tick(now),
      isWatched: options.isWatched,
      isIdle: () => this.engine.isIdle && this.#connections.isIdle,
      dueAt: () => Math.min(this.#announcer.dueAt, options.pool.dueAt, this.#webSeeds.dueAt),
      trim: () => {
        this.#buffers.trim();
        this.#source.trim();
      },
    }, performance.now());
  }

  /** Connected peers. */
  get peers(): number {
    return this.#connections.size;
  }

  /** Web seeds in use. */
  get webSeeds(): number {
    return this.#webSeeds.size;
  }

  /** Seconds since the first peer came; 0 if none has. */
  get secondsWithPeers(): number {
    return this.#metAt === undefined ? 0 : (performance.now() - this.#metAt) / 1000;
  }

  /** Goes among the peers. */
  start(): void {
    this.#options.host.heartbeat.add(this.#pulse);
    this.#options.found?.passTo(this.#connections);
    this.#announcer.start();
    this.#pulse.tick(performance.now());
  }

  /** Something has happened from outside that must not wait for the next thing that is due. */
  wake(): void {
    this.#pulse.wake();
  }

  /** Pieces are not on the disk any more: they are fetched anew. */
  lose(pieces: readonly number[]): void {
    for (const index of pieces) this.#source.forget(index);
    const now = performance.now();
    this.engine.lose(pieces, now);
    this.#options.pool.hurry(now);
    this.wake();
  }

  /** Takes a caller that asked for this torrent, after the handshake, which was at `since` if not just now. */
  accept(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress, since?: number): void {
    this.#connections.accept(conn, greeting, address, since);
    this.wake();
  }

  /** Tells the trackers that everything has come. */
  announceCompleted(): void {
    this.#announcer.completed();
  }

  /** Leaves: tells trackers and peers why, keeps what has come of unfinished pieces if asked to, and gives all memory back. */
  async leave(reason: string, { keep }: { keep: boolean }): Promise<void> {
    this.#options.host.heartbeat.remove(this.#pulse);
    await Promise.all([
      this.#announcer.stop(STOP_TIMEOUT_MS),
      this.#connections.close(reason),
      this.#webSeeds.close(reason),
    ]);
    if (keep) await this.engine.keeping.keepAll(performance.now(), true);
    this.engine.close();
    this.#buffers.close();
    this.#source.close();
  }

  #makeEngine(): TorrentEngine {
    const {
      metainfo,
      have,
      disk,
      pool,
      host,
      limits,
      onEvent,
      onComplete,
      onFailure,
    } = this.#options;
    const { infoHash, layout, infoBytes, isPrivate } = metainfo;
    return new TorrentEngine({
      layout,
      have,
      store: disk,
      keeper: disk,
      kept: this.#options.kept ?? [],
      source: this.#source,
      buffers: this.#buffers,
      allowedFast: (ip) =>
        allowedFastSet(infoHash.bytes, ip, {
          pieceCount: layout.pieceCount,
          size: allowedFastSize(layout),
        }),
      events: {
        onPieceStored: (index, count) =>
          onEvent({ type: "piece", index, have: count, pieces: layout.pieceCount }),
        onPieceRejected: (index) =>
          onEvent(peerTrouble(`Piece ${index} has a wrong hash: fetching it again`)),
        onComplete,
        onBlocksKept: this.#options.onKept,
        onStorageError: onFailure,
        onBan: (peer, reason, index) => {
          const outcome = this.#webSeeds.onBadData(peer, index);
          // More bad pieces of a peer may come to light after its ban, which is told once.
          const isOld = outcome === undefined && pool.isBanned(peer.address, peer.peerId);
          if (isOld || outcome === "known") return;
          if (outcome === undefined) pool.ban(peer.address, peer.peerId);
          const did = outcome === "shunned" ? "Asking for less" : "Dropped";
          onEvent(peerTrouble(`${did} ${peer.address.ip}: ${reason}`));
        },
        onListening: (peer) => this.#connections.onListening(peer),
        onPeers: (peers) => this.#onPeers(peers, "pex"),
      },
      extensions: { port: host.port, infoBytes, isPrivate },
      padding: metainfo.files.filter(({ isPadding }) => isPadding),
      isSequential: this.#options.isSequential,
      ...(this.#options.priorities && { priorities: this.#options.priorities }),
      superSeeding: limits.superSeeding ?? false,
      ...(limits.uploadSlots === undefined ? {} : { uploadSlots: limits.uploadSlots }),
    });
  }

  #makeConnections(): Connections {
    const { metainfo: { infoHash }, have, pool, host, limits, rates, onFailure } = this.#options;
    return new Connections({
      infoHash,
      peerId: host.peerId,
      engine: this.engine,
      pool,
      port: host.port,
      maxPeers: limits.maxPeers ?? 80,
      places: host.places,
      encryption: host.encryption,
      limits: rates,
      maxMessageLength: Math.max(MAX_MESSAGE_LENGTH, bitfieldLength(have.bytes)),
      onPeer: (event) => this.#onSource(event),
      onBug: onFailure,
      log: host.log,
    });
  }

  #makeWebSeeds(): WebSeeds {
    const { metainfo, limits, rates, host, onFailure } = this.#options;
    return new WebSeeds({
      limit: rates.down,
      metainfo: limits.webSeeds === false ? { ...metainfo, webSeeds: [] } : metainfo,
      engine: this.engine,
      onEvent: (event) => this.#onSource(event),
      onBug: onFailure,
      log: host.log,
      ...(limits.publicOnly ? { fetch: host.publicFetch.fetch } : {}),
    });
  }

  #makeAnnouncer(): Announcers {
    const {
      metainfo: { isPrivate, trackers, infoHash },
      host: { http, peerId, port, publicFetch, udp },
      found,
      limits,
      onEvent,
    } = this.#options;
    const { engine } = this;
    const part = {
      state: () => ({
        infoHash,
        peerId,
        port,
        uploaded: engine.uploaded,
        downloaded: engine.downloaded,
        left: engine.left,
      }),
      onPeers: (peers: PeerAddress[]) => this.#onPeers(peers, "tracker"),
      onEvent: (report: AnnounceReport) => onEvent(announcedEvent(report)),
      onSwitch: () => isPrivate && this.#startAnew(),
    };
    if (found === undefined) {
      return new Announcers({
        tiers: trackers,
        ...part,
        http,
        udp,
        isOneByOne: isPrivate || limits.allTiers === false,
        ...(limits.publicOnly ? { fetch: publicFetch.fetch, isAllowed: isPublicIp } : {}),
      });
    }
    found.announcer.handOver(part);
    return found.announcer;
  }

  /** A private torrent's peers are those of the tracker that it uses (BEP 27). */
  #startAnew(): void {
    this.#options.pool.keepOnly([]);
    this.#connections.dropAll("another tracker is in use");
  }

  #tick(now: number): void {
    this.engine.tick(now);
    this.#announcer.tick(now);
    this.#connections.tick(now);
    this.#webSeeds.tick(now);
    this.#vigil.tick(now);
    // Nobody to ask: the tracker may have heard of somebody since (it is asked no more often than it allows).
    if (this.#connections.size !== 0) this.#announcer.hasPeers();
    else if (!this.engine.isFinished) this.#announcer.needPeers();
    this.#options.onTick();
  }

  /** Somebody is there to take from, or has gone. */
  #onSource(event: TorrentEvent): void {
    this.#metAt ??= performance.now();
    this.#options.onEvent(event);
  }

  #onPeers(peers: PeerAddress[], source: PeerSource): void {
    const now = performance.now();
    this.#options.pool.add(peers, source, now);
    this.#connections.dialMore(now);
    this.wake();
  }
}
