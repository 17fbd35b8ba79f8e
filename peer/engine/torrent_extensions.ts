// What a torrent says and hears in the extension protocol (BEP 10), and what follows from it for the torrent's other
// parts: upload only (BEP 21), pieces that are gone (BEP 54), how much may be asked for (`reqq`).

import { decodeDontHave } from "../../protocol/extension.ts";
import { Extensions } from "./extensions.ts";
import type { Peer } from "./peer.ts";
import { MOST_REQUESTS } from "./upload_queue.ts";

/** What the engine must know to speak the extension protocol. */
export interface TorrentExtensionsOptions {
  /** Where we listen. */
  port: number;
}

/** Whom the extension messages of one torrent's peers concern. */
export interface ExtensionsHost {
  readonly peers: ReadonlySet<Peer>;
  /** True if we download nothing (more). */
  isUploadOnly(): boolean;
  /** The peer has said that it only uploads. */
  onUploadOnly(peer: Peer): void;
}

/** The extension protocol of one torrent. */
export class TorrentExtensions {
  readonly #host: ExtensionsHost;
  readonly #extensions: Extensions<Peer>;

  constructor(options: TorrentExtensionsOptions, host: ExtensionsHost) {
    this.#host = host;
    this.#extensions = new Extensions<Peer>({
      handlers: {
        upload_only: (peer, payload) => this.#onUploadOnly(peer, payload),
        lt_donthave: (peer, payload) => peer.onDontHave(decodeDontHave(payload)),
      },
      introduce: () => ({
        port: options.port,
        maxRequests: MOST_REQUESTS,
        isUploadOnly: host.isUploadOnly() || undefined,
      }),
      onHandshake: (peer, { maxRequests, isUploadOnly }) => {
        if (maxRequests !== undefined) peer.pipeline.limit(maxRequests);
        if (isUploadOnly) host.onUploadOnly(peer);
      },
    });
  }

  /** A peer has joined. Appends only: the caller flushes. */
  welcome(peer: Peer): void {
    this.#extensions.greet(peer);
  }

  /** @throws {ProtocolError} if the message breaks the rules of its kind. */
  onExtended(peer: Peer, id: number, payload: Uint8Array): void {
    this.#extensions.onExtended(peer, id, payload);
  }

  /** From now on we download nothing: everybody hears of it, by message or by another handshake. */
  tellUploadOnly(): void {
    for (const peer of this.#host.peers) {
      if (!this.#extensions.send(peer, "upload_only", Uint8Array.of(1))) this.#extensions.greet(peer);
    }
  }

  /** One byte; some send it as text. */
  #onUploadOnly(peer: Peer, payload: Uint8Array): void {
    if (peer.extensions === undefined) return;
    peer.extensions.isUploadOnly = payload.length > 0 && payload[0] !== 0 && payload[0] !== 0x30;
    if (peer.extensions.isUploadOnly) this.#host.onUploadOnly(peer);
  }
}
