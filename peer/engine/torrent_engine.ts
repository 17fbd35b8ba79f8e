// Builds and connects picker, downloader, uploader and choker for one torrent.

import type { Bitfield, PeerAddress, PieceLayout } from "../../protocol/mod.ts";
import type { Peer } from "./peer.ts";
import type { BlockSource, BufferPool, PieceStore, Wire } from "./ports.ts";

/** What the engine tells its owner. Called synchronously; may call back into the engine. */
export interface EngineEvents {
  onPieceStored(index: number, haveCount: number): void;
  onPieceRejected(index: number): void;
  /** The last missing piece is stored. Not called for a torrent that was complete from the start. */
  onComplete(): void;
  /** The disk failed: the owner must stop the torrent. */
  onStorageError(error: Error): void;
  /** Proven to have sent bad data; the engine has closed its wire already (or it had left before). */
  onBan(peer: Peer, reason: string): void;
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
  /** Regular upload slots; one optimistic slot comes on top. Default 4. */
  uploadSlots?: number;
  /** Most blocks asked of one peer at a time. Default 500. */
  maxRequestQueue?: number;
}

/** What is known of a remote when its handshake is done. */
export interface RemotePeer {
  peerId: Uint8Array;
  address: PeerAddress;
  outgoing: boolean;
}

/** The protocol engine of one torrent: no I/O, no clock. `now` is milliseconds of a monotonic clock. */
export declare class TorrentEngine {
  constructor(options: EngineOptions);
  readonly peers: ReadonlySet<Peer>;
  readonly have: Bitfield;
  readonly isComplete: boolean;
  /** Bytes of blocks received, wasted ones included. */
  readonly downloaded: number;
  readonly uploaded: number;
  /** Bytes of the pieces we have. */
  readonly verified: number;
  readonly left: number;
  /** Bytes that came twice, came for nothing or failed their piece's hash. */
  readonly wasted: number;
  /** Takes over a connection whose handshake is done and sends our bitfield, unless it is empty. */
  add(wire: Wire, remote: RemotePeer, now: number): Peer;
  /** The connection is gone: what was asked of it goes back to the picker. Idempotent. */
  remove(peer: Peer): void;
  /** Once a second: choking, snubbing, keep-alives, silence. */
  tick(now: number): void;
  downloadRate(now: number): number;
  uploadRate(now: number): number;
  /** Lets go of all peers and gives all buffers back. Idempotent. */
  close(): void;
}
