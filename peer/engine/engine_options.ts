// What a torrent's engine is told when it is made, and what it tells its owner from then on.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { PeerAddress } from "../../protocol/compact.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { Peer } from "./peer.ts";
import type { BlockKeeper, BlockSource, BufferPool, KeptPiece, PieceStore } from "./ports.ts";
import type { TorrentExtensionsOptions } from "./torrent_extensions.ts";

/** What the engine tells its owner. Called synchronously; may call back into the engine. */
export interface EngineEvents {
  onPieceStored(index: number, haveCount: number): void;
  onPieceRejected(index: number): void;
  /** The last missing piece that is wanted is stored. Not called for a torrent that was finished from the start. */
  onComplete(): void;
  /** The disk failed: the owner must stop the torrent. */
  onStorageError(error: Error): void;
  /** Blocks of an unfinished piece were written to their place. */
  onBlocksKept?(index: number): void;
  /** Proven to have sent bad data in piece `index`; the engine has closed its wire already, or it had left before. */
  onBan(peer: Peer, reason: string, index: number): void;
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
  /** Each piece's level, SKIP to HIGH (priorities.ts). Default: all alike. */
  priorities?: Uint8Array;
  /** Fetch pieces in their order. Default false. */
  isSequential?: boolean;
  /** Bytes of the torrent that are zeros between files (BEP 47), rising. Default: none. */
  padding?: readonly { offset: number; length: number }[];
  /** Keeps blocks of unfinished pieces. Default: they are lost with their buffers. */
  keeper?: BlockKeeper;
  /** What it has kept already. */
  kept?: readonly KeptPiece[];
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
