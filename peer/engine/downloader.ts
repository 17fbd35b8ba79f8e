// Keeps every peer's pipeline full and takes blocks to their pieces, and pieces to the store.
// https://www.bittorrent.org/beps/bep_0003.html ("request", "piece", "cancel", "choke"), BEP 6 ("reject"). Which block,
// the picker knows; how it is asked for and taken back, requests.ts; who is to blame for a bad piece, bad_piece.ts; what
// becomes of a whole one, storing.ts; time limits come in from time_limits.ts.

import { ProtocolError } from "../../protocol/errors.ts";
import type { Landing } from "../../protocol/message_decoder.ts";
import { BLOCK_LENGTH, LONG_BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import { BadPieces } from "./bad_piece.ts";
import type { DownloaderOptions } from "./downloader_options.ts";
import { Looks, sideDepth, takeFromOthers } from "./endgame.ts";
import { Keeping } from "./keeping.ts";
import { Landings } from "./landings.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { Peer } from "./peer.ts";
import { PiecePicker } from "./piece_picker.ts";
import { Requests } from "./requests.ts";
import { Storing } from "./storing.ts";

/** A peer that rejects a request without choking is left alone so long, ms: it would reject the next one, too. */
const REFUSED_MS = 1000;

/** The receiving half of one torrent. */
export class Downloader {
  readonly picker: PiecePicker;
  readonly badPieces: BadPieces;
  readonly keeping: Keeping;
  /** Where blocks go as they are read. */
  readonly landings: Landings;
  /** Bytes of blocks received, wasted ones included. */
  downloaded = 0;
  wasted = 0;
  /** When the current batch came in; blocks have no time of their own. */
  now = 0;
  readonly #options: DownloaderOptions;
  readonly #layout: PieceLayout;
  readonly #requests: Requests;
  /** Peers that had room when there was nothing to ask for. A stored piece looks at these and not at all peers. */
  readonly #hungry = new Set<Peer>();
  readonly #looks = new Looks();
  readonly #storing: Storing;
  #wakePending = false;
  readonly #askToo = (peer: Peer, partial: PartialPiece, block: number): void =>
    this.#requests.askToo(peer, partial, block, this.now);
  readonly #takeOver = (peer: Peer, partial: PartialPiece, block: number, count: number): void =>
    this.#requests.takeOver(peer, partial, block, this.now, count);

  constructor(options: DownloaderOptions) {
    this.#options = options;
    this.#layout = options.layout;
    this.#requests = new Requests(options.peers);
    this.badPieces = new BadPieces(options.random);
    const { badPieces } = this;
    const keeping = this.keeping = new Keeping({
      ...options,
      partials: () => this.picker.partials(),
      onRecalled: (partial) => this.#onRecalled(partial),
    });
    const buffers = this.landings = new Landings(options.buffers);
    const picker = this.picker = new PiecePicker({ ...options, buffers, badPieces, keeping });
    this.#storing = new Storing({
      ...options,
      picker,
      badPieces,
      keeping,
      onWasted: (bytes) => this.wasted += bytes,
      onReturn: () => {
        this.wake();
        this.settle();
      },
    });
  }

  get isStoreIdle(): boolean {
    return this.#storing.isIdle;
  }

  onBitfield(peer: Peer): void {
    if (this.#options.have.isComplete) return; // nothing will be picked any more, here and below
    const { availability } = this.picker;
    peer.isCountedAsSeeder = peer.pieces.isComplete;
    if (peer.isCountedAsSeeder) availability.seeders++;
    else availability.addAll(peer.pieces);
    peer.candidates.restart(peer.pieces, this.#options.random());
    peer.starvedAt = -1;
  }

  onHave(peer: Peer, index: number): void {
    if (this.#options.have.isComplete) return;
    this.picker.availability.add(index);
    if (this.#options.have.has(index)) return;
    peer.candidates.add(index);
    peer.starvedAt = -1;
  }

  /** What was asked for of the piece will not come; it is free for others (BEP 54). */
  onDontHave(peer: Peer, index: number): void {
    if (this.#options.have.isComplete) return;
    const { availability } = this.picker;
    if (peer.isCountedAsSeeder) {
      peer.isCountedAsSeeder = false;
      availability.seeders--;
      availability.addAll(peer.pieces);
    } else {
      availability.remove(index);
    }
    peer.candidates.restart(peer.pieces, this.#options.random());
    const { asked } = peer.pipeline;
    const partial = this.picker.partial(index);
    for (let at = asked.length - 1; at >= 0; at--) {
      if (asked.indexAt(at) !== index) continue;
      const begin = asked.beginAt(at);
      peer.pipeline.giveUp(index, begin);
      partial?.giveUp(begin / BLOCK_LENGTH, peer);
      peer.asksAgainAt = this.now + REFUSED_MS; // as after a reject: it would get the same block again at once
    }
    if (partial === undefined) return;
    if (partial.owner === peer) partial.owner = undefined;
    if (partial.soleSource === peer || (partial.isBlank && partial.asked === 0)) this.drop(partial);
    else this.picker.settle(partial);
    this.picker.version++;
    this.#wakePending = true;
  }

  onUnchoke(peer: Peer): void {
    peer.pipeline.restart(this.now);
    peer.starvedAt = -1;
  }

  /** A choke drops all requests that are open (BEP 3); with the fast extension each of them is rejected or answered. */
  onChoke(peer: Peer): void {
    if (peer.fast === undefined) this.giveUp(peer);
  }

  /**
   * A block, or a long one, will not come. A reject that answers nothing is tolerated: it may be for a request we have
   * forgotten.
   */
  onReject(peer: Peer, index: number, begin: number, length: number): void {
    // As many blocks as the longest request of ours had, whatever it says.
    const end = begin + Math.max(1, Math.min(length, LONG_BLOCK_LENGTH));
    if (!peer.pipeline.knows(index, begin, end - begin)) return;
    let isAnswer = false;
    for (let at = begin; at < end; at += BLOCK_LENGTH) {
      if (!peer.pipeline.onReject(index, at)) continue;
      isAnswer = true;
      const partial = this.picker.partial(index);
      if (partial !== undefined) this.#release(partial, at / BLOCK_LENGTH, peer);
    }
    if (!isAnswer) return;
    // Its limit on uploads may have become too small for long ones.
    if (length > BLOCK_LENGTH && !peer.peerChoking) peer.pipeline.takesLong = false;
    const partial = this.picker.partial(index); // may have been dropped
    if (partial !== undefined) {
      if (partial.owner === peer) partial.owner = undefined; // others may go on with it
      if (partial.soleSource === peer) this.abandon(partial); // its other rejects must not be taken for the next one's
    }
    if (peer.peerChoking) peer.fast?.disallow(index);
    else peer.asksAgainAt = this.now + REFUSED_MS;
    peer.starvedAt = -1;
    this.picker.version++;
    this.#wakePending = true;
  }

  /** A block has begun to come: its place, if it can go there as it comes. */
  onBlockBegin(peer: Peer, index: number, begin: number, length: number): Landing | undefined {
    const partial = this.picker.partial(index);
    return partial && this.landings.begin(partial, peer, { begin, length }, () => this.now);
  }

  /**
   * A block is here, or several side by side in one message.
   *
   * @throws {ProtocolError} if one of them was never asked for.
   */
  onBlocks(peer: Peer, index: number, begin: number, data: Uint8Array): void {
    peer.landing = undefined;
    if (data.length <= BLOCK_LENGTH) return this.#onBlock(peer, index, begin, data);
    for (let at = 0; at < data.length; at += BLOCK_LENGTH) {
      this.#onBlock(peer, index, begin + at, data.subarray(at, at + BLOCK_LENGTH));
    }
  }

  #onBlock(peer: Peer, index: number, begin: number, data: Uint8Array): void {
    const { length } = data;
    const arrival = this.#layout.isBlock(index, begin, length)
      ? peer.pipeline.arrive(index, begin, this.now)
      : "unknown";
    if (arrival === "unknown") {
      throw new ProtocolError(
        `Cannot accept a block that was never requested: got ${length} bytes at ${begin} of piece ${index}`,
      );
    }
    this.downloaded += length;
    peer.takesAgainAt = 0;
    const partial = this.picker.partial(index);
    const block = begin / BLOCK_LENGTH;
    const isWelcome = partial !== undefined &&
      (partial.soleSource === undefined || partial.soleSource === peer);
    const owner = partial?.by(block);
    if (!isWelcome || !partial.put(block, data, peer)) {
      this.wasted += length;
      return;
    }
    const others = partial.askers(block) - (arrival === "asked" ? 1 : 0);
    if (others > 0) this.#requests.cancel(partial, block, others, owner);
    if (partial.missing === 0) this.#storing.finish(partial);
    else if (arrival === "late") this.picker.settle(partial); // it may have been the last free block
  }

  /** After each read from `peer`: asks it for more, and passes on what its messages changed for others. */
  onBatchEnd(peer: Peer, now: number): void {
    this.now = now;
    peer.pipeline.measure(now);
    this.fill(peer);
    this.settle(peer);
  }

  /** Serves the peers that others' messages concern: cancels to send, blocks that became free. */
  settle(current?: Peer): void {
    if (this.#wakePending) this.wake();
    // Serving one may touch another: that one's turn comes with the next message or tick, so this ends.
    for (const peer of this.#requests.takeTouched()) {
      if (peer === current || peer.isGone) continue;
      this.fill(peer);
      peer.wire.flush();
    }
  }

  /** Asks `peer` for as many blocks as its pipeline has room for. Appends only: the caller flushes. */
  fill(peer: Peer): void {
    if (peer.peerChoking) return this.#fillAllowed(peer);
    if (!hasRoom(peer, this.now)) return;
    const { pipeline } = peer;
    if (peer.starvedAt !== this.picker.version) {
      this.#fillFree(peer);
      if (pipeline.room === 0) return;
      peer.starvedAt = this.picker.version;
    }
    this.#hungry.add(peer);
    pipeline.starved(this.now);
    if (this.picker.isEndgame || this.picker.isOutOfBuffers) this.#fillAsked(peer);
  }

  /** Fills the peers that found too little, who has waited longest first: what is scarce goes round. */
  wake(): void {
    this.#wakePending = false;
    let turns = this.#hungry.size;
    for (const peer of this.#hungry) {
      if (turns-- === 0 || this.picker.isExhausted) return;
      const { asked } = peer.pipeline;
      const before = asked.length;
      this.fill(peer);
      if (asked.length > before) peer.wire.flush();
      else if (this.picker.isExhausted) return; // it keeps its place: the next buffer is its own
      this.#hungry.delete(peer);
      if (hasRoom(peer, this.now)) this.#hungry.add(peer);
    }
  }

  /** The priorities have changed: drops what is not wanted any more, and asks for what is. */
  reprioritise(): void {
    const { peers, priorities } = this.#options;
    for (const partial of this.picker.partials()) {
      if (!priorities.isWanted(partial.index)) this.abandon(partial);
    }
    this.picker.reprioritise();
    for (const peer of peers) {
      peer.candidates.restart(peer.pieces, this.#options.random());
      peer.starvedAt = -1;
      this.#requests.touch(peer);
    }
    this.settle();
  }

  /** Once a second: what has changed without anyone's message, such as a buffer that another torrent gave back. */
  tick(): void {
    const { peers, have } = this.#options;
    this.picker.retryBuffers();
    for (const peer of peers) this.fill(peer);
    this.settle();
    if (this.isStoreIdle && (peers.size === 0 || have.isComplete)) this.picker.rest();
  }

  /** Nothing that was asked of `peer` will come: it is free for others. Those are served by the next settle(). */
  giveUp(peer: Peer): void {
    const { asked } = peer.pipeline;
    while (asked.length > 0) {
      const index = asked.indexAt(0);
      const block = asked.beginAt(0) / BLOCK_LENGTH;
      peer.pipeline.giveUpOldest();
      const partial = this.picker.partial(index);
      if (partial !== undefined) this.#release(partial, block, peer);
    }
    if (this.picker.soleSources > 0) {
      for (const partial of this.picker.partials()) if (partial.soleSource === peer) this.drop(partial);
    }
    peer.starvedAt = -1;
    this.picker.version++;
    this.#wakePending = true;
  }

  /** A block that was asked of `peer` is free for others. */
  #release(partial: PartialPiece, block: number, peer: Peer): void {
    partial.giveUp(block, peer);
    partial.touchedAt = this.now;
    // Without a block and without an asker it would hold its buffer for nothing.
    if (partial.isBlank && partial.asked === 0) this.drop(partial);
    else this.picker.settle(partial);
  }

  /** Drops a partial piece that nobody is going to finish. */
  drop(partial: PartialPiece): void {
    for (let block = 0; block < partial.blockCount; block++) {
      const isLost = partial.isHere(block) && partial.by(block) !== undefined;
      if (isLost && !this.keeping.has(partial.index, block)) this.wasted += partial.lengthOf(block);
    }
    this.picker.drop(partial);
    this.#wakePending = true;
  }

  /** Drops a partial piece although blocks of it are asked for. */
  abandon(partial: PartialPiece): void {
    for (let block = 0; block < partial.blockCount; block++) {
      if (!partial.isAsked(block) && !partial.isLanding(block)) continue;
      this.#requests.cancel(partial, block, partial.askers(block), partial.by(block));
    }
    this.drop(partial);
  }

  /** The peer is gone: what it has no longer counts. */
  remove(peer: Peer): void {
    this.#hungry.delete(peer);
    this.giveUp(peer);
    if (this.#options.have.isComplete) return;
    if (peer.isCountedAsSeeder) this.picker.availability.seeders--;
    else this.picker.availability.removeAll(peer.pieces);
  }

  /** Gives all buffers back; those with the store follow when it is done with them. */
  close(): void {
    this.#storing.close();
    for (const partial of this.picker.partials()) this.drop(partial);
  }

  /** What an earlier run has left of the piece is here, or is not: then it is free. */
  #onRecalled(partial: PartialPiece): void {
    if (partial.missing === 0) this.#storing.finish(partial);
    else this.picker.settle(partial);
    this.picker.version++;
    this.wake();
    this.settle();
  }

  #fillFree(peer: Peer): void {
    while (peer.pipeline.room > 0) {
      const partial = this.picker.choose(peer, this.now);
      if (partial === undefined) return;
      this.#ask(peer, partial);
    }
  }

  /** Asks a peer that chokes us for what it lets us have all the same (BEP 6). */
  #fillAllowed(peer: Peer): void {
    const { fast, pipeline } = peer;
    if (fast === undefined || fast.allowed.length === 0 || !peer.amInterested || peer.isGone) return;
    if (pipeline.asked.length === 0) pipeline.restart(this.now); // as if it had unchoked us
    for (let place = fast.allowed.length - 1; place >= 0 && pipeline.room > 0; place--) {
      const index = fast.allowed[place] as number;
      if (this.#options.have.has(index)) fast.disallow(index);
      const partial = peer.pieces.has(index) ? this.picker.chooseThis(index, peer, this.now) : undefined;
      if (partial !== undefined) this.#ask(peer, partial);
    }
  }

  #ask(peer: Peer, partial: PartialPiece): void {
    this.#requests.askFree(peer, partial, this.now);
    this.picker.settle(partial);
  }

  /** Asks for blocks that others were asked for: besides them in endgame, in their place while buffers are scarce. */
  #fillAsked(peer: Peer): void {
    const { isEndgame } = this.picker;
    // Twice is for what comes last, and as little of it as can be.
    const takesLong = !isEndgame && peer.pipeline.asksLong;
    const depth = sideDepth(peer, takesLong);
    const room = depth - peer.pipeline.asked.length;
    if (room * 2 < depth) return; // looking costs more than asking: not for every block
    if (this.now < peer.takesAgainAt || !(isEndgame || this.#looks.take(this.now))) return;
    const take = isEndgame ? this.#askToo : this.#takeOver;
    const chance = this.#options.random();
    takeFromOthers(this.picker, peer, { room, chance, now: this.now, take, takesLong });
  }
}

/** True if the peer may be asked, and for more than it is. */
function hasRoom({ peerChoking, amInterested, isGone, pipeline, asksAgainAt }: Peer, now: number): boolean {
  return !peerChoking && amInterested && !isGone && pipeline.room > 0 && now >= asksAgainAt;
}
