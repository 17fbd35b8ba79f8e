// The pieces that are with the store: handed over whole, and what follows from its verdict.
// Who is to blame for a bad one, bad_piece.ts knows; the downloader goes on with the buffers that come back.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { BadPieces } from "./bad_piece.ts";
import type { Keeping } from "./keeping.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { Peer } from "./peer.ts";
import type { PiecePicker } from "./piece_picker.ts";
import type { PieceStore, Verdict } from "./ports.ts";
import type { Priorities } from "./priorities.ts";

/**
 * Pieces that the store has at a time: so many bytes, or this many pieces. More would only push each other out of the
 * processor's cache before they are hashed; the other buffers are for pieces that are on their way.
 */
const MOST_STORING_BYTES = 8 * 1024 * 1024;
const LEAST_STORING = 4;

export interface StoringOptions {
  layout: PieceLayout;
  have: Bitfield;
  store: PieceStore;
  picker: PiecePicker;
  priorities: Priorities;
  badPieces: BadPieces;
  keeping: Keeping;
  /** A piece is stored: its bit in `have` is set, and nobody misses it. */
  onStored(index: number): void;
  onRejected(index: number): void;
  onCulprit(peer: Peer, index: number): void;
  onStorageError(error: Error): void;
  /** So many bytes were fetched for nothing. */
  onWasted(bytes: number): void;
  /** After all of these: a buffer is free. */
  onReturn(): void;
}

/** The way of one torrent's pieces through the store. */
export class Storing {
  readonly #options: StoringOptions;
  readonly #most: number;
  #count = 0;
  #isClosed = false;

  constructor(options: StoringOptions) {
    this.#options = options;
    this.#most = Math.max(LEAST_STORING, Math.floor(MOST_STORING_BYTES / options.layout.pieceLength));
  }

  get isIdle(): boolean {
    return this.#count === 0;
  }

  /** Hands over a piece whose blocks are all here. */
  finish(partial: PartialPiece): void {
    const { index, buffer } = partial;
    this.#options.picker.leave(partial);
    this.#add(1);
    this.#options.store.finish(index, buffer).then(
      (verdict) => this.#onFinished(partial, verdict),
      (error) => this.#onFailed(partial, error),
    );
  }

  /** From here on nobody is told anything; the pieces that are with the store still give their buffers back. */
  close(): void {
    this.#isClosed = true;
  }

  #onFinished(partial: PartialPiece, verdict: Verdict): void {
    const { index, buffer } = partial;
    const { badPieces, keeping, have, picker, priorities } = this.#options;
    const { onCulprit, onStored, onRejected, onReturn } = this.#options;
    const culprits = verdict === "stored" ? badPieces.culprits(index, buffer) : this.#blame(partial, buffer);
    this.#takeBack(partial);
    keeping.forget(index);
    if (verdict === "stored") {
      have.set(index);
      priorities.onStored(index);
      picker.arrive(index);
    } else {
      picker.reopen(index);
    }
    if (this.#isClosed) return;
    for (const culprit of culprits) onCulprit(culprit, index);
    if (verdict === "stored") onStored(index);
    else onRejected(index);
    if (!this.#isClosed) onReturn();
  }

  #onFailed(partial: PartialPiece, error: unknown): void {
    const { index } = partial;
    this.#takeBack(partial);
    this.#options.picker.reopen(index);
    if (this.#isClosed) return;
    this.#options.onStorageError(error instanceof Error ? error : new Error(String(error)));
  }

  #takeBack(partial: PartialPiece): void {
    const { picker } = this.#options;
    this.#add(-1);
    const buffer = partial.end();
    picker.recycle(partial);
    picker.giveBuffer(buffer);
  }

  #add(pieces: 1 | -1): void {
    this.#count += pieces;
    this.#options.picker.isStoreBusy = this.#count >= this.#most;
  }

  #blame(partial: PartialPiece, buffer: Uint8Array): Set<Peer> {
    this.#options.onWasted(buffer.length);
    const sender = this.#options.badPieces.blame(partial, buffer);
    return new Set(sender === undefined ? [] : [sender]);
  }
}
