// The connections of one torrent: lets callers in and those who were dialled, and sees to it that nobody is connected
// twice, not even we to ourselves. Whom to dial is dials.ts's; what is said on a connection is the engine's.

import {
  equals,
  formatPeerAddress,
  type InfoHash,
  type PeerAddress,
  ProtocolError,
  supportsExtensions,
  supportsFast,
  toHex,
} from "../protocol/mod.ts";
import { Dials, keptForDials } from "./dials.ts";
import type { Heard } from "./engine/heard.ts";
import type { Peer, RemotePeer } from "./engine/peer.ts";
import { listeningAddress } from "./engine/peer_extensions.ts";
import { type Placed, type Places, whoGivesWay } from "./engine/peer_places.ts";
import type { PeerPool } from "./engine/peer_pool.ts";
import type { Wire } from "./engine/ports.ts";
import type { PeerEvent } from "./events.ts";
import { type Log, LoggedHandler, LoggedWire } from "./message_log.ts";
import type { Encryption, Protection } from "./net/encryption.ts";
import type { Greeting } from "./net/handshaker.ts";
import { hangUp } from "./net/hang_up.ts";
import { addressOf } from "./net/listener.ts";
import type { TorrentLimits } from "./net/rate_limiter.ts";
import { type ConnectedPeer, PeerConnection } from "./net/peer_connection.ts";
import { peerEvent } from "./torrent_report.ts";

/** Two connections that came within this time of each other were dialled at the same moment, one by each side. */
const SIMULTANEOUS_MS = 2_000;

/** A remote as an engine knows it; `heard` is what one knows that can't understand it. */
export type EnginePeer =
  & ConnectedPeer
  & { readonly heard?: Heard }
  & Pick<Peer, "peerId" | "address" | "outgoing" | "downloaded" | "uploaded" | "extensions">;

/** Who decides what is said: a torrent's engine, or the one that fetches its metadata. */
export interface Engine {
  add(wire: Wire, remote: RemotePeer, now: number): EnginePeer;
  /** Takes over one of another engine that has told it of no pieces. */
  adopt?(wire: Wire, remote: RemotePeer, now: number): EnginePeer;
  remove(peer: EnginePeer): void;
}

export interface ConnectionsOptions {
  infoHash: InfoHash;
  /** Ours. */
  peerId: Uint8Array;
  engine: Engine;
  pool: PeerPool;
  /** Where we listen. */
  port: number;
  maxPeers: number;
  /** Those of the whole client. */
  places: Places;
  encryption: Encryption;
  /** On what passes between us and them. Default: none. */
  limits?: TorrentLimits;
  /** Longest wire message accepted, in bytes. Default: the decoder's. */
  maxMessageLength?: number;
  onPeer(event: PeerEvent): void;
  /** Gets our own bugs. */
  onBug(error: unknown): void;
  log?: Log | undefined;
}

const SENT_BAD_DATA = "it has sent bad data before";

interface Connected extends Placed {
  /** Whose it is: those of a search go on as a torrent's. */
  owner: Connections;
  connection: PeerConnection;
  remote: RemotePeer;
  peer: EnginePeer;
  protection: Protection;
  /** Ends with the connection. */
  run: Promise<void>;
  since: number;
  /** Where the peer can be dialled, if that is known: it isn't dialled while it is here. */
  home: PeerAddress | undefined;
  /** True if it may be dialled again at once when it is gone. */
  comesBack: boolean;
}

/** Everybody who is connected for one torrent. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #dials: Dials;
  /** By peer id in hex. */
  readonly #connected = new Map<string, Connected>();
  /** Connections that have not ended yet. */
  readonly #runs = new Set<Promise<void>>();
  #isClosing = false;
  /** True if who is left at the end may be dialled again at once. */
  #comesBack = false;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#dials = new Dials({
      ...options,
      infoHash: options.infoHash.bytes,
      taken: this,
      onAnswer: (conn, greeting, address) => this.#onAnswer(conn, greeting, address),
    });
  }

  /** Connections after their handshake. */
  get size(): number {
    return this.#connected.size;
  }

  /** Those of them that we have dialled. */
  get outgoing(): number {
    let count = 0;
    for (const { peer } of this.#connected.values()) if (peer.outgoing) count++;
    return count;
  }

  /** Nobody is here, or about to be. */
  get isIdle(): boolean {
    return this.#runs.size === 0 && this.#dials.size === 0;
  }

  /** Once a second: ends connections that hang, dials who is due. */
  tick(now: number): void {
    for (const { connection } of this.#connected.values()) connection.tick(now);
    this.dialMore(now);
  }

  /** Dials while there are addresses and places. */
  dialMore(now: number): void {
    this.#dials.more(now);
  }

  /** Takes over a caller that has shaken hands for this torrent, at `since` if not just now. */
  accept(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress, since?: number): void {
    const refusal = this.#isClosing
      ? "the torrent is stopping"
      : this.#options.pool.isBanned(address, greeting.peerId)
      ? SENT_BAD_DATA
      : this.#duplicate(greeting.peerId, false) ??
        this.#makePlace({ address, priority: this.#priorityOf(conn, address) });
    if (refusal === undefined) {
      this.#adopt(conn, greeting, address, { outgoing: false, since });
    } else {
      this.#options.log?.(`${formatPeerAddress(address)} refused: ${refusal}`);
      hangUp(conn);
    }
  }

  /** Sees to a place for a caller. Why it has none, if it hasn't. */
  #makePlace(caller: Placed): string | undefined {
    const { maxPeers, places } = this.#options;
    const isFull = this.#connected.size >= maxPeers - keptForDials(maxPeers, this.outgoing);
    if (!isFull && !places.isFullForCallers) return undefined;
    const leaving = whoGivesWay(caller, this.#connected.values());
    if (leaving === undefined) return `${isFull ? maxPeers : places.most} peers are connected already`;
    this.#connected.delete(toHex(leaving.peer.peerId));
    leaving.connection.close("gives way to a peer with a higher priority");
    return undefined;
  }

  /** BEP 40's, made with our address as this connection has it: the same on both ends, unless it is translated on the way. */
  #priorityOf(conn: Deno.TcpConn, address: PeerAddress): number {
    this.#options.pool.reachedAt({ ip: addressOf(conn.localAddr).ip, port: this.#options.port });
    return this.#options.pool.priorityOf(address);
  }

  /** A peer that has called has said where it listens. */
  onListening(peer: EnginePeer): void {
    const connected = this.#connected.get(toHex(peer.peerId));
    const home = listeningAddress(peer);
    if (connected?.peer !== peer || connected.home !== undefined || home === undefined) return;
    this.#options.pool.add([home], "pex", performance.now());
    this.#settle(connected, home);
  }

  /**
   * Ends those there are. Who of them is still in the pool may be dialled again at once: it has done nothing wrong. Who is
   * being dialled and has been forgotten since is not taken.
   */
  dropAll(reason: string): void {
    for (const connected of this.#connected.values()) {
      connected.comesBack = true;
      connected.connection.close(reason);
    }
  }

  /**
   * Ends them all and waits until the last is gone. Idempotent.
   *
   * @param comesBack they may be dialled again at once.
   */
  async close(reason: string, { comesBack = false } = {}): Promise<void> {
    this.#isClosing = true;
    this.#comesBack = comesBack;
    const dialled = this.#dials.close({ comesBack });
    for (const { connection } of this.#connected.values()) connection.close(reason);
    await Promise.all([...this.#runs, dialled]);
    await Promise.all(this.#runs); // one whose coming was being told
  }

  /** Somebody whom we have dialled has shaken hands. */
  #onAnswer(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress): void {
    const { pool, peerId, log } = this.#options;
    const refusal = this.#isClosing
      ? "the torrent is stopping"
      : pool.isBanned(address, greeting.peerId)
      ? SENT_BAD_DATA
      : !pool.knows(address)
      ? "its address counts no more"
      : this.#duplicate(greeting.peerId, true);
    if (refusal === undefined) {
      pool.connected(address);
      this.#adopt(conn, greeting, address, { outgoing: true });
      return;
    }
    const existing = this.#connected.get(toHex(greeting.peerId));
    if (equals(greeting.peerId, peerId)) pool.markSelf(address);
    else if (existing?.home === undefined && existing !== undefined) this.#settle(existing, address);
    else pool.closed(address, performance.now());
    log?.(`${formatPeerAddress(address)} dropped: ${refusal}`);
    hangUp(conn);
  }

  /**
   * Why a connection to `peerId` is one too many, if it is. When two clients dial each other at the same moment both have
   * two connections; both must drop the same one: the one dialled by the smaller peer id stays behind.
   */
  #duplicate(peerId: Uint8Array, outgoing: boolean): string | undefined {
    const own = this.#options.peerId;
    if (equals(peerId, own)) return "it is this client itself";
    const existing = this.#connected.get(toHex(peerId));
    if (existing === undefined) return undefined;
    const isSimultaneous = existing.peer.outgoing !== outgoing &&
      performance.now() - existing.since < SIMULTANEOUS_MS;
    if (isSimultaneous && outgoing === toHex(own) > toHex(peerId)) {
      existing.connection.close("connected twice");
      this.#connected.delete(toHex(peerId));
      return undefined;
    }
    return "connected already";
  }

  #adopt(
    conn: Deno.TcpConn,
    greeting: Greeting,
    address: PeerAddress,
    { outgoing, since }: { outgoing: boolean; since?: number | undefined },
  ): void {
    const { engine, limits, log, maxMessageLength, onBug } = this.#options;
    const { peerId, protection, ciphers, received } = greeting;
    const connection = new PeerConnection(conn, {
      onBug,
      ciphers,
      received,
      ...(limits === undefined ? {} : { limits }),
      ...(maxMessageLength === undefined ? {} : { maxMessageLength }),
    });
    const name = formatPeerAddress(address);
    const remote = {
      peerId,
      address,
      outgoing,
      extended: supportsExtensions(greeting.reserved),
      fast: supportsFast(greeting.reserved),
    };
    const now = performance.now();
    const peer = engine.add(log ? new LoggedWire(connection, name, log) : connection, remote, now);
    const home = outgoing ? address : undefined;
    const priority = this.#priorityOf(conn, address);
    const connected: Connected = {
      owner: this,
      connection,
      remote,
      peer,
      address,
      priority,
      protection,
      since: since ?? now,
      home,
      comesBack: false,
      run: Promise.resolve(),
    };
    this.#options.places.taken++;
    this.#connected.set(toHex(peerId), connected);
    this.#report("connected", connected);
    connected.run = connection.run(log ? new LoggedHandler(peer, name, log) : peer)
      .then(() => connected.owner.#onEnd(connected));
    this.#runs.add(connected.run);
  }

  /**
   * Takes over everybody that `others` has: who was a peer of its engine goes on as one of ours, on the same connection. Who
   * has said more than was kept stays behind.
   */
  takeOver(others: Connections): void {
    const { engine, limits, log } = this.#options;
    for (const [key, connected] of others.#connected) {
      const { connection, peer: { heard }, remote } = connected;
      if (engine.adopt === undefined || heard === undefined || heard.isTooMuch || connection.isClosed) {
        continue;
      }
      others.#connected.delete(key);
      others.#runs.delete(connected.run);
      others.#options.engine.remove(connected.peer);
      const name = formatPeerAddress(connected.address);
      const now = performance.now();
      const peer = engine.adopt(log ? new LoggedWire(connection, name, log) : connection, remote, now);
      connected.owner = this;
      connected.peer = peer;
      this.#connected.set(key, connected);
      this.#runs.add(connected.run);
      this.#report("connected", connected);
      connection.passTo(log ? new LoggedHandler(peer, name, log) : peer, limits);
      try {
        heard.repeat(peer);
        peer.onBatchEnd(now);
      } catch (error) {
        connection.close(error instanceof Error ? error.message : String(error));
        if (!(error instanceof ProtocolError)) this.#options.onBug(error);
      }
    }
  }

  #onEnd(connected: Connected): void {
    const { connection, peer } = connected;
    const { engine, log, places } = this.#options;
    const key = toHex(peer.peerId);
    this.#runs.delete(connected.run);
    places.taken--;
    engine.remove(peer);
    if (this.#connected.get(key) === connected) this.#connected.delete(key);
    this.#release(connected);
    log?.(`${formatPeerAddress(connected.address)} gone: ${connection.closeReason}`);
    this.#report("disconnected", connected);
  }

  /** This is where a peer that is connected can be dialled. */
  #settle(connected: Connected, home: PeerAddress): void {
    connected.home = home;
    this.#options.pool.connected(home);
  }

  #release({ peer, home, comesBack }: Connected): void {
    if (home === undefined) return;
    // Of two connections with one peer the other has stayed: it is in use there, and not to be dialled.
    const stays = this.#connected.get(toHex(peer.peerId));
    if (stays !== undefined && stays.home === undefined) return this.#settle(stays, home);
    if (stays?.home !== undefined && formatPeerAddress(stays.home) === formatPeerAddress(home)) return;
    // Who has a magnet link hangs up when it has the metadata, to begin anew as a torrent's peer.
    const hasMetadataOnly = peer.uploaded === 0 && (peer.extensions?.metadataDebt?.sent ?? 0) > 0;
    if (this.#comesBack || comesBack || hasMetadataOnly) this.#options.pool.parted(home, performance.now());
    else this.#options.pool.closed(home, performance.now());
  }

  #report(action: "connected" | "disconnected", { connection, peer, protection }: Connected): void {
    this.#options.onPeer(peerEvent(action, peer, protection, connection.closeReason));
  }
}
