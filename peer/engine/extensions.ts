// The extension protocol with any number of remotes: introduces us, takes their introductions in, and hands what comes
// later to who knows it. https://www.bittorrent.org/beps/bep_0010.html. Has no idea what the messages mean.

import {
  decodeExtendedHandshake,
  encodeExtendedHandshake,
  type ExtendedHandshake,
  ExtensionId,
  type ExtensionName,
} from "../../protocol/extension.ts";
import type { PeerAddress } from "../../protocol/compact.ts";
import { VERSION } from "../../protocol/version.ts";
import type { PeerExtensions } from "./peer_extensions.ts";
import type { Wire } from "./ports.ts";

/** What is needed of a remote to speak the protocol with it. */
export interface ExtendingPeer {
  readonly wire: Wire;
  readonly address: PeerAddress;
  /** Undefined if it doesn't speak the protocol. */
  readonly extensions: PeerExtensions | undefined;
}

export interface ExtensionsOptions<P extends ExtendingPeer> {
  /** Who takes which messages. What is not named here is not announced, and ignored if it comes. */
  handlers: Partial<Record<ExtensionName, (peer: P, payload: Uint8Array) => void>>;
  /** What we tell besides ids and client. Asked for each handshake that is sent. */
  introduce(): Omit<ExtendedHandshake, "ids" | "client" | "yourIp">;
  /** A remote has introduced itself, for the first time or again. */
  onHandshake(peer: P, handshake: ExtendedHandshake): void;
}

const CLIENT = `Seedling ${VERSION}`;

/** Speaks the extension protocol for one torrent. */
export class Extensions<P extends ExtendingPeer> {
  readonly #options: ExtensionsOptions<P>;
  readonly #ids: ReadonlyMap<ExtensionName, number>;
  readonly #names: readonly ExtensionName[];
  /** By our ids. */
  readonly #handlers: ((peer: P, payload: Uint8Array) => void)[] = [];

  constructor(options: ExtensionsOptions<P>) {
    this.#options = options;
    this.#names = Object.keys(options.handlers) as ExtensionName[];
    this.#ids = new Map(this.#names.map((name) => [name, ExtensionId[name]]));
    for (const name of this.#names) this.#handlers[ExtensionId[name]] = options.handlers[name] ?? (() => {});
  }

  /** Introduces us, or tells what has changed. Appends only: the caller flushes. */
  greet(peer: P): void {
    if (peer.extensions === undefined) return;
    peer.wire.extended(
      ExtensionId.handshake,
      encodeExtendedHandshake({
        ...this.#options.introduce(),
        ids: this.#ids,
        client: CLIENT,
        yourIp: peer.address.ip,
      }),
    );
  }

  /** @throws {ProtocolError} if the message breaks the rules of its kind. */
  onExtended(peer: P, id: number, payload: Uint8Array): void {
    if (peer.extensions === undefined) return;
    if (id === ExtensionId.handshake) {
      const handshake = decodeExtendedHandshake(payload);
      peer.extensions.update(handshake, this.#names);
      this.#options.onHandshake(peer, handshake);
    } else {
      this.#handlers[id]?.(peer, payload);
    }
  }

  /** Sends a message, if the remote takes such ones. Appends only: the caller flushes. False if it doesn't. */
  send(peer: P, name: ExtensionName, payload: Uint8Array): boolean {
    const id = peer.extensions?.idOf(name);
    if (id === undefined) return false;
    peer.wire.extended(id, payload);
    return true;
  }
}
