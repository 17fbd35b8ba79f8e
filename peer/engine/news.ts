// The pieces that became ours of late, told to each peer in one go: with its next batch, or to all of them when some
// time has passed. A have for each piece and peer at once would touch every peer for every piece: with 1,000 peers that
// took several times longer than all other work on the piece.
// https://www.bittorrent.org/beps/bep_0003.html ("have").

import type { Bitfield } from "../../protocol/bitfield.ts";
import { HAVE_LENGTH, writeHave } from "../../protocol/messages.ts";
import type { Peer } from "./peer.ts";

/** A have waits this long at most while anything arrives, and until the next tick otherwise. */
const NEWS_MS = 50;
const FIRST_CAPACITY = 64 * HAVE_LENGTH;

/** What not every peer has heard yet. */
export class News {
  readonly #peers: ReadonlySet<Peer>;
  readonly #onTold: (peer: Peer) => void;
  /** The messages, encoded once for all peers. */
  #messages = new Uint8Array(FIRST_CAPACITY);
  #view = new DataView(this.#messages.buffer);
  #length = 0;
  /** When all were told last, ms. */
  #toldAt = -Infinity;

  /** @param onTold called after a peer has heard what was new. */
  constructor(peers: ReadonlySet<Peer>, onTold: (peer: Peer) => void) {
    this.#peers = peers;
    this.#onTold = onTold;
  }

  /** We have one more piece. */
  add(index: number): void {
    if (this.#length === this.#messages.length) this.#grow();
    this.#length = writeHave(this.#view, this.#length, index);
  }

  /** A peer has joined: its bitfield says it all so far. */
  welcome(peer: Peer): void {
    peer.newsHeard = this.#length;
  }

  /** True when the news are old enough to be worth a write of their own to everybody. */
  isDue(now: number): boolean {
    return this.#length > 0 && now - this.#toldAt >= NEWS_MS;
  }

  /** Tells one peer, who is written to anyway. Appends only: the caller flushes. */
  tell(peer: Peer, now: number): void {
    if (peer.newsHeard === this.#length) return;
    // Also of pieces that it has itself: it counts by this when we are complete. Unless it is complete: it wants nothing
    // of us, and we part from it ourselves.
    if (!peer.pieces.isComplete) {
      peer.wire.haves(this.#messages.subarray(peer.newsHeard, this.#length));
      peer.sentAt = now;
    }
    peer.newsHeard = this.#length;
    this.#onTold(peer);
  }

  /** Tells everybody and sends it. */
  tellAll(now: number): void {
    if (this.#length === 0) return;
    this.#toldAt = now;
    for (const peer of this.#peers) {
      this.tell(peer, now);
      peer.newsHeard = 0;
      peer.wire.flush();
    }
    this.#length = 0;
  }

  #grow(): void {
    const messages = new Uint8Array(this.#messages.length * 2);
    messages.set(this.#messages);
    this.#messages = messages;
    this.#view = new DataView(messages.buffer);
  }
}

/** A have for each piece of `have`: for who has heard something else from us before. */
export function encodeHaves(have: Bitfield): Uint8Array {
  const messages = new Uint8Array(have.count * HAVE_LENGTH);
  const view = new DataView(messages.buffer);
  for (let index = 0, at = 0; at < messages.length; index++) {
    if (have.has(index)) at = writeHave(view, at, index);
  }
  return messages;
}
