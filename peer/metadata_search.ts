// From a magnet link to the torrent: finds peers, gets the info dictionary from them, checks it. What comes after, from the
// check of the disk on, is a Torrent's, which takes over what was found on the way.
// https://www.bittorrent.org/beps/bep_0009.html

import {
  type BencodeDict,
  type BencodeValue,
  equals,
  fromUtf8,
  InfoHash,
  type Magnet,
  type Metainfo,
  MetainfoError,
  parseInfo,
  type PeerAddress,
} from "../protocol/mod.ts";
import { Announcers } from "./announce/announcers.ts";
import { Connections } from "./connections.ts";
import { MetadataEngine } from "./engine/metadata_engine.ts";
import { PeerPool, type PeerSource } from "./engine/peer_pool.ts";
import type { TorrentEvent, TorrentState } from "./events.ts";
import { STOP_TIMEOUT_MS } from "./membership.ts";
import type { Found } from "./found.ts";
import { Listeners } from "./listeners.ts";
import type { Greeting } from "./net/handshaker.ts";
import { isPublicIp } from "./net/public_fetch.ts";
import type { TorrentHost } from "./torrent_options.ts";
import { announcedEvent, fatalEvent, peerTrouble } from "./torrent_report.ts";

/** Connections at most: one peer that has the metadata is enough. */
const MOST_PEERS = 30;
/** What trackers are told is left while nobody knows it: something, so that we count as a leecher. */
const UNKNOWN_LEFT = 16 * 1024;

/** Connections are kept so long for a torrent that goes on with them: checking what is on the disk may take a while. */
const KEPT_MS = 60_000;
/** Remembered of each tracker's answer, as long as the search lasts. */
const MOST_NAMED = 200;

/** How to look. */
export interface SearchOptions {
  /** Trackers and peers with private addresses are left alone, as by the torrent's option of this name. Default false. */
  publicOnly?: boolean;
  /** All trackers are announced to at once, as by the torrent's option of this name. Default true. */
  allTiers?: boolean;
}

/**
 * A magnet link whose torrent is being looked for (BEP 9). Made by `client.find()`, at work from then on.
 *
 * ```text
 * metadata ──info dictionary here, hash right──▶ metainfo() resolves; client.add() goes on from there
 *    └── stop(): stopped
 * ```
 */
export class MetadataSearch {
  /** What the link says. */
  readonly magnet: Magnet;
  #host: TorrentHost;
  readonly #onOver: () => void;
  #listeners = new Listeners();
  #pool: PeerPool;
  #engine: MetadataEngine;
  #connections: Connections;
  #announcer: Announcers;
  /** Whom each tracker has named last. */
  #named = new Map<string, PeerAddress[]>();
  /** When the metadata came. */
  #foundAt = Infinity;
  /** Once the connections are ended, or passed on. */
  #parting: Promise<void> | undefined;
  #beat = { dueAt: -Infinity, tick: (now: number) => this.#tick(now) };
  #state: TorrentState = "metadata";
  #metainfo = Promise.withResolvers<Metainfo>();
  #starting: ReturnType<typeof setTimeout>;
  /** The end of the search before it. */
  #before: Promise<void> | undefined;
  #ended: Promise<void> | undefined;
  #isHandedOver = false;

  /**
   * Use `client.find()`. `onOver` is called once, when it has ended or a torrent has gone on. It begins when `before`, the
   * end of a search that has failed, is through.
   */
  constructor(
    magnet: Magnet,
    options: SearchOptions,
    host: TorrentHost,
    onOver: () => void,
    before?: Promise<void>,
  ) {
    this.magnet = magnet;
    this.#host = host;
    this.#onOver = onOver;
    this.#before = before?.catch(() => {}).finally(() => this.#before = undefined);
    this.#pool = new PeerPool(options.publicOnly ? { isAllowed: isPublicIp } : {});
    this.#engine = this.#makeEngine();
    this.#connections = this.#makeConnections();
    this.#announcer = this.#makeAnnouncer(options);
    // Whoever never asks must not be told of a failure by an unhandled rejection.
    this.#metainfo.promise.catch(() => {});
    // As good as named by the user, unless links are not to be trusted.
    const isTrusted = (ip: string) => !options.publicOnly || isPublicIp(ip);
    this.#pool.add(magnet.peers.filter(({ ip }) => isTrusted(ip)), "user", performance.now());
    // A turn of the event loop later, so that the caller can subscribe first.
    this.#starting = setTimeout(() => this.#start());
  }

  /** The torrent's name among peers and trackers. */
  get infoHash(): InfoHash {
    return this.magnet.infoHash;
  }

  /** What the link calls it, or its info hash. For people: the torrent's own name may be another. */
  get name(): string {
    return this.magnet.name ?? this.infoHash.hex;
  }

  /** "metadata" while it looks, "checking" when it has found, "stopped" or "failed" when it has given up. */
  get state(): TorrentState {
    return this.#state;
  }

  /** Connected peers. */
  get peers(): number {
    return this.#connections.size;
  }

  /**
   * Calls `listener` with every event from now on; the returned function ends that. What `listener` throws is reported as
   * by `reportError()`; the search goes on.
   */
  subscribe(listener: (event: TorrentEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Resolves when the info dictionary is here and has the right hash. `trackers` and `webSeeds` are the link's.
   *
   * @throws {MetainfoError} when the info dictionary is the right one and can't be used
   * @throws {Error} when the search was stopped before
   */
  metainfo(): Promise<Metainfo> {
    return this.#metainfo.promise;
  }

  /** Adds addresses of peers that the caller knows of, beside those of the link and from trackers. */
  addPeers(addresses: PeerAddress[]): void {
    this.#pool.add(addresses, "user", performance.now());
  }

  /** Takes a caller that asked for this torrent, after the handshake. */
  accept(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress): void {
    this.#connections.accept(conn, greeting, address);
  }

  /** Gives up, or ends what is left of it: tells trackers and peers. Idempotent; nothing if a torrent has gone on. */
  stop(): Promise<void> {
    return this.#ended ??= this.#end();
  }

  /**
   * Its end, if that has begun, or that of the search before it.
   *
   * @internal
   */
  get ending(): Promise<void> | undefined {
    return this.#ended ?? this.#before;
  }

  /**
   * What a torrent goes on with. Until that is among its peers the search keeps them, and the trackers, alive.
   *
   * @internal
   */
  handOver(): Found {
    clearTimeout(this.#starting);
    this.#isHandedOver = true;
    this.#ended = Promise.resolve();
    this.#onOver();
    if (this.#state === "metadata") { // they have come another way
      this.#giveUp();
      this.#finish();
    }
    return {
      magnet: this.magnet,
      pool: this.#pool,
      announcer: this.#announcer,
      accept: (conn, greeting, address) => {
        if (this.#parting !== undefined) return false;
        this.accept(conn, greeting, address);
        return true;
      },
      passTo: (connections) => {
        if (this.#parting === undefined) connections.takeOver(this.#connections);
        void this.#part("it is met again");
      },
      end: () => this.#endAll(),
    };
  }

  async #start(): Promise<void> {
    await this.#before;
    if (this.#ended !== undefined) return;
    this.#host.heartbeat.add(this.#beat);
    this.#announcer.start();
    this.#tick(performance.now());
  }

  async #end(): Promise<void> {
    clearTimeout(this.#starting);
    this.#giveUp();
    try {
      await this.#endAll();
    } finally {
      this.#onOver();
      this.#finish();
    }
  }

  async #endAll(): Promise<void> {
    await Promise.all([
      this.#before,
      this.#part("leaving the swarm"),
      this.#announcer.stop(STOP_TIMEOUT_MS),
    ]);
  }

  /** Who waits for the metadata waits in vain, if they are not here. */
  #giveUp(): void {
    this.#metainfo.reject(new Error(`Cannot find the metadata of ${this.name}: the search was stopped`));
  }

  #finish(): void {
    if (this.#state !== "failed") this.#state = "stopped";
    this.#emitProgress();
    this.#emit({ type: "stopped", complete: false, downloaded: 0, uploaded: 0 });
  }

  #makeEngine(): MetadataEngine {
    return new MetadataEngine({
      port: this.#host.port,
      verify: async (bytes) => equals((await InfoHash.of(bytes)).bytes, this.infoHash.bytes),
      events: {
        onMetadata: (infoBytes) => void this.#onMetadata(infoBytes),
        onListening: (peer) => this.#connections.onListening(peer),
        onPeers: (peers) => this.#onPeers(peers, "pex"),
        onBan: (peer, reason) => {
          this.#pool.ban(peer.address, peer.peerId);
          this.#emit(peerTrouble(`Dropped ${peer.address.ip}: ${reason}`));
        },
      },
    });
  }

  #makeConnections(): Connections {
    return new Connections({
      infoHash: this.infoHash,
      peerId: this.#host.peerId,
      engine: this.#engine,
      pool: this.#pool,
      port: this.#host.port,
      maxPeers: MOST_PEERS,
      places: this.#host.places,
      encryption: this.#host.encryption,
      onPeer: (event) => this.#emit(event),
      onBug: (error) => this.#fail(error),
      log: this.#host.log,
    });
  }

  #makeAnnouncer({ allTiers = true, publicOnly = false }: SearchOptions): Announcers {
    const { http, peerId, port, publicFetch, udp } = this.#host;
    return new Announcers({
      tiers: this.magnet.trackers.map((url) => [url]),
      state: () => ({
        infoHash: this.infoHash,
        peerId,
        port,
        uploaded: 0,
        downloaded: 0,
        left: UNKNOWN_LEFT,
      }),
      onPeers: (peers, tracker) => {
        this.#named.set(tracker, peers.slice(0, MOST_NAMED));
        this.#onPeers(peers, "tracker");
      },
      onEvent: (report) => this.#emit(announcedEvent(report)),
      http,
      udp,
      isOneByOne: !allTiers,
      ...(publicOnly ? { fetch: publicFetch.fetch, isAllowed: isPublicIp } : {}),
    });
  }

  async #onMetadata(infoBytes: Uint8Array): Promise<void> {
    try {
      const metainfo = await parseInfo(infoBytes, this.#outerDict());
      if (this.#ended !== undefined) return;
      if (metainfo.isPrivate) this.#keepToOneTracker();
      const { name, totalLength, files, layout } = metainfo;
      this.#foundAt = performance.now();
      this.#metainfo.resolve(metainfo); // whoever hears the news may stop it
      this.#state = "checking";
      this.#emit({
        type: "metadata",
        infoHash: this.infoHash.hex,
        name,
        totalLength,
        pieces: layout.pieceCount,
        files: files.length,
        metadataLength: infoBytes.length,
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends all connections; who is there may be dialled again at once. */
  #part(reason: string): Promise<void> {
    return this.#parting ??= this.#leave(reason);
  }

  async #leave(reason: string): Promise<void> {
    this.#host.heartbeat.remove(this.#beat);
    await this.#connections.close(reason, { comesBack: true });
    this.#engine.close(reason);
  }

  /** What a .torrent would have around the info dictionary, as far as the link says it. */
  #outerDict(): BencodeDict {
    const { trackers, webSeeds } = this.magnet;
    return new Map<string, BencodeValue>([
      ["announce-list", trackers.map((url) => [fromUtf8(url)])],
      ["url-list", webSeeds.map(fromUtf8)],
    ]);
  }

  /** What nobody could know before: the torrent is private, and its peers are those of one tracker (BEP 27). */
  #keepToOneTracker(): void {
    const tracker = this.#announcer.useOneByOne(STOP_TIMEOUT_MS);
    this.#pool.keepOnly(this.#named.get(tracker ?? "") ?? []);
    this.#connections.dropAll("the torrent is private");
  }

  #fail(error: unknown): void {
    // Whoever hears the news may stop it, or look anew.
    this.#metainfo.reject(error);
    this.#state = "failed";
    this.#emit(
      error instanceof MetainfoError
        ? { type: "error", kind: "input", message: error.message, fatal: true }
        : fatalEvent(error),
    );
    void this.stop();
  }

  #onPeers(peers: PeerAddress[], source: PeerSource): void {
    const now = performance.now();
    this.#pool.add(peers, source, now);
    this.#connections.dialMore(now);
  }

  #tick(now: number): void {
    this.#engine.tick(now);
    this.#announcer.tick(now);
    this.#connections.tick(now);
    if (this.#connections.size !== 0) this.#announcer.hasPeers();
    else this.#announcer.needPeers();
    if (now - this.#foundAt >= KEPT_MS) void this.#part("nobody wants the torrent");
    else if (!this.#isHandedOver) this.#emitProgress();
  }

  #emitProgress(): void {
    if (this.#listeners.size === 0) return;
    this.#emit({
      type: "progress",
      state: this.#state,
      progress: this.#engine.progress,
      verified: 0,
      left: 0,
      downloaded: 0,
      uploaded: 0,
      downloadRate: 0,
      uploadRate: 0,
      peers: this.peers,
      webSeeds: 0,
      timeLeft: null,
    });
  }

  #emit(event: TorrentEvent): void {
    this.#listeners.emit(event);
  }
}
