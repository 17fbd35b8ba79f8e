// What one remote peer is to us: its protocol state, and the door through which its messages come in.
// https://www.bittorrent.org/beps/bep_0003.html, BEP 6 (fast extension). Checks what concerns the message alone; what follows from it, the
// downloader, the uploader and the choker decide.

import { Bitfield } from "../../protocol/bitfield.ts";
import { equals } from "../../protocol/bytes.ts";
import type { PeerAddress } from "../../protocol/compact.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { Landing, MessageHandler } from "../../protocol/message_decoder.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import { Candidates } from "./candidates.ts";
import { Fast } from "./fast.ts";
import { PeerExtensions } from "./peer_extensions.ts";
import { Standing } from "./standing.ts";
import type { Wire } from "./ports.ts";
import { RateMeter } from "./rate_meter.ts";
import { RequestPipeline } from "./request_pipeline.ts";
import { UploadQueue } from "./upload_queue.ts";

/** What is known of a remote when its handshake is done. */
export interface RemotePeer {
  peerId: Uint8Array;
  address: PeerAddress;
  /** True if we dialled. */
  outgoing: boolean;
  /** It speaks the extension protocol (BEP 10). Default false. */
  extended?: boolean;
  /** Both sides speak the fast extension (BEP 6). Default false. */
  fast?: boolean;
}

/** A block, or several in one message, that goes to its place as it is read. Times in ms. */
export interface LandingBlock {
  readonly index: number;
  readonly begin: number;
  readonly length: number;
  /** When it began, or when another 16 KiB of it came. Time in which it was we who took nothing doesn't count, for both. */
  beganAt: number;
  at: number;
}

/** Whom a peer's messages concern. */
export interface PeerHost {
  readonly layout: PieceLayout;
  /** The pieces of who has none, and of who has all: shared, as these are most peers. Nobody changes them. */
  readonly nothing: Bitfield;
  readonly everything: Bitfield;
  onBitfield(peer: Peer): void;
  onHave(peer: Peer, index: number): void;
  onDontHave(peer: Peer, index: number): void;
  onChoke(peer: Peer): void;
  onUnchoke(peer: Peer): void;
  onInterestChange(peer: Peer): void;
  onRequest(peer: Peer, index: number, begin: number, length: number): void;
  onCancel(peer: Peer, index: number, begin: number): void;
  onReject(peer: Peer, index: number, begin: number, length: number): void;
  onBlockBegin(peer: Peer, index: number, begin: number, length: number): Landing | undefined;
  onBlocks(peer: Peer, index: number, begin: number, data: Uint8Array): void;
  onExtended(peer: Peer, id: number, payload: Uint8Array): void;
  onBatchEnd(peer: Peer, now: number): void;
  onWritable(peer: Peer, now: number): void;
  /** A block that an upload waited for can be read now. */
  onReadable(peer: Peer): void;
}

/** One connected remote. The connection feeds it messages; the parts of the engine read and write its state. */
export class Peer implements MessageHandler {
  readonly peerId: Uint8Array;
  /** Where it was dialled, or where it came from: then the port is not one it listens on. */
  readonly address: PeerAddress;
  /** True if we dialled. */
  readonly outgoing: boolean;
  readonly wire: Wire;
  /** What it says in the extension protocol; undefined if it doesn't speak that. */
  readonly extensions: PeerExtensions | undefined;

  amChoking = true;
  amInterested = false;
  peerChoking = true;
  peerInterested = false;
  /** Bytes of blocks received from it, and sent to it. */
  downloaded = 0;
  uploaded = 0;

  // For the parts of the engine.

  /** True once the engine has let go of it; every message is ignored from then on. */
  isGone = false;
  /** What we ask of it. */
  readonly pipeline: RequestPipeline;
  /** What it asks of us. */
  readonly uploads: UploadQueue;
  /** What the choker remembers of it. */
  readonly standing: Standing;
  /** Undefined if one of us does not speak the fast extension. */
  readonly fast: Fast | undefined;
  /** Open pieces that it could be asked for. */
  readonly candidates = new Candidates();
  /** A piece that it has and we miss, or -1 if there is none. */
  wantedPiece = -1;
  /** How much of the news it has heard. */
  newsHeard = 0;
  /** True if it came as a seeder, and is counted as one rather than piece by piece. */
  isCountedAsSeeder = false;
  /** The picker's version when there was nothing to ask for; -1 while there may be something. */
  starvedAt = -1;
  /** What it is in the middle of sending: the place of that can't be given to others while the connection lasts. */
  landing: LandingBlock | undefined = undefined;
  /** Before this, ms, there is no point in looking for others' blocks that it might bring sooner. */
  takesAgainAt = 0;
  /** Before this, ms, it is asked for nothing: it has just refused something. */
  asksAgainAt = 0;
  /** When something last came from it, and last went to it, ms. */
  heardAt: number;
  sentAt: number;

  #pieces: Bitfield;
  /** True if it has given a piece up: it may do so again, so its pieces are not shared with others. */
  #isFickle = false;
  readonly #host: PeerHost;
  #isFirstMessage = true;
  readonly #down = new RateMeter();
  readonly #up = new RateMeter();

  constructor(
    host: PeerHost,
    wire: Wire,
    remote: RemotePeer,
    { maxRequestQueue, now }: { maxRequestQueue: number; now: number },
  ) {
    this.#host = host;
    this.wire = wire;
    this.peerId = remote.peerId;
    this.address = remote.address;
    this.outgoing = remote.outgoing;
    this.extensions = remote.extended === true ? new PeerExtensions() : undefined;
    this.#pieces = host.nothing;
    this.pipeline = new RequestPipeline(maxRequestQueue);
    this.uploads = new UploadQueue(() => this.#host.onReadable(this));
    this.standing = new Standing(now);
    this.fast = remote.fast === true ? new Fast() : undefined;
    this.heardAt = now;
    this.sentAt = now;
  }

  /** The pieces that it says it has. */
  get pieces(): Bitfield {
    return this.#pieces;
  }

  /** How much of the torrent it has, 0 to 1. */
  get progress(): number {
    return this.#pieces.length === 0 ? 1 : this.#pieces.count / this.#pieces.length;
  }

  /** Bytes of blocks per second that it sends us. */
  downloadRate(now: number): number {
    this.#down.sample(this.downloaded, now);
    return this.#down.rate(now);
  }

  /** Bytes of blocks per second that we send it. */
  uploadRate(now: number): number {
    this.#up.sample(this.uploaded, now);
    return this.#up.rate(now);
  }

  onKeepAlive(): void {}

  onChoke(): void {
    this.#isFirstMessage = false;
    if (this.isGone || this.peerChoking) return;
    this.peerChoking = true;
    this.#host.onChoke(this);
  }

  onUnchoke(): void {
    this.#isFirstMessage = false;
    if (this.isGone || !this.peerChoking) return;
    this.peerChoking = false;
    this.#host.onUnchoke(this);
  }

  onInterested(): void {
    this.#setInterested(true);
  }

  onNotInterested(): void {
    this.#setInterested(false);
  }

  /** @throws {ProtocolError} if there is no such piece. */
  onHave(index: number): void {
    this.#isFirstMessage = false;
    if (this.isGone) return;
    this.#check(index, "have");
    if (this.#pieces.has(index)) return;
    if (this.#pieces === this.#host.nothing) this.#pieces = new Bitfield(this.#host.layout.pieceCount);
    this.#pieces.set(index);
    if (this.#pieces.isComplete && !this.#isFickle) this.#pieces = this.#host.everything;
    this.#host.onHave(this, index);
  }

  /**
   * It has this piece no more (BEP 54).
   *
   * @throws {ProtocolError} if there is no such piece.
   */
  onDontHave(index: number): void {
    if (this.isGone) return;
    this.#check(index, "lt_donthave");
    if (!this.#pieces.has(index)) return;
    if (this.#pieces === this.#host.everything) this.#pieces = this.#pieces.clone();
    this.#isFickle = true;
    this.#pieces.clear(index);
    this.#host.onDontHave(this, index);
  }

  /** @throws {ProtocolError} if it has the wrong size, or bits to spare that are set. */
  onBitfield(bits: Uint8Array): void {
    if (this.isGone) return;
    const { layout, everything } = this.#host;
    this.#onPieces(equals(bits, everything.bytes) ? everything : Bitfield.fromBytes(bits, layout.pieceCount));
  }

  onHaveAll(): void {
    this.#fastOnly("have all");
    if (this.#isFickle) return; // it says again and again that it has everything, and that it hasn't
    this.#onPieces(this.#host.everything);
  }

  onHaveNone(): void {
    this.#fastOnly("have none");
    this.#onPieces(this.#host.nothing);
  }

  onRequest(index: number, begin: number, length: number): void {
    this.#isFirstMessage = false;
    if (!this.isGone) this.#host.onRequest(this, index, begin, length);
  }

  onPieceBegin(index: number, begin: number, length: number): Landing | undefined {
    return this.isGone ? undefined : this.#host.onBlockBegin(this, index, begin, length);
  }

  onPiece(index: number, begin: number, block: Uint8Array): void {
    this.#isFirstMessage = false;
    if (this.isGone) return;
    this.#host.onBlocks(this, index, begin, block);
    this.downloaded += block.length;
  }

  onCancel(index: number, begin: number, _length: number): void {
    this.#isFirstMessage = false;
    if (!this.isGone) this.#host.onCancel(this, index, begin);
  }

  /** Many clients send their extended handshake before their bitfield. */
  onExtended(id: number, payload: Uint8Array): void {
    if (!this.isGone) this.#host.onExtended(this, id, payload);
  }

  onReject(index: number, begin: number, length: number): void {
    this.#fastOnly("reject");
    if (!this.isGone) this.#host.onReject(this, index, begin, length);
  }

  /** @throws {ProtocolError} if there is no such piece. */
  onSuggest(index: number): void {
    const fast = this.#fastOnly("suggest");
    if (this.isGone) return;
    this.#check(index, "suggest");
    fast.suggest(index);
  }

  /** @throws {ProtocolError} if there is no such piece. */
  onAllowedFast(index: number): void {
    const fast = this.#fastOnly("allowed fast");
    if (this.isGone) return;
    this.#check(index, "allowed fast");
    fast.allow(index);
  }

  /** Extensions that we have not announced are ignored; some clients send one before their bitfield. */
  onUnknown(_id: number, _payload: Uint8Array): void {}

  /** After each read: tops up the pipeline, answers requests, flushes. */
  onBatchEnd(now: number): void {
    if (this.isGone) return;
    this.heardAt = now;
    this.#down.sample(this.downloaded, now);
    this.#host.onBatchEnd(this, now);
    this.wire.flush();
  }

  /** For the last so many ms it was we who took nothing of what it sends: that is no silence of its own. */
  onHeldBack(ms: number, now: number): void {
    this.heardAt = Math.min(this.heardAt + ms, now);
    this.pipeline.excuse(ms, now);
    if (this.landing === undefined) return;
    this.landing.beganAt = Math.min(this.landing.beganAt + ms, now);
    this.landing.at = Math.min(this.landing.at + ms, now);
  }

  /** A write has finished: fills the send buffer again, flushes. */
  onWritable(now: number): void {
    if (this.isGone) return;
    this.#host.onWritable(this, now);
    this.#up.sample(this.uploaded, now);
    this.wire.flush();
  }

  /** @throws {ProtocolError} if the fast extension was not agreed on (BEP 6). */
  #fastOnly(message: string): Fast {
    if (this.fast !== undefined) return this.fast;
    throw new ProtocolError(`Cannot accept a message "${message}": the fast extension is not in use`);
  }

  /** What the peer has, all at once. */
  #onPieces(pieces: Bitfield): void {
    if (this.isGone) return;
    if (!this.#isFirstMessage) return this.#onLaterBitfield(pieces);
    this.#isFirstMessage = false;
    this.#pieces = pieces;
    this.#host.onBitfield(this);
  }

  /** BEP 3 wants a bitfield first or never, but aria2 sends one where it is shorter than the haves that it stands for. */
  #onLaterBitfield(pieces: Bitfield): void {
    if (this.#pieces.isComplete || pieces.isEmpty) return;
    for (let index = 0; index < pieces.length && !this.isGone; index++) {
      if (pieces.has(index)) this.onHave(index);
    }
  }

  #check(index: number, message: string): void {
    const { layout } = this.#host;
    if (layout.hasPiece(index)) return;
    throw new ProtocolError(
      `Cannot accept a message "${message}": index must be below ${layout.pieceCount}: got ${index}`,
    );
  }

  #setInterested(isInterested: boolean): void {
    this.#isFirstMessage = false;
    if (this.isGone || this.peerInterested === isInterested) return;
    this.peerInterested = isInterested;
    this.#host.onInterestChange(this);
  }
}
