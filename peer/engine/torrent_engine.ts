// Builds and connects picker, downloader, uploader and choker for one torrent. Decides only who hears of what.
// https://www.bittorrent.org/beps/bep_0003.html. No I/O, no clock, no randomness of its own.
//
// Messages come in through Peer, requests and blocks leave through Wire, whole pieces go to PieceStore; when a piece is
// stored, everybody who lacks it hears of it and the peers that waited for a buffer are asked for more.

import { Bitfield } from "../../protocol/bitfield.ts";
import type { PeerAddress } from "../../protocol/compact.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import { AllowedFast } from "./allowed_fast.ts";
import { Choker } from "./choker.ts";
import { Downloader } from "./downloader.ts";
import { Interest } from "./interest.ts";
import { News } from "./news.ts";
import { Peer, type PeerHost, type RemotePeer } from "./peer.ts";
import type { BlockSource, BufferPool, PieceStore, Wire } from "./ports.ts";
import { RateMeter } from "./rate_meter.ts";
import { SuperSeeding } from "./super_seeding.ts";
import { TimeLimits } from "./time_limits.ts";
import { TorrentExtensions, type TorrentExtensionsOptions } from "./torrent_extensions.ts";
import { Uploader } from "./uploader.ts";

export type { RemotePeer } from "./peer.ts";

/** What the engine tells its owner. Called synchronously; may call back into the engine. */
export interface EngineEvents {
  onPieceStored(index: number, haveCount: number): void;
  onPieceRejected(index: number): void;
  /** The last missing piece is stored. Not called for a torrent that was complete from the start. */
  onComplete(): void;
  /** The disk failed: the owner must stop the torrent. */
  onStorageError(error: Error): void;
  /** Proven to have sent bad data; the engine has closed its wire already, or it had left before. */
  onBan(peer: Peer, reason: string): void;
  /** A peer that has called has said on which port it listens: `listeningAddress()` knows. */
  onListening?(peer: Peer): void;
  /** A peer has named others (BEP 11). */
  onPeers?(addresses: PeerAddress[]): void;
}

export interface EngineOptions {
  layout: PieceLayout;
  /** Pieces that are verified already. The engine owns it from here on and sets bits as pieces are stored. */
  have: Bitfield;
  store: PieceStore;
  source: BlockSource;
  buffers: BufferPool;
  events: EngineEvents;
  /** [0, 1). Default Math.random. */
  random?: () => number;
  /**
   * The pieces that a newcomer at this address may have in spite of a choke (BEP 6). Default: nobody may have any.
   */
  allowedFast?: (ip: string) => Promise<readonly number[]>;
  /** Regular upload slots; one optimistic slot comes on top. Default 4. */
  uploadSlots?: number;
  /** Gives each piece away once and lets the peers pass it on (BEP 16), if everything is here already. Default false. */
  superSeeding?: boolean;
  /** Most blocks asked of one peer at a time. Default 500. */
  maxRequestQueue?: number;
  /** What is told in the extension protocol (BEP 10). Default: it isn't spoken. */
  extensions?: TorrentExtensionsOptions | undefined;
}

/** The protocol engine of one torrent. `now` is milliseconds of a monotonic clock throughout. */
export class TorrentEngine {
  readonly have: Bitfield;
  readonly #layout: PieceLayout;
  readonly #events: EngineEvents;
  readonly #maxRequestQueue: number;
  readonly #peers = new Set<Peer>();
  readonly #downloader: Downloader;
  readonly #uploader: Uploader;
  readonly #superSeeding: SuperSeeding | undefined;
  readonly #choker: Choker;
  readonly #allowedFast: AllowedFast;
  readonly #interest: Interest;
  readonly #news: News;
  readonly #limits: TimeLimits;
  readonly #extensions: TorrentExtensions | undefined;
  readonly #host: PeerHost;
  readonly #down = new RateMeter();
  readonly #up = new RateMeter();
  #now = 0;
  #isClosed = false;

  constructor(options: EngineOptions) {
    const { layout, have, source, random = Math.random, uploadSlots = 4, maxRequestQueue = 500 } = options;
    this.have = have;
    this.#layout = layout;
    this.#events = options.events;
    this.#maxRequestQueue = maxRequestQueue;
    const peers = this.#peers;
    this.#downloader = new Downloader({
      layout,
      have,
      peers,
      random,
      store: options.store,
      buffers: options.buffers,
      onStored: (index) => this.#onStored(index),
      onRejected: (index) => this.#events.onPieceRejected(index),
      onCulprit: (peer, reason) => this.#ban(peer, reason),
      onStorageError: (error) => this.#events.onStorageError(error),
    });
    const isSuperSeeding = options.superSeeding === true && have.isComplete;
    this.#superSeeding = isSuperSeeding ? new SuperSeeding(layout.pieceCount, random) : undefined;
    this.#uploader = new Uploader({ layout, have, source, superSeeding: this.#superSeeding });
    const setFor = isSuperSeeding ? noSet : options.allowedFast ?? noSet;
    this.#allowedFast = new AllowedFast({ layout, have, setFor });
    this.#choker = new Choker({
      slots: uploadSlots,
      peers,
      random,
      isSeeding: () => this.isComplete,
      onChoke: (peer) => this.#uploader.onChoke(peer),
    });
    this.#interest = new Interest(have);
    this.#news = new News(peers, (peer) => this.#interest.review(peer));
    this.#limits = new TimeLimits(peers, this.#downloader);
    this.#extensions = options.extensions && new TorrentExtensions(options.extensions, {
      peers,
      now: () => this.#now,
      isUploadOnly: () => this.isComplete,
      onUploadOnly: (peer) => this.#partFromSeeder(peer),
      onListening: (peer) => this.#events.onListening?.(peer),
      onPeers: (addresses) => this.#events.onPeers?.(addresses),
    });
    this.#host = this.#makeHost();
  }

  get peers(): ReadonlySet<Peer> {
    return this.#peers;
  }

  get isComplete(): boolean {
    return this.have.isComplete;
  }

  /** No peers, and no piece with the store: a tick would change nothing. */
  get isIdle(): boolean {
    return this.#peers.size === 0 && this.#downloader.isStoreIdle;
  }

  /** Bytes of blocks received, wasted ones included. */
  get downloaded(): number {
    return this.#downloader.downloaded;
  }

  /** Bytes of blocks handed to the connections. */
  get uploaded(): number {
    return this.#uploader.uploaded;
  }

  /** Bytes of the pieces we have. */
  get verified(): number {
    const last = this.#layout.pieceCount - 1;
    const isShort = this.have.has(last) ? this.#layout.pieceLength - this.#layout.pieceLengthAt(last) : 0;
    return this.have.count * this.#layout.pieceLength - isShort;
  }

  /** Bytes of the pieces we miss. */
  get left(): number {
    return this.#layout.totalLength - this.verified;
  }

  /** Bytes that came twice, came for nothing or failed their piece's hash. */
  get wasted(): number {
    return this.#downloader.wasted;
  }

  /** Bytes of blocks per second, over the last seconds. */
  downloadRate(now: number): number {
    this.#down.sample(this.downloaded, now);
    return this.#down.rate(now);
  }

  /** Bytes of blocks per second, over the last seconds. */
  uploadRate(now: number): number {
    this.#up.sample(this.uploaded, now);
    return this.#up.rate(now);
  }

  /** Takes over a connection whose handshake is done, tells what we have and introduces us. */
  add(wire: Wire, remote: RemotePeer, now: number): Peer {
    this.#setNow(now);
    const peer = new Peer(this.#host, wire, remote, {
      maxRequestQueue: this.#maxRequestQueue,
      now,
    });
    if (this.#isClosed) {
      peer.isGone = true;
      wire.close("the torrent is stopped");
      return peer;
    }
    this.#peers.add(peer);
    this.#news.welcome(peer);
    this.#introduce(peer);
    this.#extensions?.welcome(peer);
    wire.flush();
    return peer;
  }

  /** The connection is gone: what was asked of it goes back to the picker. Idempotent. */
  remove(peer: Peer): void {
    if (!this.#peers.delete(peer)) return;
    peer.isGone = true;
    this.#choker.remove(peer);
    this.#extensions?.remove(peer);
    this.#superSeeding?.remove(peer);
    this.#downloader.remove(peer);
    if (!this.#isClosed) this.#downloader.settle();
  }

  /** Once a second: choking, snubbing, keep-alives, silence. */
  tick(now: number): void {
    if (this.#isClosed) return;
    this.#setNow(now);
    this.#down.sample(this.downloaded, now);
    this.#up.sample(this.uploaded, now);
    for (const peer of this.#limits.tick(now)) this.#dismiss(peer, "silent for too long");
    this.#choker.tick(now);
    this.#superSeeding?.tick(this.#peers, now);
    this.#downloader.tick();
    this.#extensions?.tick(now);
    this.#news.tellAll(now);
    for (const peer of this.#peers) peer.wire.flush();
  }

  /** Lets go of all peers, closing their connections, and gives all buffers back. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const peer of this.#peers) this.#dismiss(peer, "the torrent is stopped");
    this.#downloader.close();
  }

  /** Who has nothing need not say so (BEP 3), unless the fast extension is in use, which is also brief about all. */
  #introduce({ fast, wire }: Peer): void {
    const isPoor = this.have.isEmpty || this.#superSeeding !== undefined;
    if (isPoor) fast && wire.haveNone();
    else if (fast !== undefined && this.have.isComplete) wire.haveAll();
    else wire.bitfield(this.have.bytes);
    wire.flush();
  }

  /** What a peer's messages lead to. */
  #makeHost(): PeerHost {
    const downloader = this.#downloader;
    const uploader = this.#uploader;
    const nothing = new Bitfield(this.#layout.pieceCount);
    const everything = nothing.clone();
    everything.setAll();
    return {
      layout: this.#layout,
      nothing,
      everything,
      onBitfield: (peer) => {
        downloader.onBitfield(peer);
        this.#interest.onBitfield(peer);
        this.#superSeeding?.onBitfield(peer, this.#now);
        this.#partFromSeeder(peer);
      },
      onHave: (peer, index) => {
        downloader.onHave(peer, index);
        this.#interest.onHave(peer, index);
        this.#superSeeding?.onHave(peer, index, this.#now);
        this.#partFromSeeder(peer);
      },
      onDontHave: (peer, index) => {
        downloader.onDontHave(peer, index);
        this.#interest.onDontHave(peer, index);
        this.#superSeeding?.onDontHave(peer, index);
      },
      onChoke: (peer) => downloader.onChoke(peer),
      onUnchoke: (peer) => downloader.onUnchoke(peer),
      onInterestChange: (peer) => {
        this.#choker.onInterestChange(peer, this.#now);
        this.#allowedFast.offer(peer);
      },
      onRequest: (peer, index, begin, length) => uploader.onRequest(peer, index, begin, length),
      onCancel: (peer, index, begin) => uploader.onCancel(peer, index, begin),
      onReject: (peer, index, begin) => downloader.onReject(peer, index, begin),
      onBlock: (peer, index, begin, block) => downloader.onBlock(peer, index, begin, block),
      onExtended: (peer, id, payload) => this.#extensions?.onExtended(peer, id, payload),
      onBatchEnd: (peer, now) => {
        this.#setNow(now);
        downloader.onBatchEnd(peer, now);
        uploader.fill(peer, now);
        this.#extensions?.fill(peer);
        this.#news.tell(peer, now);
        if (this.#news.isDue(now)) this.#news.tellAll(now);
      },
      onWritable: (peer, now) => {
        this.#setNow(now);
        uploader.fill(peer, now);
        this.#extensions?.fill(peer);
        this.#news.tell(peer, now);
      },
      onReadable: (peer) => {
        uploader.fill(peer, this.#now);
        if (!peer.isGone) peer.wire.flush();
      },
    };
  }

  /** A piece is ours now. */
  #onStored(index: number): void {
    this.#news.add(index);
    this.#events.onPieceStored(index, this.have.count);
    if (this.#isClosed) return;
    if (this.isComplete || this.#news.isDue(this.#now)) this.#news.tellAll(this.#now);
    if (!this.isComplete) return;
    for (const peer of this.#peers) this.#partFromSeeder(peer);
    this.#extensions?.tellUploadOnly();
    for (const peer of this.#peers) peer.wire.flush();
    this.#events.onComplete();
  }

  /** Two that have everything, or download nothing more, have nothing to tell each other. */
  #partFromSeeder(peer: Peer): void {
    if (!this.isComplete) return;
    if (peer.pieces.isComplete) this.#dismiss(peer, "both sides have everything");
    else if (peer.extensions?.isUploadOnly) this.#dismiss(peer, "both sides only upload");
  }

  #ban(peer: Peer, reason: string): void {
    this.#dismiss(peer, reason);
    this.#events.onBan(peer, reason);
  }

  #dismiss(peer: Peer, reason: string): void {
    if (peer.isGone) return;
    this.remove(peer);
    peer.wire.close(reason);
  }

  #setNow(now: number): void {
    this.#now = now;
    this.#downloader.now = now;
  }
}

function noSet(): Promise<readonly number[]> {
  return Promise.resolve([]);
}
