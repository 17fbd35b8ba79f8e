// Requests on their way out: asks peers for blocks, takes back what is not needed from them any more, and remembers to
// whom something was appended outside their own batch. https://www.bittorrent.org/beps/bep_0003.html ("request",
// "cancel"). Which block of whom, the downloader and endgame.ts know; how many at a time, request_pipeline.ts.

import { BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { Peer } from "./peer.ts";
import { requestOf } from "./request_pipeline.ts";

/** What one torrent asks for. */
export class Requests {
  readonly #peers: ReadonlySet<Peer>;
  /** Peers that have to be served though nothing came from them. */
  readonly #touched: Peer[] = [];

  constructor(peers: ReadonlySet<Peer>) {
    this.#peers = peers;
  }

  /** Asks for the blocks of a piece that are free, as many as there is room for. */
  askFree(peer: Peer, partial: PartialPiece, now: number): void {
    const { pipeline } = peer;
    partial.touchedAt = now;
    while (pipeline.room > 0 && partial.free > 0) {
      const block = partial.askNext(peer);
      const count = pipeline.asksLong ? partial.askLong(block, peer) : 1;
      this.#ask(peer, partial, block, count, now);
    }
  }

  /** Asks for a block that others are asked for, or for the `count` blocks of a long one. */
  askToo(peer: Peer, partial: PartialPiece, first: number, now: number, count = 1): void {
    for (let block = first; block < first + count; block++) partial.askAgain(block, peer);
    this.#ask(peer, partial, first, count, now);
  }

  /** The same, in the place of the one who was asked last. */
  takeOver(peer: Peer, partial: PartialPiece, first: number, now: number, count = 1): void {
    const owner = partial.by(first);
    this.askToo(peer, partial, first, now, count);
    if (owner === undefined) return;
    for (let block = first; block < first + count; block++) {
      if (this.#cancel(owner, partial, block)) partial.giveUp(block, owner);
    }
  }

  /** So many peers are asked for a block that is not needed from them any more; `likely` may be one of them. */
  cancel(partial: PartialPiece, block: number, count: number, likely: Peer | undefined): void {
    if (likely !== undefined && this.#cancel(likely, partial, block)) count--;
    if (count === 0) return;
    for (const peer of this.#peers) if (this.#cancel(peer, partial, block) && --count === 0) return;
  }

  /** The peer has to be served. */
  touch(peer: Peer): void {
    this.#touched.push(peer);
  }

  /** Those who have to be served, which is left to the caller. */
  takeTouched(): readonly Peer[] {
    // Nobody nearly always: no new array then.
    return this.#touched.length === 0 ? this.#touched : this.#touched.splice(0);
  }

  /** Asks for a block, or for the `count` blocks of a long one in one request. */
  #ask(peer: Peer, partial: PartialPiece, first: number, count: number, now: number): void {
    const { index } = partial;
    const begin = first * BLOCK_LENGTH;
    const length = Math.min(count * BLOCK_LENGTH, partial.buffer.length - begin);
    for (let block = first; block < first + count; block++) {
      peer.pipeline.ask(index, block * BLOCK_LENGTH, length, now);
    }
    peer.wire.request(index, begin, length);
    peer.sentAt = now;
  }

  /** False if the peer is not asked for this block. */
  #cancel(peer: Peer, partial: PartialPiece, block: number): boolean {
    const { index } = partial;
    const { pipeline, wire } = peer;
    const place = pipeline.asked.find(index, block * BLOCK_LENGTH);
    if (place < 0) return false;
    const { begin, length } = requestOf(block * BLOCK_LENGTH, pipeline.asked.lengthAt(place));
    pipeline.giveUp(index, block * BLOCK_LENGTH);
    // A long one is taken back with its last block: the others are still wanted.
    const isWanted = length > BLOCK_LENGTH && pipeline.asked.hasWithin(index, begin, length);
    if (!isWanted) wire.cancel(index, begin, length);
    this.#touched.push(peer);
    return true;
  }
}
