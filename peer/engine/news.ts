// The pieces that became ours of late, told to each peer in one go: with its next batch, or to all of them when some
// time has passed. A have for each piece and peer at once would touch every peer for every piece: with 1,000 peers that
// took several times longer than all other work on the piece.
// https://www.bittorrent.org/beps/bep_0003.html ("have").

import type { Peer } from "./peer.ts";

/** A have waits this long at most while anything arrives, and until the next tick otherwise. */
const NEWS_MS = 50;

/** What not every peer has heard yet. */
export class News {
  readonly #peers: ReadonlySet<Peer>;
  readonly #onTold: (peer: Peer) => void;
  readonly #indices: number[] = [];
  /** When all were told last, ms. */
  #toldAt = -Infinity;

  /** @param onTold called after a peer has heard what was new. */
  constructor(peers: ReadonlySet<Peer>, onTold: (peer: Peer) => void) {
    this.#peers = peers;
    this.#onTold = onTold;
  }

  /** We have one more piece. */
  add(index: number): void {
    this.#indices.push(index);
  }

  /** A peer has joined: its bitfield says it all so far. */
  welcome(peer: Peer): void {
    peer.newsHeard = this.#indices.length;
  }

  /** True when the news are old enough to be worth a write of their own to everybody. */
  isDue(now: number): boolean {
    return this.#indices.length > 0 && now - this.#toldAt >= NEWS_MS;
  }

  /** Tells one peer, who is written to anyway. Appends only: the caller flushes. */
  tell(peer: Peer, now: number): void {
    const indices = this.#indices;
    if (peer.newsHeard === indices.length) return;
    // Also of pieces that it has itself: it counts by this when we are complete. Unless it is complete: it wants nothing
    // of us, and we part from it ourselves.
    if (!peer.pieces.isComplete) {
      for (let i = peer.newsHeard; i < indices.length; i++) peer.wire.have(indices[i] as number);
      peer.sentAt = now;
    }
    peer.newsHeard = indices.length;
    this.#onTold(peer);
  }

  /** Tells everybody and sends it. */
  tellAll(now: number): void {
    if (this.#indices.length === 0) return;
    this.#toldAt = now;
    for (const peer of this.#peers) {
      this.tell(peer, now);
      peer.newsHeard = 0;
      peer.wire.flush();
    }
    this.#indices.length = 0;
  }
}
