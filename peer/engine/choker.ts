// To whom we upload: tit for tat. Those who give us most get our slots; one more slot goes round by chance, so that
// newcomers can begin to give and better partners are found. Where nobody gives, who owes us least comes first. When we
// have everything, those who take fastest get the slots, in turns while others wait; who gave to us before others did.
// https://www.bittorrent.org/beps/bep_0003.html ("choking"), B. Cohen, "Incentives Build Robustness in BitTorrent".

import type { Peer } from "./peer.ts";

const ROUND_MS = 10_000;
const OPTIMISTIC_MS = 30_000;
/** A peer this new is so much likelier to get the optimistic slot. */
const NEW_MS = 60_000;
const NEW_WEIGHT = 3;
/** A peer that has taken and never given is so much less likely to: it has had its chance. */
const IDLER_WEIGHT = 0.25;
/** When seeding, a peer that was served this long goes behind those that wait. */
const TURN_MS = 30_000;

export interface ChokerOptions {
  /** Regular slots; the optimistic one comes on top. */
  slots: number;
  peers: ReadonlySet<Peer>;
  /** [0, 1) */
  random: () => number;
  /** True when we have every piece. */
  isSeeding: () => boolean;
  /** A choke was just sent: what the peer has asked for is dropped (BEP 3). */
  onChoke(peer: Peer): void;
}

/** Keeps the slots of one torrent. */
export class Choker {
  readonly #slots: number;
  readonly #peers: ReadonlySet<Peer>;
  readonly #random: () => number;
  readonly #isSeeding: () => boolean;
  readonly #onChoke: (peer: Peer) => void;
  #nextRound = -Infinity;
  #nextOptimistic = -Infinity;
  #optimistic: Peer | undefined = undefined;
  /** Peers that are unchoked and interested. */
  #inUse = 0;

  constructor({ slots, peers, random, isSeeding, onChoke }: ChokerOptions) {
    this.#slots = slots;
    this.#peers = peers;
    this.#random = random;
    this.#isSeeding = isSeeding;
    this.#onChoke = onChoke;
  }

  /** `peerInterested` has changed. Nobody waits for the next round while a slot is free. */
  onInterestChange(peer: Peer, now: number): void {
    if (!peer.amChoking) this.#inUse += peer.peerInterested ? 1 : -1;
    else if (peer.peerInterested && this.#hasRoom) this.#unchoke(peer, now);
  }

  /** The peer is gone; its slot is free. */
  remove(peer: Peer): void {
    if (!peer.amChoking && peer.peerInterested) this.#inUse--;
    if (this.#optimistic === peer) this.#optimistic = undefined;
  }

  /** Once a second. */
  tick(now: number): void {
    if (now >= this.#nextRound) {
      this.#nextRound = now + ROUND_MS;
      this.#round(now);
    } else if (this.#hasRoom) {
      this.#fillSlots(now);
    }
  }

  get #hasRoom(): boolean {
    return this.#inUse <= this.#slots; // regular slots and the optimistic one
  }

  #round(now: number): void {
    for (const peer of this.#peers) peer.standing.endRound(peer.downloaded, peer.uploaded);
    const isOptimisticDue = now >= this.#nextOptimistic || this.#optimistic?.peerInterested !== true;
    if (isOptimisticDue) this.#optimistic = undefined;
    const chosen = this.#best(now);
    if (isOptimisticDue) {
      this.#nextOptimistic = now + OPTIMISTIC_MS;
      this.#optimistic = this.#drawOptimistic(chosen, now);
    }
    if (this.#optimistic !== undefined) chosen.add(this.#optimistic);
    for (const peer of this.#peers) if (!chosen.has(peer)) this.#choke(peer, now);
    for (const peer of chosen) this.#unchoke(peer, now);
    this.#fillSlots(now);
  }

  /** Who gets the regular slots. The peers that give as much without wanting anything stay unchoked beside them. */
  #best(now: number): Set<Peer> {
    const isSeeding = this.#isSeeding();
    const ranked: Peer[] = [];
    for (const peer of this.#peers) {
      const isPartner = !isSeeding && peer.standing.given > 0;
      // Whoever does not send what it was asked for has no claim; chance may still find it.
      if (peer === this.#optimistic || peer.pipeline.isSnubbed) continue;
      if (peer.peerInterested || isPartner) ranked.push(peer);
    }
    ranked.sort(isSeeding ? (a, b) => compareAsSeeder(a, b, now) : compareAsLeecher);
    const chosen = new Set<Peer>();
    let free = this.#slots;
    for (const peer of ranked) {
      if (free === 0) break;
      chosen.add(peer);
      if (peer.peerInterested) free--;
    }
    return chosen;
  }

  /** One of those that wait, by chance; new ones are likelier. */
  #drawOptimistic(chosen: ReadonlySet<Peer>, now: number): Peer | undefined {
    let total = 0;
    for (const peer of this.#peers) total += weight(peer, chosen, now);
    let ticket = this.#random() * total;
    for (const peer of this.#peers) {
      const share = weight(peer, chosen, now);
      if (share === 0) continue;
      ticket -= share;
      if (ticket < 0) return peer;
    }
    return undefined;
  }

  /** Gives free slots to those that wait. */
  #fillSlots(now: number): void {
    const compare = this.#isSeeding() ? compareWaiting : compareAsLeecher;
    while (this.#hasRoom) {
      let first: Peer | undefined;
      for (const peer of this.#peers) {
        if (!peer.amChoking || !peer.peerInterested) continue;
        if (first === undefined || compare(peer, first) < 0) first = peer;
      }
      if (first === undefined) return;
      this.#unchoke(first, now);
    }
  }

  #unchoke(peer: Peer, now: number): void {
    if (!peer.amChoking) return;
    peer.amChoking = false;
    if (peer.peerInterested) this.#inUse++;
    peer.standing.unchokedAt = now;
    peer.wire.unchoke();
    peer.sentAt = now;
  }

  #choke(peer: Peer, now: number): void {
    if (peer.amChoking) return;
    peer.amChoking = true;
    if (peer.peerInterested) this.#inUse--;
    peer.standing.chokedAt = now;
    peer.wire.choke();
    peer.sentAt = now;
    this.#onChoke(peer);
  }
}

/**
 * Who gives most comes first. Of those that give nothing, who owes us less does, then who waits before who had its slot for
 * nothing: we look on until somebody gives in return.
 */
function compareAsLeecher(a: Peer, b: Peer): number {
  return b.standing.given - a.standing.given || debt(a) - debt(b) ||
    Number(b.amChoking) - Number(a.amChoking) || a.standing.chokedAt - b.standing.chokedAt;
}

/** Who is in its turn comes first, then who waits, then who has had its turn. */
function compareAsSeeder(a: Peer, b: Peer, now: number): number {
  const byTurn = turn(a, now) - turn(b, now);
  if (byTurn !== 0) return byTurn;
  if (a.amChoking && b.amChoking) return compareWaiting(a, b);
  return b.standing.taken - a.standing.taken;
}

/**
 * Who gave to us while we needed it comes first: they are few and have enough one day, so that the others' turn comes. Then
 * who waits longest.
 */
function compareWaiting(a: Peer, b: Peer): number {
  return Number(b.downloaded > 0) - Number(a.downloaded > 0) || a.standing.chokedAt - b.standing.chokedAt;
}

/** Bytes that it got of us beyond what it gave. */
function debt(peer: Peer): number {
  return Math.max(0, peer.uploaded - peer.downloaded);
}

function turn(peer: Peer, now: number): number {
  if (peer.amChoking) return 1;
  return now - peer.standing.unchokedAt < TURN_MS ? 0 : 2;
}

function weight(peer: Peer, chosen: ReadonlySet<Peer>, now: number): number {
  if (!peer.peerInterested || chosen.has(peer)) return 0;
  if (now - peer.standing.connectedAt < NEW_MS) return NEW_WEIGHT;
  return peer.uploaded > 0 && peer.downloaded === 0 ? IDLER_WEIGHT : 1;
}
