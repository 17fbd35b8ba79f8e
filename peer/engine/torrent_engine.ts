// Builds and connects picker, downloader, uploader and choker for one torrent. Which of them hear of a message, routes.ts
// says. https://www.bittorrent.org/beps/bep_0003.html. No I/O, no clock, no randomness of its own.
//
// Messages come in through Peer, requests and blocks leave through Wire, whole pieces go to PieceStore; when a piece is
// stored, everybody who lacks it hears of it and the peers that waited for a buffer are asked for more.

import type { Bitfield } from "../../protocol/bitfield.ts";
import { BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import { AllowedFast } from "./allowed_fast.ts";
import { Choker } from "./choker.ts";
import { Downloader } from "./downloader.ts";
import type { EngineEvents, EngineOptions } from "./engine_options.ts";
import { Interest } from "./interest.ts";
import type { Keeping } from "./keeping.ts";
import { encodeHaves, News } from "./news.ts";
import { Padding } from "./padding.ts";
import { Peer, type PeerHost, type RemotePeer } from "./peer.ts";
import type { Wire } from "./ports.ts";
import { Priorities } from "./priorities.ts";
import { RateMeter } from "./rate_meter.ts";
import { makeRoutes } from "./routes.ts";
import { Suggestions } from "./suggestions.ts";
import { SuperSeeding } from "./super_seeding.ts";
import { TimeLimits } from "./time_limits.ts";
import { TorrentExtensions } from "./torrent_extensions.ts";
import { Uploader } from "./uploader.ts";

export type { EngineEvents, EngineOptions } from "./engine_options.ts";
export type { RemotePeer } from "./peer.ts";

/** The protocol engine of one torrent. `now` is milliseconds of a monotonic clock throughout. */
export class TorrentEngine {
  readonly have: Bitfield;
  readonly #layout: PieceLayout;
  readonly #events: EngineEvents;
  readonly #maxRequestQueue: number;
  readonly #peers = new Set<Peer>();
  readonly #priorities: Priorities;
  readonly #downloader: Downloader;
  readonly #uploader: Uploader;
  readonly #superSeeding: SuperSeeding | undefined;
  readonly #choker: Choker;
  readonly #suggestions: Suggestions;
  readonly #interest: Interest;
  readonly #news: News;
  readonly #limits: TimeLimits;
  readonly #extensions: TorrentExtensions | undefined;
  readonly #host: PeerHost;
  readonly #down = new RateMeter();
  readonly #up = new RateMeter();
  #now = 0;
  #isFinishTold: boolean;
  #isClosed = false;

  constructor(options: EngineOptions) {
    const { layout, have, source, random = Math.random, uploadSlots = 4, maxRequestQueue = 500 } = options;
    this.have = have;
    this.#layout = layout;
    this.#events = options.events;
    this.#maxRequestQueue = maxRequestQueue;
    const peers = this.#peers;
    const priorities = this.#priorities = new Priorities(layout, have, options.priorities);
    this.#isFinishTold = this.isFinished; // who begins so knows it
    this.#downloader = new Downloader({
      layout,
      have,
      peers,
      priorities,
      padding: options.padding?.length ? new Padding(layout, options.padding) : undefined,
      random,
      store: options.store,
      keeper: options.keeper,
      kept: options.kept,
      buffers: options.buffers,
      onStored: (index) => this.#onStored(index),
      onRejected: (index) => this.#events.onPieceRejected(index),
      onKept: (index) => this.#events.onBlocksKept?.(index),
      onCulprit: (peer, index) => this.#ban(peer, index),
      onStorageError: (error) => !this.#isClosed && this.#events.onStorageError(error),
    });
    const isSuperSeeding = options.superSeeding === true && have.isComplete;
    this.#superSeeding = isSuperSeeding ? new SuperSeeding(layout.pieceCount, random) : undefined;
    this.#uploader = new Uploader({ layout, have, source, superSeeding: this.#superSeeding });
    const setFor = isSuperSeeding ? noSet : options.allowedFast ?? noSet;
    this.#suggestions = new Suggestions(peers);
    this.#choker = new Choker({
      slots: uploadSlots,
      peers,
      random,
      isSeeding: () => this.isFinished,
      onChoke: (peer) => this.#uploader.onChoke(peer),
    });
    this.isSequential = options.isSequential ?? false;
    this.#interest = new Interest(have, priorities);
    this.#news = new News(peers, (peer) => this.#interest.review(peer));
    this.#limits = new TimeLimits(peers, this.#downloader);
    this.#extensions = options.extensions && new TorrentExtensions(options.extensions, {
      peers,
      now: () => this.#now,
      isUploadOnly: () => this.isFinished && this.#superSeeding === undefined,
      onUploadOnly: (peer) => this.#partFromSeeder(peer),
      onListening: (peer) => this.#events.onListening?.(peer),
      onPeers: (addresses) => this.#events.onPeers?.(addresses),
    });
    this.#host = makeRoutes({
      layout,
      downloader: this.#downloader,
      uploader: this.#uploader,
      choker: this.#choker,
      interest: this.#interest,
      news: this.#news,
      allowedFast: new AllowedFast({ layout, have, setFor }),
      superSeeding: this.#superSeeding,
      extensions: this.#extensions,
      now: () => this.#now,
      setNow: (now) => this.#setNow(now),
      onPieces: (peer) => this.#partFromSeeder(peer),
    });
  }

  get peers(): ReadonlySet<Peer> {
    return this.#peers;
  }

  get isComplete(): boolean {
    return this.have.isComplete;
  }

  /** Every piece that is wanted is here. */
  get isFinished(): boolean {
    return this.#priorities.missing === 0;
  }

  /** We want this piece, and it is not here. */
  isMissing(index: number): boolean {
    return this.#priorities.isWanted(index) && !this.have.has(index);
  }

  /** This block of a piece that is on its way is here, or about to be read from the disk: nobody is asked for it. */
  isBlockHere(index: number, begin: number): boolean {
    return this.#downloader.picker.partial(index)?.isOurs(begin / BLOCK_LENGTH) ?? false;
  }

  get isSequential(): boolean {
    return this.#downloader.picker.isSequential;
  }

  /** From the next piece on. */
  set isSequential(isSequential: boolean) {
    this.#downloader.picker.isSequential = isSequential;
  }

  /** Other levels, one for each piece: what is not wanted any more is dropped, even if it was half here. */
  setPriorities(levels: Uint8Array | undefined, now: number): void {
    const wasFinished = this.isFinished;
    this.#priorities.set(levels);
    if (this.#isClosed) return;
    this.#setNow(now);
    if (!this.have.isComplete) this.#downloader.reprioritise();
    for (const peer of this.#peers) {
      this.#interest.reconsider(peer);
      this.#partFromSeeder(peer);
    }
    this.#downloader.tick();
    this.#isFinishTold &&= this.isFinished;
    if (!wasFinished) this.#finish();
    else if (!this.isFinished) this.#extensions?.tellUploadOnly();
    for (const peer of this.#peers) peer.wire.flush();
  }

  /**
   * Pieces are not on the disk any more. All connections end, since nothing takes back a have: who comes again hears what is
   * here.
   */
  lose(pieces: readonly number[], now: number): void {
    if (this.#isClosed) return;
    this.#setNow(now);
    for (const peer of this.#peers) this.#dismiss(peer, "pieces that we had are gone");
    if (this.have.isComplete) this.#downloader.picker.rest(); // it has counted no peer since that
    for (const index of pieces) this.have.clear(index);
    this.setPriorities(this.#priorities.levels, now);
  }

  /** What is kept of unfinished pieces. */
  get keeping(): Keeping {
    return this.#downloader.keeping;
  }

  /** The source has read a part of this piece. While super-seeding each piece is for one peer only. */
  onRead(index: number): void {
    if (this.#superSeeding === undefined && !this.#isClosed) this.#suggestions.onRead(index);
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

  /** Bytes of the pieces that we want, and of those of them that we miss. */
  get wanted(): number {
    return this.#priorities.wantedBytes;
  }
  get wantedLeft(): number {
    return this.#priorities.missingBytes;
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
    return this.#admit(wire, remote, now, (peer) => this.#introduce(peer));
  }

  /** Takes over a connection on which we have said that we have nothing, or not said anything of it. */
  adopt(wire: Wire, remote: RemotePeer, now: number): Peer {
    return this.#admit(wire, remote, now, () => {
      if (this.#superSeeding === undefined) wire.haves(encodeHaves(this.have));
    });
  }

  #admit(wire: Wire, remote: RemotePeer, now: number, tellPieces: (peer: Peer) => void): Peer {
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
    tellPieces(peer);
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

  /** A piece is ours now. */
  #onStored(index: number): void {
    this.#news.add(index);
    this.#events.onPieceStored(index, this.have.count);
    if (this.#isClosed) return;
    if (this.isFinished || this.#news.isDue(this.#now)) this.#news.tellAll(this.#now);
    this.#finish();
  }

  /** Tells that all that is wanted is here: once, also where who hears of the last piece changes what is wanted. */
  #finish(): void {
    if (!this.isFinished || this.#isFinishTold) return;
    this.#isFinishTold = true;
    for (const peer of this.#peers) this.#partFromSeeder(peer);
    this.#extensions?.tellUploadOnly();
    for (const peer of this.#peers) peer.wire.flush();
    this.#events.onComplete();
  }

  /** Two that have everything, or download nothing more, have nothing to tell each other. */
  #partFromSeeder(peer: Peer): void {
    if (!this.isFinished) return;
    if (peer.pieces.isComplete) this.#dismiss(peer, "both sides have everything");
    else if (peer.extensions?.isUploadOnly) this.#dismiss(peer, "both sides only upload");
  }

  #ban(peer: Peer, index: number): void {
    const reason = `sent bad data in piece ${index}`;
    this.#dismiss(peer, reason);
    this.#events.onBan(peer, reason, index);
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
