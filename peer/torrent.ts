// One torrent, whole: builds its parts, connects them and gives them the time. It decides nothing of its own: what to
// ask for, whom to serve, whom to call and when to announce are the engine's, the pool's and the announcer's.

import {
  type Bitfield,
  bitfieldLength,
  type Handshake,
  type InfoHash,
  MAX_MESSAGE_LENGTH,
  type Metainfo,
  type PeerAddress,
  toHex,
} from "../protocol/mod.ts";
import { Announcer } from "./announce/announcer.ts";
import { Connections } from "./connections.ts";
import { PeerPool } from "./engine/peer_pool.ts";
import { TorrentEngine } from "./engine/torrent_engine.ts";
import type { TorrentEvent, TorrentState } from "./events.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Log } from "./message_log.ts";
import { Pulse } from "./pulse.ts";
import { FixedBufferPool } from "./storage/buffer_pool.ts";
import { Disk } from "./storage/disk.ts";
import { ReadCache } from "./storage/read_cache.ts";
import type { DiskPool } from "./storage/worker_pool.ts";
import { announcedEvent, fatalEvent, Listeners, progressEvent } from "./torrent_report.ts";

/** What a torrent is told of where and how. */
export interface TorrentOptions {
  /** The file to write, or the folder for a torrent of several files. Verified pieces in it are kept. */
  path: string;
  /** Connections at most. Default 80. */
  maxPeers?: number;
  /** Peers uploaded to at once, the optimistic one not counted. Default 4. */
  uploadSlots?: number;
  /** Memory for pieces that are being downloaded or written, in bytes. Default 32 MiB. */
  bufferBytes?: number;
  /** Memory for pieces that are being uploaded, in bytes. Default 16 MiB. */
  cacheBytes?: number;
}

/** What the client lends its torrents. */
export interface TorrentHost {
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where it listens. */
  readonly port: number;
  /** The Workers that all its torrents share. */
  readonly disks: DiskPool;
  /** The timer that all its torrents share. */
  readonly heartbeat: Heartbeat;
  /** Gets a line for each message; undefined for silence. */
  readonly log: Log | undefined;
}

/** Between two progress events while checking. */
const CHECK_REPORT_MS = 200;
/** How long the trackers may take to hear `stopped`: Ctrl-C has two seconds in all. */
const STOP_TIMEOUT_MS = 1_200;

/**
 * A torrent that a {@link Client} downloads and seeds. Made by `client.add()`, at work from then on.
 *
 * ```text
 * checking ──▶ downloading ──▶ seeding
 *     │             │             │        stop() from anywhere: stopped
 *     └─────────────┴──── disk ───┴──────▶ failed
 * ```
 */
export class Torrent {
  /** What the .torrent says. */
  readonly metainfo: Metainfo;
  /** The file or folder. */
  readonly path: string;
  #options: TorrentOptions;
  #host: TorrentHost;
  #listeners = new Listeners();
  #state: TorrentState = "checking";
  #checked = 0;
  #disk: Disk;
  #pool = new PeerPool({});
  #engine: TorrentEngine | undefined;
  #announcer: Announcer | undefined;
  #connections: Connections | undefined;
  #pulse: Pulse | undefined;
  #stopping = new AbortController();
  /** When the first peer was there: before that nothing could come. */
  #metAt: number | undefined;
  #opened: Promise<void>;
  #ended: Promise<void> | undefined;
  #completed = Promise.withResolvers<void>();

  /** Use `client.add()`. */
  constructor(metainfo: Metainfo, options: TorrentOptions, host: TorrentHost) {
    this.metainfo = metainfo;
    this.path = options.path;
    this.#options = options;
    this.#host = host;
    this.#disk = new Disk(host.disks, metainfo, options.path);
    // Whoever never asks for completion must not be told of its failure by an unhandled rejection.
    this.#completed.promise.catch(() => {});
    // A turn of the event loop later, so that the caller can subscribe first, also after `await client.add()`.
    this.#opened = nextTurn().then(() => this.#open());
  }

  /** SHA-1 of the info dict: the torrent's name among peers and trackers. */
  get infoHash(): InfoHash {
    return this.metainfo.infoHash;
  }

  /** Where it stands. */
  get state(): TorrentState {
    return this.#state;
  }

  /** True when every piece is verified and on disk. */
  get isComplete(): boolean {
    return this.#engine?.isComplete ?? false;
  }

  /** Connected peers. */
  get peers(): number {
    return this.#connections?.size ?? 0;
  }

  /** Bytes of blocks received in this run. */
  get downloaded(): number {
    return this.#engine?.downloaded ?? 0;
  }

  /** Bytes of blocks sent in this run. */
  get uploaded(): number {
    return this.#engine?.uploaded ?? 0;
  }

  /**
   * Calls `listener` with every event from now on; the returned function ends that.
   *
   * @example
   * ```ts
   * import { Client } from "@seedling/seedling";
   *
   * const client = new Client();
   * const torrent = await client.add(await Deno.readFile("video.torrent"), { path: "video.mkv" });
   * torrent.subscribe((event) => {
   *   if (event.type === "piece") console.log(`piece ${event.index}: ${event.have} of ${event.pieces}`);
   * });
   * await torrent.completed();
   * await client.close();
   * ```
   */
  subscribe(listener: (event: TorrentEvent) => void): () => void {
    this.#pulse?.wake(); // who listens hears of the progress every second
    return this.#listeners.add(listener);
  }

  /**
   * Resolves when every piece is verified and on disk.
   *
   * @throws {StorageError} when the disk failed
   * @throws {Error} when the torrent was stopped before
   */
  completed(): Promise<void> {
    return this.#completed.promise;
  }

  /** Adds addresses of peers that the caller knows of, beside those from trackers. */
  addPeers(addresses: PeerAddress[]): void {
    this.#pool.add(addresses, "user", performance.now());
    this.#pulse?.wake();
  }

  /** Takes a caller that asked for this torrent, after the handshake. */
  accept(conn: Deno.TcpConn, handshake: Handshake, address: PeerAddress): void {
    if (this.#connections === undefined) conn.close(); // still checking
    else this.#connections.accept(conn, handshake, address);
    this.#pulse?.wake();
  }

  /** Leaves the swarm: tells trackers and peers, finishes the writes under way. Within two seconds; idempotent. */
  stop(): Promise<void> {
    return this.#ended ??= this.#end("stopped");
  }

  async #open(): Promise<void> {
    try {
      const { name, infoHash, totalLength, layout } = this.metainfo;
      this.#emit({
        type: "started",
        infoHash: infoHash.hex,
        name,
        path: this.path,
        totalLength,
        pieceLength: layout.pieceLength,
        pieces: layout.pieceCount,
        port: this.#host.port,
        peerId: toHex(this.#host.peerId),
      });
      const have = await this.#check();
      if (this.#stopping.signal.aborted) return;
      if (this.#disk.isFresh && !have.isComplete) {
        // Nothing is there, so nothing stands in the way: the files are made while the first announce is under way. It
        // goes out before a disk thread's start stops this one for 30 ms.
        this.#join(have);
        await nextTurn();
      }
      await this.#disk.prepare(); // also of a complete torrent: files without a byte are in no piece
      if (this.#stopping.signal.aborted || this.#engine !== undefined) return;
      this.#join(have);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#fail(error);
    }
  }

  /** Finds out which pieces are on disk already. */
  async #check(): Promise<Bitfield> {
    let reportedAt = performance.now();
    const onPiece = () => {
      this.#checked++;
      if (performance.now() - reportedAt < CHECK_REPORT_MS) return;
      reportedAt = performance.now();
      this.#emitProgress();
    };
    return await this.#disk.check(onPiece, { signal: this.#stopping.signal });
  }

  /** Builds the parts and goes among the peers. */
  #join(have: Bitfield): void {
    const { metainfo } = this;
    const { peerId, port, log } = this.#host;
    const { layout, infoHash } = metainfo;
    const { maxPeers = 80, bufferBytes, cacheBytes, uploadSlots } = this.#options;
    const onStorageError = (error: Error) => this.#fail(error);
    const source = new ReadCache(this.#disk, layout, {
      onError: onStorageError,
      ...(cacheBytes ? { maxBytes: cacheBytes } : {}),
    });
    const buffers = new FixedBufferPool({
      pieceLength: layout.pieceLength,
      ...(bufferBytes ? { maxBytes: bufferBytes } : {}),
    });
    const engine = this.#engine = new TorrentEngine({
      layout,
      have,
      store: this.#disk,
      source,
      buffers,
      events: {
        onPieceStored: (index, count) =>
          this.#emit({ type: "piece", index, have: count, pieces: layout.pieceCount }),
        onPieceRejected: (index) =>
          this.#emit({
            type: "error",
            kind: "peer",
            message: `Piece ${index} has a wrong hash: fetching it again`,
            fatal: false,
          }),
        onComplete: () => this.#onComplete(),
        onStorageError,
        onBan: (peer, reason) => {
          this.#pool.ban(peer.address, peer.peerId);
          this.#emit({
            type: "error",
            kind: "peer",
            message: `Dropped ${peer.address.ip}: ${reason}`,
            fatal: false,
          });
        },
      },
      ...(uploadSlots === undefined ? {} : { uploadSlots }),
    });
    const connections = this.#connections = new Connections({
      infoHash,
      peerId,
      engine,
      pool: this.#pool,
      maxPeers,
      maxMessageLength: Math.max(MAX_MESSAGE_LENGTH, bitfieldLength(have.bytes)),
      onPeer: (event) => {
        this.#metAt ??= performance.now();
        this.#emit(event);
      },
      onBug: (error) => this.#fail(error),
      log,
    });
    const announcer = this.#announcer = new Announcer({
      tiers: metainfo.trackers,
      state: () => ({
        infoHash,
        peerId,
        port,
        uploaded: engine.uploaded,
        downloaded: engine.downloaded,
        left: engine.left,
      }),
      onPeers: (peers) => this.#onPeers(peers),
      onEvent: (report) => this.#emit(announcedEvent(report)),
    });
    const pulse = this.#pulse = new Pulse({
      tick: (now) => this.#tick(now),
      isWatched: () => this.#listeners.size > 0,
      isIdle: () => engine.isIdle && connections.isIdle,
      dueAt: () => Math.min(announcer.dueAt, this.#pool.dueAt),
      trim: () => {
        buffers.trim();
        source.trim();
      },
    }, performance.now());
    this.#host.heartbeat.add(pulse);
    if (engine.isComplete) this.#onComplete();
    else this.#setState("downloading");
    announcer.start();
    pulse.tick(performance.now());
  }

  #tick(now: number): void {
    this.#engine?.tick(now);
    this.#announcer?.tick(now);
    this.#connections?.tick(now);
    // Nobody to ask: the tracker may have heard of somebody since (it is asked no more often than it allows).
    if (this.#connections?.size !== 0) this.#announcer?.hasPeers();
    else if (!this.isComplete) this.#announcer?.needPeers();
    this.#emitProgress();
  }

  #onPeers(peers: PeerAddress[]): void {
    const now = performance.now();
    this.#pool.add(peers, "tracker", now);
    this.#connections?.dialMore(now);
    this.#pulse?.wake();
  }

  #onComplete(): void {
    const engine = this.#engine as TorrentEngine;
    this.#setState("seeding");
    this.#emit({
      type: "complete",
      totalLength: this.metainfo.totalLength,
      downloaded: engine.downloaded,
      wasted: engine.wasted,
      seconds: this.#metAt === undefined ? 0 : (performance.now() - this.#metAt) / 1000,
    });
    if (engine.downloaded > 0) this.#announcer?.completed();
    this.#completed.resolve();
  }

  /** The disk has failed, or we have a bug: ends the torrent, what was verified stays. */
  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#emit(fatalEvent(error));
    this.#completed.reject(error);
    this.#ended = this.#end("failed");
  }

  async #end(state: "stopped" | "failed"): Promise<void> {
    this.#stopping.abort();
    if (this.#pulse !== undefined) this.#host.heartbeat.remove(this.#pulse);
    this.#completed.reject(new Error(`Cannot complete ${this.metainfo.name}: the torrent was stopped`));
    // A failure inside #open() ends up here while #open() still runs: it must not wait for itself.
    if (state === "stopped") await this.#opened;
    await Promise.all([
      this.#announcer?.stop(STOP_TIMEOUT_MS),
      this.#connections?.close(state === "stopped" ? "leaving the swarm" : "the disk failed"),
    ]);
    this.#engine?.close();
    await this.#disk.close();
    this.#setState(state);
    this.#emit({
      type: "stopped",
      complete: this.isComplete,
      downloaded: this.downloaded,
      uploaded: this.uploaded,
    });
  }

  #setState(state: TorrentState): void {
    this.#state = state;
    this.#emitProgress();
  }

  #emitProgress(): void {
    if (this.#listeners.size === 0) return;
    this.#emit(progressEvent({
      metainfo: this.metainfo,
      state: this.#state,
      engine: this.#engine,
      checked: this.#checked,
      peers: this.peers,
    }, performance.now()));
  }

  #emit(event: TorrentEvent): void {
    this.#listeners.emit(event);
  }
}

/** Waits until the event loop has done what it has to do. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
