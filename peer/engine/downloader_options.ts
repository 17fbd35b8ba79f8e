// What a downloader works with, and whom it tells.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { Padding } from "./padding.ts";
import type { Peer } from "./peer.ts";
import type { BlockKeeper, BufferPool, KeptPiece, PieceStore } from "./ports.ts";
import type { Priorities } from "./priorities.ts";

export interface DownloaderOptions {
  layout: PieceLayout;
  have: Bitfield;
  store: PieceStore;
  buffers: BufferPool;
  peers: ReadonlySet<Peer>;
  priorities: Priorities;
  padding: Padding | undefined;
  keeper: BlockKeeper | undefined;
  kept: readonly KeptPiece[] | undefined;
  random: () => number;
  /** A piece is stored; its bit in `have` is set. */
  onStored(index: number): void;
  onRejected(index: number): void;
  /** Blocks of an unfinished piece were written. */
  onKept(index: number): void;
  onCulprit(peer: Peer, index: number): void;
  onStorageError(error: Error): void;
}
