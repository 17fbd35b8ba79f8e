// The protocol engine of a torrent of which only the info hash is known: speaks with peers to get the info dictionary from
// them (BEP 9), and nothing else. https://www.bittorrent.org/beps/bep_0009.html, BEP 10. What peers say of pieces means
// nothing before the dictionary is here: it is kept until they go on as the torrent's.

import type { PeerAddress } from "../../protocol/compact.ts";
import { decodeMetadataMessage, encodeMetadataReject } from "../../protocol/ut_metadata.ts";
import { Extensions } from "./extensions.ts";
import { MetadataFetch } from "./metadata_fetch.ts";
import { MetadataPeer } from "./metadata_peer.ts";
import type { RemotePeer } from "./peer.ts";
import { takePex } from "./pex_intake.ts";
import type { Wire } from "./ports.ts";

/** Peers hang up after two minutes without a word. */
const KEEP_ALIVE_MS = 100_000;
const SILENCE_MS = 180_000;
/** A peer that has no metadata to give keeps its place this long: places are few, and others may have them. */
const USELESS_MS = 60_000;

export interface MetadataEngineOptions {
  /** Where we listen. */
  port: number;
  /** True if the bytes have the torrent's info hash. */
  verify(bytes: Uint8Array): Promise<boolean>;
  events: {
    /** The info dictionary is here, and its hash is right. */
    onMetadata(infoBytes: Uint8Array): void;
    /** A peer that has called has said on which port it listens: `listeningAddress()` knows. */
    onListening(peer: MetadataPeer): void;
    /** A peer has named others (BEP 11). */
    onPeers(addresses: PeerAddress[]): void;
    /** It has lied about the metadata; the engine has closed its wire. */
    onBan(peer: MetadataPeer, reason: string): void;
  };
}

/** Fetches one info dictionary. `now` is milliseconds of a monotonic clock throughout. */
export class MetadataEngine {
  readonly #peers = new Set<MetadataPeer>();
  readonly #extensions: Extensions<MetadataPeer>;
  readonly #fetch: MetadataFetch<MetadataPeer>;
  #now = 0;
  #isClosed = false;

  constructor({ port, verify, events }: MetadataEngineOptions) {
    this.#extensions = new Extensions<MetadataPeer>({
      handlers: {
        ut_metadata: (peer, payload) => this.#onMetadata(peer, payload),
        ut_pex: (peer, payload) => {
          const addresses = takePex(peer, payload, this.#now);
          if (addresses.length > 0) events.onPeers(addresses);
        },
      },
      introduce: () => ({ port }),
      onHandshake: (peer, handshake) => {
        if (handshake.port !== undefined && !peer.outgoing) events.onListening(peer);
        this.#onIntroduced(peer);
      },
    });
    this.#fetch = new MetadataFetch<MetadataPeer>({
      verify,
      send: (peer, payload) => this.#send(peer, payload),
      onDone: (infoBytes) => events.onMetadata(infoBytes),
      onLiar: (peer, reason) => {
        this.#dismiss(peer, reason);
        events.onBan(peer, reason);
      },
      onFlush: () => this.#flush(),
    });
  }

  get peers(): ReadonlySet<MetadataPeer> {
    return this.#peers;
  }

  /** The part of the dictionary that is here, 0 to 1. */
  get progress(): number {
    return this.#fetch.progress;
  }

  /** Takes over a connection whose handshake is done, and introduces us. */
  add(wire: Wire, remote: RemotePeer, now: number): MetadataPeer {
    this.#now = now;
    const peer = new MetadataPeer(wire, remote, {
      now,
      onExtended: (id, payload) => this.#extensions.onExtended(peer, id, payload),
      onBatchEnd: (time) => {
        this.#now = time;
        this.#flush();
      },
    });
    if (this.#isClosed || peer.extensions === undefined) {
      peer.isGone = true;
      wire.close(this.#isClosed ? "the torrent is stopped" : "it has no way to tell the metadata");
      return peer;
    }
    this.#peers.add(peer);
    if (remote.fast === true) wire.haveNone(); // one of its three messages must come first (BEP 6)
    this.#extensions.greet(peer);
    wire.flush();
    return peer;
  }

  /** The connection is gone: what was asked of it is asked of others. Idempotent. */
  remove(peer: MetadataPeer): void {
    if (!this.#peers.delete(peer)) return;
    peer.isGone = true;
    this.#fetch.remove(peer, this.#now);
    this.#flush();
  }

  /** Once a second: requests that nobody answers, keep-alives, silence. */
  tick(now: number): void {
    if (this.#isClosed) return;
    this.#now = now;
    for (const peer of this.#peers) {
      const isUseless = peer.extensions?.metadataSize === undefined;
      if (now - peer.heardAt >= SILENCE_MS) this.#dismiss(peer, "silent for too long");
      else if (isUseless && now - peer.joinedAt >= USELESS_MS) this.#dismiss(peer, "it has no metadata");
      else if (this.#fetch.isInVain(peer, now)) this.#dismiss(peer, "it does not send its metadata");
      else if (this.#fetch.isTooSlow(peer, now)) this.#dismiss(peer, "it sends its metadata too slowly");
      else if (now - peer.sentAt >= KEEP_ALIVE_MS) {
        peer.wire.keepAlive();
        peer.sentAt = now;
      }
    }
    this.#fetch.tick(now);
    this.#flush();
  }

  /** Lets go of all peers, closing their connections. Idempotent. */
  close(reason: string): void {
    this.#isClosed = true;
    for (const peer of this.#peers) this.#dismiss(peer, reason);
  }

  /** It may have the metadata. Who can tell of none now is kept for a while: it may get them, as we do. */
  #onIntroduced(peer: MetadataPeer): void {
    const { extensions } = peer;
    if (extensions?.metadataSize === undefined || extensions.idOf("ut_metadata") === undefined) return;
    this.#fetch.onSize(peer, extensions.metadataSize, this.#now);
  }

  #onMetadata(peer: MetadataPeer, payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload);
    if (message?.type === "request") this.#send(peer, encodeMetadataReject(message.piece)); // we have nothing yet
    else if (message !== undefined) this.#fetch.onMessage(peer, message, this.#now);
  }

  #send(peer: MetadataPeer, payload: Uint8Array): void {
    this.#extensions.send(peer, "ut_metadata", payload);
    peer.sentAt = this.#now;
  }

  #flush(): void {
    for (const peer of this.#peers) peer.wire.flush();
  }

  #dismiss(peer: MetadataPeer, reason: string): void {
    if (peer.isGone) return;
    this.remove(peer);
    peer.wire.close(reason);
  }
}
