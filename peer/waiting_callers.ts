// Callers of a torrent that can't speak with them yet, since its data is still being checked: they have shaken hands, and
// wait for the first word of ours. Hung up on they would come back when their back-off is over, and not sooner. What they
// say meanwhile stays in the system's buffers.

import { equals, formatPeerAddress, type PeerAddress } from "../protocol/mod.ts";
import type { Places } from "./engine/peer_places.ts";
import type { Beating, Heartbeat } from "./heartbeat.ts";
import type { Log } from "./message_log.ts";
import type { Greeting } from "./net/handshaker.ts";
import { hangUp } from "./net/hang_up.ts";

/** Of one torrent, at most: who comes later has to come again. */
const MOST_WAITING = 30;
/** Some are gone by then without our having heard. Peers hang up after two minutes without a word of ours. */
const LONGEST_WAIT_MS = 90_000;

export interface WaitingCallersOptions {
  /** Connections of the torrent at most. Default: no limit of its own. */
  maxPeers?: number | undefined;
  /** Connections of the whole client. */
  places: Places;
  heartbeat: Heartbeat;
  log?: Log | undefined;
}

interface Waiting {
  conn: Deno.TcpConn;
  greeting: Greeting;
  address: PeerAddress;
  /** When it shook hands, ms. */
  since: number;
}

/** Those of one torrent. */
export class WaitingCallers implements Beating {
  dueAt = Infinity;
  readonly #options: WaitingCallersOptions;
  readonly #most: number;
  /** The first to come first. */
  #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(options: WaitingCallersOptions) {
    this.#options = options;
    this.#most = Math.min(MOST_WAITING, options.maxPeers ?? Infinity);
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Takes a caller that has shaken hands, if there is a place for it. */
  accept(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress, now: number): void {
    const { places, heartbeat } = this.#options;
    const former = this.#waiting.findIndex((each) =>
      each.address.ip === address.ip && equals(each.greeting.peerId, greeting.peerId)
    );
    // It has given that call up, which nothing has told us: the end of the check would find nobody there, and then refuse
    // this one as a second one of the same peer.
    if (former >= 0) this.#dismiss(former, "it has called again");
    const refusal = this.#isClosed
      ? "the torrent is stopping"
      : this.size >= this.#most
      ? `${this.size} peers wait already for the end of the check`
      : places.isFullForCallers
      ? `${places.most} peers are connected already`
      : undefined;
    if (refusal !== undefined) return this.#refuse(conn, address, refusal);
    places.taken++;
    this.#waiting.push({ conn, greeting, address, since: now });
    this.#arrange();
    heartbeat.add(this);
  }

  /** Lets those go that have waited for too long. */
  tick(now: number): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (now - first.since < LONGEST_WAIT_MS) break;
      this.#dismiss(0, "its data is still being checked");
    }
    this.#arrange();
  }

  /** They go on with who can speak with them; who comes from here on is refused. */
  passTo(
    accept: (conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress, since: number) => void,
  ): void {
    this.#isClosed = true;
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      accept(next.conn, next.greeting, next.address, next.since);
    }
    this.#arrange();
  }

  /** Hangs up on them. Idempotent. */
  close(): void {
    this.passTo(hangUp);
  }

  /** One leaves, by default the first. */
  #take(at = 0): Waiting | undefined {
    const [one] = this.#waiting.splice(at, 1);
    if (one !== undefined) this.#options.places.taken--;
    return one;
  }

  #dismiss(at: number, reason: string): void {
    const one = this.#take(at);
    if (one !== undefined) this.#refuse(one.conn, one.address, reason);
  }

  #arrange(): void {
    const [first] = this.#waiting;
    this.dueAt = first === undefined ? Infinity : first.since + LONGEST_WAIT_MS;
    if (first === undefined) this.#options.heartbeat.remove(this);
  }

  #refuse(conn: Deno.TcpConn, address: PeerAddress, reason: string): void {
    this.#options.log?.(`${formatPeerAddress(address)} refused: ${reason}`);
    hangUp(conn);
  }
}
