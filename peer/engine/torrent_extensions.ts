// What a torrent says and hears in the extension protocol (BEP 10), and what follows from it for the torrent's other
// parts: the info dictionary (BEP 9), other peers (BEP 11; not in private torrents, BEP 27), upload only (BEP 21), pieces
// that are gone (BEP 54), how much may be asked for (`reqq`, `max_request_length`).

import type { PeerAddress } from "../../protocol/compact.ts";
import { decodeDontHave } from "../../protocol/extension.ts";
import { LONG_BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import { decodeMetadataMessage } from "../../protocol/ut_metadata.ts";
import { Extensions } from "./extensions.ts";
import { MetadataServer } from "./metadata_server.ts";
import type { Peer } from "./peer.ts";
import { PeerExchange } from "./peer_exchange.ts";
import { takePex } from "./pex_intake.ts";
import { MOST_REQUESTS } from "./upload_queue.ts";
import { MAX_REQUEST_BYTES } from "./uploader.ts";

/** What the engine must know to speak the extension protocol. */
export interface TorrentExtensionsOptions {
  /** Where we listen. */
  port: number;
  /** The raw info dictionary, for peers that have a magnet link (BEP 9). */
  infoBytes: Uint8Array;
  /** Peers are told of no others, and not asked (BEP 27). */
  isPrivate: boolean;
}

/** Whom the extension messages of one torrent's peers concern. */
export interface ExtensionsHost {
  readonly peers: ReadonlySet<Peer>;
  /** The time of the message that is being handled, ms. */
  now(): number;
  /** True if we download nothing (more). */
  isUploadOnly(): boolean;
  /** The peer has said that it only uploads. */
  onUploadOnly(peer: Peer): void;
  /** The peer that has called has said where it listens. */
  onListening(peer: Peer): void;
  /** The peer has named others. */
  onPeers(addresses: PeerAddress[]): void;
}

/** The extension protocol of one torrent. */
export class TorrentExtensions {
  readonly #host: ExtensionsHost;
  readonly #extensions: Extensions<Peer>;
  readonly #metadata: MetadataServer<Peer>;
  readonly #exchange: PeerExchange<Peer>;
  readonly #isPrivate: boolean;
  /** True if somebody may have heard that we only upload: what is not said then counts as unchanged. */
  #hasTold = false;

  constructor(options: TorrentExtensionsOptions, host: ExtensionsHost) {
    this.#host = host;
    this.#metadata = new MetadataServer(options.infoBytes, (peer, payload) => {
      this.#extensions.send(peer, "ut_metadata", payload);
      peer.sentAt = host.now();
    });
    this.#exchange = new PeerExchange<Peer>({
      send: (peer, payload) => this.#extensions.send(peer, "ut_pex", payload),
      isUploadOnly: (peer) => peer.pieces.isComplete || peer.extensions?.isUploadOnly === true,
    });
    this.#isPrivate = options.isPrivate;
    this.#extensions = new Extensions<Peer>({
      handlers: {
        ...(options.isPrivate
          ? {}
          : { ut_pex: (peer: Peer, payload: Uint8Array) => this.#onPex(peer, payload) }),
        ut_metadata: (peer, payload) => {
          const message = decodeMetadataMessage(payload);
          if (message?.type === "request") this.#metadata.onRequest(peer, message.piece);
        },
        upload_only: (peer, payload) => this.#onUploadOnly(peer, payload),
        lt_donthave: (peer, payload) => peer.onDontHave(decodeDontHave(payload)),
      },
      introduce: () => ({
        port: options.port,
        maxRequests: MOST_REQUESTS,
        maxRequestLength: MAX_REQUEST_BYTES,
        metadataSize: options.infoBytes.length,
        isUploadOnly: host.isUploadOnly() || (this.#hasTold ? false : undefined),
      }),
      onHandshake: (peer, { port, maxRequests, maxRequestLength, isUploadOnly }) => {
        if (port !== undefined && !peer.outgoing && !options.isPrivate) {
          this.#exchange.onReachable(peer);
          host.onListening(peer);
        }
        if (maxRequests !== undefined) peer.pipeline.limit(maxRequests);
        // Without a reject (BEP 6) nothing tells that a long one won't come.
        if (maxRequestLength !== undefined && peer.fast !== undefined) {
          peer.pipeline.takesLong = maxRequestLength >= LONG_BLOCK_LENGTH;
        }
        if (isUploadOnly) host.onUploadOnly(peer);
      },
    });
  }

  /** A peer has joined. Appends only: the caller flushes. */
  welcome(peer: Peer): void {
    this.#extensions.greet(peer);
    if (peer.outgoing && peer.extensions !== undefined) this.#exchange.onReachable(peer);
  }

  /** A peer is gone. */
  remove(peer: Peer): void {
    if (peer.extensions !== undefined) this.#exchange.onGone(peer);
  }

  /** Once a second: who has not heard of others for a while does. */
  tick(now: number): void {
    if (this.#isPrivate) return;
    for (const peer of this.#host.peers) this.#exchange.tell(peer, now);
  }

  /** @throws {ProtocolError} if the message breaks the rules of its kind. */
  onExtended(peer: Peer, id: number, payload: Uint8Array): void {
    this.#extensions.onExtended(peer, id, payload);
  }

  /** Its send buffer may have room. Appends only: the caller flushes. */
  fill(peer: Peer): void {
    if (peer.extensions?.metadataDebt !== undefined) this.#metadata.fill(peer);
  }

  /** From now on we download nothing, or something again: everybody hears of it, by message or by another handshake. */
  tellUploadOnly(): void {
    this.#hasTold = true;
    const payload = Uint8Array.of(Number(this.#host.isUploadOnly()));
    for (const peer of this.#host.peers) {
      if (!this.#extensions.send(peer, "upload_only", payload)) this.#extensions.greet(peer);
    }
  }

  #onPex(peer: Peer, payload: Uint8Array): void {
    const addresses = takePex(peer, payload, this.#host.now());
    if (addresses.length > 0) this.#host.onPeers(addresses);
  }

  /** One byte; some send it as text. */
  #onUploadOnly(peer: Peer, payload: Uint8Array): void {
    if (peer.extensions === undefined) return;
    peer.extensions.isUploadOnly = payload.length > 0 && payload[0] !== 0 && payload[0] !== 0x30;
    if (peer.extensions.isUploadOnly) this.#host.onUploadOnly(peer);
  }
}
