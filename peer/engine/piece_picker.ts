// Which block to ask a peer for next: pieces already begun first, then the rarest that the peer has; the very first
// by chance, since a rare piece is slow to get and a newcomer needs something to trade. What is more wanted comes before
// what is rare, and nothing that is not wanted; on wish pieces come in their order.
// https://www.bittorrent.org/beps/bep_0003.html, B. Cohen, "Incentives Build Robustness in BitTorrent", 2.4.
// Asking for the same block twice is endgame.ts; sending requests and receiving blocks is downloader.ts.
//
//   open ──begin──▶ partial ──last block──▶ storing ──ok──▶ have
//     ▲                │ given up             │ bad hash
//     └────────────────┴──────────────────────┘

import type { Bitfield } from "../../protocol/bitfield.ts";
import { BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import { Availability } from "./availability.ts";
import type { BadPieces } from "./bad_piece.ts";
import type { Keeping } from "./keeping.ts";
import { PartialPiece } from "./partial_piece.ts";
import type { Padding } from "./padding.ts";
import type { Peer } from "./peer.ts";
import type { BufferPool } from "./ports.ts";
import type { Priorities } from "./priorities.ts";

/** A peer that needs no longer than this for a piece does not share one with others. */
const OWN_PIECE_S = 10;

export interface PiecePickerOptions {
  layout: PieceLayout;
  have: Bitfield;
  buffers: BufferPool;
  badPieces: BadPieces;
  /** Blocks that outlive their buffers. Default: none do. */
  keeping?: Keeping;
  priorities: Priorities;
  /** Zeros between files. Default: none. */
  padding?: Padding | undefined;
  random: () => number;
}

/** The pieces of one torrent on their way from open to have. */
export class PiecePicker {
  /** Partial pieces with free blocks. */
  readonly open: PartialPiece[] = [];
  /** Partial pieces whose blocks are all here or asked for. */
  readonly full: PartialPiece[] = [];
  /** Grows whenever there may be something new to pick for a peer that found nothing. */
  version = 0;
  /** Partial pieces that only one peer may be asked for. */
  soleSources = 0;
  /** The last try to get a buffer failed, and none has come back since. */
  isOutOfBuffers = false;
  /** Fetches pieces in their order, whatever is rare. */
  isSequential = false;
  /** The store has enough to do: nothing new is begun until it has caught up. */
  isStoreBusy = false;
  /** Somebody was refused a piece for one of these two reasons, and has not been told to try again. */
  #hasRefused = false;
  readonly #layout: PieceLayout;
  readonly #have: Bitfield;
  readonly #buffers: BufferPool;
  readonly #badPieces: BadPieces;
  readonly #keeping: Keeping | undefined;
  readonly #priorities: Priorities;
  readonly #padding: Padding | undefined;
  readonly #random: () => number;
  /** Pieces with the store. */
  readonly #leaving = new Set<number>();
  #availability: Availability | undefined = undefined;
  readonly #byIndex = new Map<number, PartialPiece>();
  readonly #spare: PartialPiece[] = [];

  constructor(options: PiecePickerOptions) {
    const { layout, have, buffers, badPieces, keeping, priorities, padding, random } = options;
    this.#priorities = priorities;
    this.#padding = padding;
    this.#layout = layout;
    this.#have = have;
    this.#buffers = buffers;
    this.#badPieces = badPieces;
    this.#keeping = keeping;
    this.#random = random;
  }

  /** Made when first asked for: a torrent that is complete, or has no peers, needs none of its memory. */
  get availability(): Availability {
    return this.#availability ??= this.#countAnew();
  }

  /** Every missing piece has been begun: from here on the same block may be asked of several. */
  get isEndgame(): boolean {
    return this.availability.openCount === 0;
  }

  /** True if no peer at all could get something from `choose()`. */
  get isExhausted(): boolean {
    return this.open.length === 0 && (this.isOutOfBuffers || this.isStoreBusy || this.isEndgame);
  }

  /** The piece with this index, if it is on its way. */
  partial(index: number): PartialPiece | undefined {
    return this.#byIndex.get(index);
  }

  /** All pieces on their way, in a list of their own: it stays while they go. */
  partials(): PartialPiece[] {
    return [...this.open, ...this.full];
  }

  /** A piece with a free block that this peer can send, begun if need be, or undefined. */
  choose(peer: Peer, now: number): PartialPiece | undefined {
    const shared = this.#findOpen(peer);
    if (shared !== undefined && (shared.owner === peer || !this.#deservesOwn(peer))) return shared;
    if (this.isOutOfBuffers || this.isStoreBusy) {
      this.#hasRefused = true;
      return shared;
    }
    const index = this.#pick(peer);
    return (index < 0 ? undefined : this.#begin(index, peer, now)) ?? shared;
  }

  /** This very piece, if this peer can be asked for a block of it, begun if need be; or undefined. */
  chooseThis(index: number, peer: Peer, now: number): PartialPiece | undefined {
    const partial = this.#byIndex.get(index);
    if (partial !== undefined) {
      const isOthers = partial.soleSource !== undefined && partial.soleSource !== peer;
      return partial.free === 0 || isOthers ? undefined : partial;
    }
    if (!this.availability.isOpen(index)) return undefined;
    if (!this.isOutOfBuffers && !this.isStoreBusy) return this.#begin(index, peer, now);
    this.#hasRefused = true;
    return undefined;
  }

  /** Puts a piece into the right list after its blocks were asked for, given up or received. */
  settle(partial: PartialPiece): void {
    const isListedOpen = this.open[partial.place] === partial;
    if (isListedOpen === partial.free > 0) return;
    remove(isListedOpen ? this.open : this.full, partial);
    add(isListedOpen ? this.full : this.open, partial);
  }

  /** The piece is whole and leaves for the store; it stays shut. */
  leave(partial: PartialPiece): void {
    remove(this.open[partial.place] === partial ? this.open : this.full, partial);
    this.#byIndex.delete(partial.index);
    this.#leaving.add(partial.index);
    if (partial.soleSource !== undefined) this.soleSources--;
  }

  /** A piece that left is stored. */
  arrive(index: number): void {
    this.#leaving.delete(index);
  }

  /** A piece that left came back bad, or the disk failed: it may be begun again. */
  reopen(index: number): void {
    this.#leaving.delete(index);
    if (!this.#priorities.isWanted(index)) return;
    this.availability.open(index);
    this.version++;
  }

  /** The priorities have changed. Pieces on their way stay on it: whoever wants to, drops them. */
  reprioritise(): void {
    this.version++;
    if (this.#availability === undefined) return;
    const { pieceCount } = this.#layout;
    for (let index = 0; index < pieceCount; index++) {
      if (!this.#priorities.isWanted(index)) this.#availability.shut(index);
      else if (this.#isUntouched(index)) this.#availability.open(index);
    }
    this.#availability.setLevels(this.#priorities.levels);
  }

  /** Drops a partial piece: its buffer goes back, it may be begun again. */
  drop(partial: PartialPiece): void {
    const { index } = partial;
    this.leave(partial);
    this.giveBuffer(partial.end());
    this.recycle(partial);
    this.reopen(index);
  }

  /** Gives memory back, unless a piece is on its way. Only while no peer's pieces are counted and the store has none. */
  rest(): void {
    if (this.#byIndex.size > 0) return;
    this.#availability = undefined;
    this.#spare.length = 0;
  }

  giveBuffer(buffer: Uint8Array): void {
    this.#buffers.give(buffer);
    this.retryBuffers();
  }

  /** There may be a free buffer again. */
  retryBuffers(): void {
    if (!this.#hasRefused) return; // who found nothing did not find it for want of a buffer
    this.#hasRefused = false;
    this.isOutOfBuffers = false;
    this.version++;
  }

  /** Keeps an ended partial piece for reuse. */
  recycle(partial: PartialPiece): void {
    this.#spare.push(partial);
  }

  /** The piece of which this peer was asked before, or one that lost its owner, or any that it has. */
  #findOpen(peer: Peer): PartialPiece | undefined {
    const { open } = this;
    let shared: PartialPiece | undefined;
    for (let i = 0; i < open.length; i++) {
      const partial = open[i] as PartialPiece;
      if (partial.owner === peer) return partial;
      if (!peer.pieces.has(partial.index) || partial.soleSource !== undefined) continue;
      const { owner } = partial;
      if (owner === undefined || owner.isGone || owner.peerChoking || owner.pipeline.isSnubbed) {
        partial.owner = peer;
        return partial;
      }
      shared ??= partial;
    }
    return shared;
  }

  /**
   * A peer that can bring a whole piece soon gets pieces of its own. A seeder would otherwise spend itself on pieces
   * that were begun because many have them, slow peers would hold up fast ones, and a bad piece would have many senders.
   */
  #deservesOwn(peer: Peer): boolean {
    if (this.#have.isEmpty) return false; // the sooner there is anything to trade, the better
    return peer.pipeline.blockRate * OWN_PIECE_S * BLOCK_LENGTH >= this.#layout.pieceLength;
  }

  #countAnew(): Availability {
    const availability = new Availability(this.#layout.pieceCount, this.#priorities.levels);
    for (const index of this.#have.missing()) {
      if (this.#priorities.isWanted(index)) availability.open(index);
    }
    return availability;
  }

  #isUntouched(index: number): boolean {
    return !this.#have.has(index) && !this.#byIndex.has(index) && !this.#leaving.has(index);
  }

  #pick(peer: Peer): number {
    if (this.isSequential) return this.availability.first(peer.pieces);
    const begun = this.#keeping?.find(peer.pieces, this.availability) ?? -1;
    if (begun >= 0) return begun;
    const advised = this.#pickSuggested(peer);
    if (advised >= 0) return advised;
    const chance = this.#random();
    if (this.#have.isEmpty) {
      const index = this.availability.any(peer.pieces, chance);
      if (index >= 0) return index;
    }
    const index = this.availability.rarest(peer.pieces, chance);
    return index >= 0 ? index : peer.candidates.pick(this.availability, peer.pieces, chance);
  }

  /** What the peer would like to be asked for, because it has it at hand (BEP 6). */
  #pickSuggested({ fast, pieces }: Peer): number {
    for (let index = fast?.suggested.pop(); index !== undefined; index = fast?.suggested.pop()) {
      if (pieces.has(index) && this.availability.isOpen(index)) return index;
    }
    return -1;
  }

  #begin(index: number, peer: Peer, now: number): PartialPiece | undefined {
    const buffer = this.#buffers.take(this.#layout.pieceLengthAt(index));
    if (buffer === undefined) {
      this.isOutOfBuffers = true;
      this.#hasRefused = true;
      return undefined;
    }
    const partial = this.#spare.pop() ?? new PartialPiece();
    partial.start(index, buffer, now);
    this.#padding?.fill(partial);
    partial.owner = peer;
    if (this.#badPieces.has(index)) {
      partial.soleSource = peer;
      this.soleSources++;
    } else {
      this.#keeping?.begin(partial);
    }
    this.#byIndex.set(index, partial);
    this.availability.shut(index);
    add(this.open, partial);
    return partial;
  }
}

function add(list: PartialPiece[], partial: PartialPiece): void {
  partial.place = list.length;
  list.push(partial);
}

/** The last one takes the place of the one that goes. */
function remove(list: PartialPiece[], partial: PartialPiece): void {
  const last = list.pop();
  if (last === undefined || last === partial) return;
  list[partial.place] = last;
  last.place = partial.place;
}
