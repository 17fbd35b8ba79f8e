// The dials of one torrent: calls the pool's next address while there are places, and hands over whoever has answered and
// shaken hands. Whether he may stay is for the connections to say.

import { encodeReserved, type PeerAddress, ProtocolError } from "../protocol/mod.ts";
import type { PeerPool } from "./engine/peer_pool.ts";
import { keptOf, type Places } from "./engine/peer_places.ts";
import type { Log } from "./message_log.ts";
import { callPeer } from "./net/caller.ts";
import type { Encryption } from "./net/encryption.ts";
import { ConnectionError } from "./net/errors.ts";
import type { Greeting } from "./net/handshaker.ts";

/** Limits on time, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The extensions that we speak, as a handshake names them. */
export const RESERVED = encodeReserved({ fast: true, extended: true });
/** Dials of one torrent at the same time. */
const MAX_DIALS = 16;
/** Part of the places that we fill by dialling; the rest is for those who call us. */
const DIALLED_PART = 0.7;

/** Who is there already. */
export interface Taken {
  /** Connections after their handshake. */
  readonly size: number;
  /** Those of them that we have dialled. */
  readonly outgoing: number;
}

export interface DialsOptions {
  /** 20 bytes each; the peer id is ours. */
  infoHash: Uint8Array;
  peerId: Uint8Array;
  pool: PeerPool;
  maxPeers: number;
  /** Those of the whole client. */
  places: Places;
  encryption: Encryption;
  taken: Taken;
  /** Takes over the connection. */
  onAnswer(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress): void;
  /** Gets our own bugs. */
  onBug(error: unknown): void;
  log?: Log | undefined;
}

/** Everybody who is being dialled for one torrent. */
export class Dials {
  readonly #options: DialsOptions;
  /** Those that have not ended yet. */
  readonly #dials = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #comesBack = false;

  constructor(options: DialsOptions) {
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#dials.size;
  }

  /** Dials while there are addresses and places. */
  more(now: number): void {
    const { places, pool } = this.#options;
    while (
      !this.#closing.signal.aborted && this.#dials.size < MAX_DIALS && this.#hasPlace && !places.isFull
    ) {
      const address = pool.next(now);
      if (address === undefined) return;
      places.taken++;
      const dialling = this.#dial(address).finally(() => {
        places.taken--;
        this.#dials.delete(dialling);
      });
      this.#dials.add(dialling);
    }
  }

  get #hasPlace(): boolean {
    const { maxPeers, taken: { outgoing, size } } = this.#options;
    const taken = size + this.#dials.size;
    if (taken < Math.ceil(maxPeers * DIALLED_PART)) return true;
    return taken < maxPeers && this.#dials.size < keptForDials(maxPeers, outgoing);
  }

  /**
   * Gives up those under way and waits for their ends. Idempotent.
   *
   * @param comesBack they may be dialled again at once.
   */
  async close({ comesBack }: { comesBack: boolean }): Promise<void> {
    this.#comesBack = comesBack;
    this.#closing.abort();
    await Promise.all(this.#dials);
  }

  async #dial(address: PeerAddress): Promise<void> {
    const { encryption, infoHash, log, onAnswer, onBug, peerId, pool } = this.#options;
    try {
      const { conn, greeting } = await callPeer(address, {
        introduction: { infoHash, peerId, reserved: RESERVED },
        encryption,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
        signal: this.#closing.signal,
      });
      onAnswer(conn, greeting, address);
    } catch (error) {
      if (this.#comesBack) pool.parted(address, performance.now());
      else pool.failed(address, performance.now());
      if (!(error instanceof ConnectionError || error instanceof ProtocolError)) onBug(error);
      else log?.(error.message);
    }
  }
}

/** Places of a torrent's that are left for those whom we call, whoever calls us, when `outgoing` of these are here. */
export function keptForDials(maxPeers: number, outgoing: number): number {
  return Math.max(0, keptOf(maxPeers) - outgoing);
}
