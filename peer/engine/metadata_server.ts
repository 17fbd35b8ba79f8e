// Gives peers the info dictionary, as their send buffers have room for it.
// https://www.bittorrent.org/beps/bep_0009.html. No choking here: whoever has a magnet link needs it before anything else.

import {
  encodeMetadataData,
  encodeMetadataReject,
  METADATA_PIECE_LENGTH,
  metadataPieceCount,
} from "../../protocol/ut_metadata.ts";
import type { ExtendingPeer } from "./extensions.ts";

/** A connection gets the whole dictionary so many times: once is what it needs, and it is sent without a choke. */
const MOST_COPIES = 3;
/** Bytes of a message besides its piece, at most. */
const HEADER_BYTES = 128;

/** What one peer has asked for and got of the info dictionary. */
export class MetadataDebt {
  /** Pieces that it waits for, oldest first. */
  readonly owed: number[] = [];
  /** Pieces that it has been sent. */
  sent = 0;
}

/** Serves one torrent's info dictionary. */
export class MetadataServer<P extends ExtendingPeer> {
  readonly #infoBytes: Uint8Array;
  readonly #pieceCount: number;
  readonly #send: (peer: P, payload: Uint8Array) => void;

  /** @param send sends an `ut_metadata` message. */
  constructor(infoBytes: Uint8Array, send: (peer: P, payload: Uint8Array) => void) {
    this.#infoBytes = infoBytes;
    this.#pieceCount = metadataPieceCount(infoBytes.length);
    this.#send = send;
  }

  /** A peer asks for a piece: it gets it, or a refusal. */
  onRequest(peer: P, piece: number): void {
    if (peer.extensions === undefined) return;
    const debt = peer.extensions.metadataDebt ??= new MetadataDebt();
    const isTooMuch = debt.sent + debt.owed.length >= MOST_COPIES * this.#pieceCount;
    if (piece >= this.#pieceCount || isTooMuch) this.#send(peer, encodeMetadataReject(piece));
    else debt.owed.push(piece);
  }

  /** Sends what is owed while there is room. Appends only: the caller flushes. */
  fill(peer: P): void {
    const debt = peer.extensions?.metadataDebt;
    if (debt === undefined) return;
    while (debt.owed.length > 0 && peer.wire.room >= METADATA_PIECE_LENGTH + HEADER_BYTES) {
      this.#send(peer, encodeMetadataData(debt.owed.shift() as number, this.#infoBytes));
      debt.sent++;
    }
  }
}
