// One remote while the torrent's info dictionary is not here: it is heard on the extension protocol only. What it says of
// pieces could not be checked, and is kept for the torrent that takes it over. https://www.bittorrent.org/beps/bep_0009.html

import type { PeerAddress } from "../../protocol/compact.ts";
import { ExtensionId } from "../../protocol/extension.ts";
import type { MessageHandler } from "../../protocol/message_decoder.ts";
import { Heard } from "./heard.ts";
import type { RemotePeer } from "./peer.ts";
import { PeerExtensions } from "./peer_extensions.ts";
import type { Wire } from "./ports.ts";

export interface MetadataPeerOptions {
  now: number;
  onExtended(id: number, payload: Uint8Array): void;
  onBatchEnd(now: number): void;
}

/** One connected remote. */
export class MetadataPeer implements MessageHandler {
  readonly peerId: Uint8Array;
  readonly address: PeerAddress;
  /** True if we dialled. */
  readonly outgoing: boolean;
  readonly wire: Wire;
  /** What it says in the extension protocol; undefined if it doesn't speak that. */
  readonly extensions: PeerExtensions | undefined;
  /** What it has said of pieces and of itself. */
  readonly heard: Heard = new Heard();
  /** Bytes of blocks: none yet. */
  readonly downloaded = 0;
  readonly uploaded = 0;
  /** True once the engine has let go of it; every message is ignored from then on. */
  isGone = false;
  readonly joinedAt: number;
  /** When something last came from it, and last went to it, ms. */
  heardAt: number;
  sentAt: number;
  readonly #options: MetadataPeerOptions;

  constructor(wire: Wire, remote: RemotePeer, options: MetadataPeerOptions) {
    this.wire = wire;
    this.peerId = remote.peerId;
    this.address = remote.address;
    this.outgoing = remote.outgoing;
    this.extensions = remote.extended === true ? new PeerExtensions() : undefined;
    this.joinedAt = options.now;
    this.heardAt = options.now;
    this.sentAt = options.now;
    this.#options = options;
  }

  onExtended(id: number, payload: Uint8Array): void {
    if (this.isGone) return;
    if (id === ExtensionId.handshake) this.heard.onHandshake(payload);
    this.#options.onExtended(id, payload);
  }

  onBatchEnd(now: number): void {
    if (this.isGone) return;
    this.heardAt = now;
    this.#options.onBatchEnd(now);
  }

  onKeepAlive(): void {}
  onChoke(): void {
    this.heard.onChoke();
  }
  onUnchoke(): void {
    this.heard.onUnchoke();
  }
  onInterested(): void {
    this.heard.onInterest(true);
  }
  onNotInterested(): void {
    this.heard.onInterest(false);
  }
  onHave(index: number): void {
    this.heard.onHave(index);
  }
  onBitfield(bits: Uint8Array): void {
    this.heard.onBitfield(bits);
  }
  onRequest(_index: number, _begin: number, _length: number): void {}
  onPiece(_index: number, _begin: number, _block: Uint8Array): void {}
  onCancel(_index: number, _begin: number, _length: number): void {}
  onSuggest(_index: number): void {}
  onHaveAll(): void {
    this.heard.onFastPieces("all");
  }
  onHaveNone(): void {
    this.heard.onFastPieces("none");
  }
  onReject(_index: number, _begin: number, _length: number): void {}
  onAllowedFast(index: number): void {
    this.heard.onAllowedFast(index);
  }
  onUnknown(_id: number, _payload: Uint8Array): void {}
  onWritable(_now: number): void {}
}
