// Tells peers whom else we are connected to. https://www.bittorrent.org/beps/bep_0011.html. What they tell us is
// pex_intake.ts's. Comings and goings are one list for all peers, and each peer has its place in it: what is new is told
// without remembering who knows whom.
//
//   changes   │ dropped │ … │ told to this peer ─┤ new to it │ … │ now
//             └ forgotten beyond MOST_CHANGES    └ lastTold

import { formatPeerAddress, type PeerAddress } from "../../protocol/compact.ts";
import { encodePex, PexFlag, type PexPeer } from "../../protocol/ut_pex.ts";
import type { ExtendingPeer } from "./extensions.ts";
import { listeningAddress } from "./peer_extensions.ts";

/** Between two messages to one peer, ms: the least that the BEP allows. */
const INTERVAL_MS = 60_000;
/** Peers named in one message as new, and as gone (BEP 11). */
const MOST_NAMED = 50;
/** Comings and goings remembered; who is farther behind hears of the latest only. */
const MOST_CHANGES = 500;

/** A peer that can be told of, and to. */
export interface ExchangingPeer extends ExtendingPeer {
  readonly outgoing: boolean;
}

/** What one peer has been told. */
export class PexNews {
  /** The number of the first change that it has not heard of; undefined if it has heard nothing yet. */
  lastTold: number | undefined = undefined;
  /** When it was told last, ms. */
  toldAt = -Infinity;
}

interface Change {
  key: string;
  address: PeerAddress;
  isHere: boolean;
}

export interface PeerExchangeOptions<P> {
  /** Sends an `ut_pex` message. False if the peer takes none. */
  send(peer: P, payload: Uint8Array): boolean;
  /** True if the peer downloads nothing (more). */
  isUploadOnly(peer: P): boolean;
}

/** Tells the peers of one torrent of each other. */
export class PeerExchange<P extends ExchangingPeer> {
  readonly #options: PeerExchangeOptions<P>;
  /** Who is connected and can be dialled, by address. */
  readonly #here = new Map<string, P>();
  readonly #changes: Change[] = [];
  /** The number of the first change that is remembered. */
  #first = 0;

  constructor(options: PeerExchangeOptions<P>) {
    this.#options = options;
  }

  /** The peer has come, or has said where it listens. One that does not say is not told of. */
  onReachable(peer: P): void {
    const address = listeningAddress(peer);
    if (address === undefined) return;
    const key = formatPeerAddress(address);
    if (this.#here.has(key)) return;
    this.#here.set(key, peer);
    this.#note({ key, address, isHere: true });
  }

  /** The peer is gone. */
  onGone(peer: P): void {
    const address = listeningAddress(peer);
    if (address === undefined) return;
    const key = formatPeerAddress(address);
    if (this.#here.get(key) !== peer) return;
    this.#here.delete(key);
    this.#note({ key, address, isHere: false });
  }

  /** Tells the peer what is new, if it is time. Appends only: the caller flushes. */
  tell(peer: P, now: number): void {
    const { extensions } = peer;
    if (extensions === undefined || extensions.idOf("ut_pex") === undefined) return;
    const news = extensions.pexNews ??= new PexNews();
    const last = this.#first + this.#changes.length;
    if (news.lastTold === last || now - news.toldAt < INTERVAL_MS) return;
    const own = listeningAddress(peer);
    const ownKey = own && formatPeerAddress(own);
    const { changes, next } = news.lastTold === undefined
      ? { changes: this.#latest(ownKey), next: last }
      : this.#since(news.lastTold, ownKey);
    news.lastTold = next;
    if (changes.length === 0) return;
    news.toldAt = now;
    this.#options.send(
      peer,
      encodePex({
        added: changes.filter(({ isHere }) => isHere).map(({ key, address }) => this.#describe(key, address)),
        dropped: changes.filter(({ isHere }) => !isHere).map(({ address }) => address),
      }),
    );
  }

  #note(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length <= MOST_CHANGES) return;
    this.#changes.shift();
    this.#first++;
  }

  /** For a newcomer: who came last of those that are here. */
  #latest(ownKey: string | undefined): Change[] {
    const keys = [...this.#here.keys()].filter((key) => key !== ownKey).slice(-MOST_NAMED);
    return keys.map((key) => {
      const address = listeningAddress(this.#here.get(key) as P) as PeerAddress;
      return { key, address, isHere: true };
    });
  }

  /** What has changed from a number on, each address once, and where the next message goes on. */
  #since(number: number, ownKey: string | undefined): { changes: Change[]; next: number } {
    const found = new Map<string, Change>();
    let next = Math.max(number, this.#first);
    for (; next < this.#first + this.#changes.length && found.size < MOST_NAMED; next++) {
      const change = this.#changes[next - this.#first] as Change;
      if (change.key === ownKey) continue;
      const before = found.get(change.key);
      // Who came and went meanwhile, or the other way round, has not changed.
      if (before !== undefined && before.isHere !== change.isHere) found.delete(change.key);
      else found.set(change.key, change);
    }
    return { changes: [...found.values()], next };
  }

  #describe(key: string, { ip, port }: PeerAddress): PexPeer {
    const peer = this.#here.get(key);
    const isReachable = peer?.outgoing ? PexFlag.isReachable : 0;
    const isUploadOnly = peer !== undefined && this.#options.isUploadOnly(peer) ? PexFlag.isUploadOnly : 0;
    return { ip, port, flags: isReachable | isUploadOnly };
  }
}
