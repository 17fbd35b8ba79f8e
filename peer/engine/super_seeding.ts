// Giving a torrent's first copy away once: a seeder that seems to have nothing, tells each peer of one piece that nobody
// has, and of the next when somebody else has got the last one from it. So the peers pass everything on, and what one of
// them has is not sent again.
// https://www.bittorrent.org/beps/bep_0016.html. For a seeder with a slow line; a fast one serves all sooner without it.
//
//   untold ──told to a peer──▶ waiting ──seen at another peer──▶ spread: the peer is told of the next
//     ▲                           │ the peer left or took too long
//     └───────────────────────────┘

import { Bitfield } from "../../protocol/bitfield.ts";
import { HAVE_LENGTH, writeHave } from "../../protocol/messages.ts";
import type { Peer } from "./peer.ts";

/** Pieces a peer is told of at a time: one while it waits for a slot, else one to fetch while another spreads. */
const MOST_WAITING = 1;
const MOST_WAITING_SERVED = 2;
/**
 * A peer that gets nothing from anybody is told of one more after this time, and a piece that a peer doesn't fetch is free
 * for others. The BEP sets no limit, but then who can reach nobody but us would never get on.
 */
const PATIENCE_MS = 60_000;

interface Told {
  /** Pieces that the peer was told of. */
  readonly pieces: Bitfield;
  /** Those of them that nobody else has got since, oldest first. */
  readonly waiting: number[];
  /** When it was last told of one, and last got one from anybody; at first when it came. In ms. */
  at: number;
  gotAt: number;
}

/** What each peer of one torrent is told. */
export class SuperSeeding {
  readonly #random: () => number;
  readonly #told = new Map<Peer, Told>();
  /** For each piece, the peers that have it, and those with which it waits. */
  readonly #copies: Uint16Array;
  /** The peers with which a piece waits. */
  readonly #holders = new Map<number, Set<Peer>>();
  readonly #message = new Uint8Array(HAVE_LENGTH);
  readonly #view = new DataView(this.#message.buffer);

  /** @param random [0, 1) */
  constructor(pieceCount: number, random: () => number) {
    this.#copies = new Uint16Array(pieceCount);
    this.#random = random;
  }

  /** True if the peer was told of this piece: it may ask for no other. */
  hasTold(peer: Peer, index: number): boolean {
    return this.#told.get(peer)?.pieces.has(index) ?? false;
  }

  /** A peer has told what it has. */
  onBitfield(peer: Peer, now: number): void {
    for (let index = 0; index < peer.pieces.length; index++) {
      if (peer.pieces.has(index)) this.#arrive(peer, index, now);
    }
    this.#tell(peer, now);
  }

  /** A peer has got a piece, from us or from others. */
  onHave(peer: Peer, index: number, now: number): void {
    this.#arrive(peer, index, now);
    this.#tell(peer, now);
  }

  /** A peer has lost a piece (BEP 54). */
  onDontHave(peer: Peer, index: number): void {
    if (this.#told.get(peer)?.waiting.includes(index) === false) this.#count(index, -1);
  }

  /** Once a second: peers that said nothing of what they have, and pieces that don't get on. */
  tick(peers: Iterable<Peer>, now: number): void {
    for (const peer of peers) {
      const told = this.#of(peer, now);
      const isLate = now - told.at >= PATIENCE_MS;
      const isPoor = isLate && now - told.gotAt >= PATIENCE_MS;
      const oldest = told.waiting[0];
      if (oldest !== undefined && isLate && (isPoor || !peer.pieces.has(oldest))) {
        this.#endWait(peer, told, oldest);
      }
      this.#tell(peer, now, isPoor);
    }
  }

  remove(peer: Peer): void {
    const told = this.#told.get(peer);
    if (told === undefined) return;
    for (const index of [...told.waiting]) this.#endWait(peer, told, index);
    this.#told.delete(peer);
    for (let index = 0; index < peer.pieces.length; index++) {
      if (peer.pieces.has(index)) this.#count(index, -1);
    }
  }

  /** `peer` has this piece: whoever else was told of it has passed it on, or need not. */
  #arrive(peer: Peer, index: number, now: number): void {
    const told = this.#of(peer, now);
    told.gotAt = now;
    if (!told.waiting.includes(index)) this.#count(index, 1);
    const holders = this.#holders.get(index);
    if (holders === undefined) return;
    for (const holder of [...holders]) {
      if (holder === peer) continue;
      this.#endWait(holder, this.#of(holder, now), index);
      this.#tell(holder, now);
    }
  }

  /** Tells the peer of as many pieces as it is due; of one that others have only if `isPoor`. */
  #tell(peer: Peer, now: number, isPoor = false): void {
    if (peer.isGone || peer.pieces.isComplete) return;
    const told = this.#of(peer, now);
    const most = peer.amChoking ? MOST_WAITING : MOST_WAITING_SERVED;
    while (told.waiting.length < most) {
      const index = this.#rarest(peer, told);
      if (index < 0 || (this.#copies[index] !== 0 && !isPoor)) return;
      told.pieces.set(index);
      told.waiting.push(index);
      told.at = now;
      this.#count(index, 1);
      const holders = this.#holders.get(index);
      if (holders === undefined) this.#holders.set(index, new Set([peer]));
      else holders.add(peer);
      writeHave(this.#view, 0, index);
      peer.wire.haves(this.#message);
      peer.wire.flush();
      isPoor = false;
    }
  }

  /** Of the pieces that the peer lacks and was not told of, one that the fewest have or are about to get; or -1. */
  #rarest(peer: Peer, told: Told): number {
    const { length } = this.#copies;
    let index = Math.floor(this.#random() * length);
    let rarest = -1;
    let fewest = Infinity;
    for (let step = 0; step < length && fewest > 0; step++) {
      const copies = this.#copies[index] as number;
      if (copies < fewest && !peer.pieces.has(index) && !told.pieces.has(index)) {
        rarest = index;
        fewest = copies;
      }
      if (++index === length) index = 0;
    }
    return rarest;
  }

  #endWait(peer: Peer, told: Told, index: number): void {
    told.waiting.splice(told.waiting.indexOf(index), 1);
    if (!peer.pieces.has(index)) this.#count(index, -1);
    const holders = this.#holders.get(index);
    holders?.delete(peer);
    if (holders?.size === 0) this.#holders.delete(index);
  }

  #count(index: number, change: 1 | -1): void {
    this.#copies[index] = (this.#copies[index] as number) + change;
  }

  #of(peer: Peer, now: number): Told {
    let told = this.#told.get(peer);
    if (told === undefined) {
      told = { pieces: new Bitfield(this.#copies.length), waiting: [], at: now, gotAt: now };
      this.#told.set(peer, told);
    }
    return told;
  }
}
