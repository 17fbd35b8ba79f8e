// What one remote peer is to us: its protocol state, and the door through which its messages come in.
// https://www.bittorrent.org/beps/bep_0003.html. Decides nothing: downloader, uploader and choker do.

import type { Bitfield, MessageHandler, PeerAddress } from "../../protocol/mod.ts";
import type { Wire } from "./ports.ts";

/** One connected remote. The connection feeds it messages; the engine reads and writes its state. */
export declare class Peer implements MessageHandler {
  readonly peerId: Uint8Array;
  readonly address: PeerAddress;
  /** True if we dialled. */
  readonly outgoing: boolean;
  readonly wire: Wire;
  /** The pieces this peer says it has. */
  readonly pieces: Bitfield;
  amChoking: boolean;
  amInterested: boolean;
  peerChoking: boolean;
  peerInterested: boolean;
  /** Bytes of blocks received from it and sent to it. */
  downloaded: number;
  uploaded: number;
  /** True once the engine has let go of it; every call is a no-op from then on. */
  readonly isGone: boolean;
  /** How much of the torrent it has, 0 to 1. */
  readonly progress: number;
  downloadRate(now: number): number;
  uploadRate(now: number): number;

  onKeepAlive(): void;
  onChoke(): void;
  onUnchoke(): void;
  onInterested(): void;
  onNotInterested(): void;
  onHave(index: number): void;
  onBitfield(bits: Uint8Array): void;
  onRequest(index: number, begin: number, length: number): void;
  onPiece(index: number, begin: number, block: Uint8Array): void;
  onCancel(index: number, begin: number, length: number): void;
  onUnknown(id: number, payload: Uint8Array): void;

  /** After each read: tops up the pipeline, answers requests, flushes. */
  onBatchEnd(now: number): void;
  /** A write finished: fills the send buffer again, flushes. */
  onWritable(now: number): void;
}
