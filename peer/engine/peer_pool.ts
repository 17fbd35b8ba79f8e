// Known addresses and whom to dial next. No I/O: the owner dials, and reports what came of it.
//
//   add ──▶ idle ──next──▶ dialling ──connected──▶ connected
//            ▲ back-off       │ failed                │ closed
//            └────────────────┴───────────────────────┘
//
// A ban is for the whole ip, as one machine can use any port. Loopback is the exception: everybody there shares
// 127.0.0.1, so only the address with its port, and the peer id, are banned.

import { toHex } from "../../protocol/bytes.ts";
import type { PeerAddress } from "../../protocol/compact.ts";
import { peerPriority } from "../../protocol/peer_priority.ts";

/**
 * Where an address comes from. The port of an incoming connection is not one that its peer listens on, so such an
 * address is known but never dialled, unless another source names it too. "pex" is what peers say, of others (BEP 11) or
 * of themselves (BEP 10).
 */
export type PeerSource = "tracker" | "incoming" | "user" | "pex";

/** Who is believed more comes later. */
const RANKS: readonly PeerSource[] = ["incoming", "pex", "tracker", "user"];

export interface PeerPoolOptions {
  /** Addresses remembered at most. Default 2000. */
  maxKnown?: number;
  /** [0, 1). Default Math.random. */
  random?: () => number;
  /** Which addresses others than the user may bring. Default: all. */
  isAllowed?: ((ip: string) => boolean) | undefined;
}

const FIRST_BACK_OFF_MS = 15_000;
const LONGEST_BACK_OFF_MS = 3_600_000;
/**
 * For this long after we have hung up to come back, a refusal is no failure: some take half a second to notice that we had
 * gone, and refuse a second connection until then.
 */
const PARTED_MS = 10_000;
const PARTED_RETRY_MS = 1_000;
const PARTED_AGAIN_MS = 60_000;
/** An address that a tracker names again is tried so often at most beside its back-off. */
const NAMED_AGAIN_MS = 60_000;
/** After so many failures in a row an address is forgotten, unless the user named it. The tracker may bring it again. */
const MOST_FAILURES = 8;
/** A connection that lasted this long clears the failures before it. */
const GOOD_CONNECTION_MS = 60_000;
/** The part of the places that addresses which peers name may take: they can be made up. */
const PEX_PART = 0.5;
/** Bans remembered at most; the oldest goes first. */
const MOST_BANS = 4096;

interface KnownPeer {
  readonly address: PeerAddress;
  source: PeerSource;
  state: "idle" | "dialling" | "connected";
  /** Failures in a row. */
  failures: number;
  /** Not to be dialled before, ms. */
  retryAt: number;
  /** BEP 40's, once it was asked for. */
  priority?: number | undefined;
  /** When the current or last attempt began, ms. */
  startedAt: number;
  /** When we last hung up only to come back, ms. */
  partedAt: number;
}

/** The addresses of one torrent's peers. `now` is milliseconds of a monotonic clock. */
export class PeerPool {
  readonly #maxKnown: number;
  readonly #random: () => number;
  readonly #isAllowed: (ip: string) => boolean;
  readonly #known = new Map<string, KnownPeer>();
  /** Addresses that turned out to be ourselves. */
  readonly #self = new Set<string>();
  /** Ips, and on loopback addresses and peer ids. */
  readonly #banned = new Set<string>();
  /** Where we are to others, by family: what priorities are made with. */
  readonly #own = new Map<boolean, PeerAddress>();
  #dueAt = -Infinity;

  constructor({ maxKnown = 2000, random = Math.random, isAllowed = () => true }: PeerPoolOptions = {}) {
    this.#isAllowed = isAllowed;
    this.#maxKnown = maxKnown;
    this.#random = random;
  }

  /** Number of addresses known, ourselves and banned ones not counted. */
  get size(): number {
    return this.#known.size;
  }

  /** Before this there is nobody to dial, unless something changes. Infinity if there is nobody at all. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Remembers addresses; returns how many were new. */
  add(addresses: readonly PeerAddress[], source: PeerSource, now: number): number {
    let added = 0;
    let pexPlaces = source === "pex" ? this.#pexPlaces() : Infinity;
    const isAlone = source === "tracker" && this.#isAlone();
    // Looked for once: a tracker may name 100,000 addresses, and a walk through 2,000 for each took two seconds.
    let yielding: KnownPeer[] | undefined;
    for (const address of addresses) {
      const key = keyOf(address);
      const known = this.#known.get(key);
      if (known !== undefined) {
        if (rank(source) > rank(known.source)) known.source = source;
        // After an hour without a network all are to be left alone for an hour, by no fault of theirs.
        if (isAlone && now - known.startedAt >= NAMED_AGAIN_MS) known.retryAt = Math.min(known.retryAt, now);
        this.#dueAt = Math.min(this.#dueAt, known.retryAt);
        continue;
      }
      const isDiallable = address.port > 0 && address.port < 65536;
      if (!isDiallable || this.#self.has(key) || this.isBanned(address)) continue;
      if (source !== "user" && !this.#isAllowed(address.ip)) continue;
      if (pexPlaces <= 0) break;
      if (this.#known.size >= this.#maxKnown) {
        yielding ??= this.#yielding(source);
        if (!this.#forgetWorst(yielding, source)) continue;
      }
      pexPlaces--;
      const { ip, port } = address;
      this.#known.set(key, {
        address: { ip, port },
        source,
        state: "idle",
        failures: 0,
        retryAt: now,
        startedAt: now,
        partedAt: -Infinity,
      });
      this.#dueAt = Math.min(this.#dueAt, now);
      added++;
    }
    return added;
  }

  /** Forgets every address but those that the user named, and these. */
  keepOnly(addresses: readonly PeerAddress[]): void {
    const kept = new Set(addresses.map(keyOf));
    for (const [key, { source }] of this.#known) {
      if (source !== "user" && !kept.has(key)) this.#known.delete(key);
    }
  }

  /** True if the address is known, and was not forgotten since. */
  knows(address: PeerAddress): boolean {
    return this.#known.has(keyOf(address));
  }

  /** Addresses worth keeping, those that failed last: `most` at most, none that we could not dial. */
  best(most: number): PeerAddress[] {
    return [...this.#known.values()].filter(({ source }) => source !== "incoming")
      .sort((a, b) => a.failures - b.failures).slice(0, most).map(({ address }) => address);
  }

  /**
   * The best address to dial, or undefined: those with the fewest failures first, those that the user named before
   * others, then by priority (BEP 40) where our own address is known, and else by chance. Counts as dialling from here on, until connected() or failed().
   */
  next(now: number): PeerAddress | undefined {
    if (now < this.#dueAt) return undefined; // every second, of every torrent that has places: not through 2,000 addresses
    let best: KnownPeer | undefined;
    let ties = 0;
    let dueAt = Infinity;
    for (const peer of this.#known.values()) {
      if (peer.state !== "idle" || peer.source === "incoming") continue;
      dueAt = Math.min(dueAt, peer.retryAt);
      if (peer.retryAt > now) continue;
      const order = best === undefined ? -1 : this.#compare(peer, best);
      if (order > 0) continue;
      ties = order < 0 ? 1 : ties + 1;
      // Each of n equals ends up chosen with a chance of 1/n.
      if (order < 0 || this.#random() * ties < 1) best = peer;
    }
    this.#dueAt = dueAt;
    if (best === undefined) return undefined;
    best.state = "dialling";
    best.startedAt = now;
    return best.address;
  }

  /** This is where others reach us, in its family of addresses. */
  reachedAt(own: PeerAddress): void {
    const isIpv6 = own.ip.includes(":");
    const known = this.#own.get(isIpv6);
    if (known?.ip === own.ip && known.port === own.port) return;
    this.#own.set(isIpv6, own);
    for (const peer of this.#known.values()) peer.priority = undefined;
  }

  /** Of a connection with `address`, as both of its ends see it (BEP 40); 0 while our own address isn't known. */
  priorityOf(address: PeerAddress): number {
    const own = this.#own.get(address.ip.includes(":"));
    return own === undefined ? 0 : peerPriority(own, address);
  }

  /** A connection stands, dialled by either side. */
  connected(address: PeerAddress): void {
    const peer = this.#known.get(keyOf(address));
    if (peer !== undefined) peer.state = "connected";
  }

  /** Dialling or the handshake failed: the back-off doubles. */
  failed(address: PeerAddress, now: number): void {
    const key = keyOf(address);
    const peer = this.#known.get(key);
    if (peer === undefined) return;
    this.#rest(peer, now);
    if (peer.failures >= MOST_FAILURES && peer.source !== "user") this.#known.delete(key);
  }

  /** A connection has ended. One that lasted clears the record; one that did not counts as a failure. */
  closed(address: PeerAddress, now: number): void {
    const key = keyOf(address);
    const peer = this.#known.get(key);
    if (peer === undefined) return;
    if (peer.source === "incoming") {
      this.#known.delete(key);
      return;
    }
    if (now - peer.startedAt >= GOOD_CONNECTION_MS) peer.failures = 0;
    this.#rest(peer, now);
  }

  /** A connection has ended only to begin again: the address may be dialled at once. Once a minute, else it has closed. */
  parted(address: PeerAddress, now: number): void {
    const peer = this.#known.get(keyOf(address));
    if (peer === undefined) return;
    if (now - peer.partedAt < PARTED_AGAIN_MS) return this.closed(address, now);
    peer.state = "idle";
    peer.retryAt = now;
    peer.partedAt = now;
    this.#dueAt = Math.min(this.#dueAt, now);
  }

  /** More is wanted than before: whoever was parted from is worth a call at once, whatever became of the last one. */
  hurry(now: number): void {
    for (const peer of this.#known.values()) {
      peer.partedAt = now; // a connection that is about to end counts as one that has ended
      if (peer.state === "idle") peer.retryAt = Math.min(peer.retryAt, now);
    }
    this.#dueAt = Math.min(this.#dueAt, now);
  }

  /** This address turned out to be ourselves: it is never offered again. */
  markSelf(address: PeerAddress): void {
    this.#known.delete(keyOf(address));
    this.#self.add(keyOf(address));
  }

  /** Never again: neither dialled nor, if the owner asks, let in. */
  ban(address: PeerAddress, peerId?: Uint8Array): void {
    const isLocal = isLoopback(address.ip);
    this.#remember(isLocal ? keyOf(address) : address.ip);
    if (isLocal && peerId !== undefined) this.#remember(toHex(peerId));
    for (const [key, known] of this.#known) if (this.isBanned(known.address)) this.#known.delete(key);
  }

  isBanned(address: PeerAddress, peerId?: Uint8Array): boolean {
    if (this.#banned.size === 0) return false;
    if (!isLoopback(address.ip)) return this.#banned.has(address.ip);
    return this.#banned.has(keyOf(address)) || (peerId !== undefined && this.#banned.has(toHex(peerId)));
  }

  #compare(a: KnownPeer, b: KnownPeer): number {
    const order = a.failures - b.failures || rank(b.source) - rank(a.source);
    if (order !== 0) return order;
    a.priority ??= this.priorityOf(a.address);
    b.priority ??= this.priorityOf(b.address);
    return b.priority - a.priority;
  }

  #remember(banned: string): void {
    if (this.#banned.size >= MOST_BANS) {
      for (const oldest of this.#banned) {
        this.#banned.delete(oldest);
        break;
      }
    }
    this.#banned.add(banned);
  }

  #rest(peer: KnownPeer, now: number): void {
    peer.state = "idle";
    const isAwaited = now - peer.partedAt < PARTED_MS;
    if (!isAwaited) peer.failures++;
    peer.retryAt = now + (isAwaited ? PARTED_RETRY_MS : backOffMs(peer.failures));
    this.#dueAt = Math.min(this.#dueAt, peer.retryAt);
  }

  /** Nobody whom we could call is here. */
  #isAlone(): boolean {
    for (const { state } of this.#known.values()) if (state === "connected") return false;
    return true;
  }

  /** How many more addresses may come from peers. */
  #pexPlaces(): number {
    let places = this.#maxKnown * PEX_PART;
    for (const { source } of this.#known.values()) if (source === "pex") places--;
    return places;
  }

  /** Who makes room for an address from `source`, the first to go last: most failures, then known for longest. */
  #yielding(source: PeerSource): KnownPeer[] {
    return [...this.#known.values()].filter((peer) => yields(peer, source)).reverse()
      .sort((a, b) => a.failures - b.failures);
  }

  /** Makes room by forgetting the worst of those who yield. False if nobody does. */
  #forgetWorst(yielding: KnownPeer[], source: PeerSource): boolean {
    for (let worst = yielding.pop(); worst !== undefined; worst = yielding.pop()) {
      // It may be believed more than it was when they were looked for.
      if (yields(worst, source)) return this.#known.delete(keyOf(worst.address));
    }
    return false;
  }
}

/** An idle address that has failed makes room for another one; of those that never did, what peers name for other sources. */
function yields(peer: KnownPeer, source: PeerSource): boolean {
  if (peer.state !== "idle" || peer.source === "user") return false;
  return peer.failures > 0 || (peer.source === "pex" && rank(source) > rank("pex"));
}

function backOffMs(failures: number): number {
  return Math.min(FIRST_BACK_OFF_MS * 2 ** (failures - 1), LONGEST_BACK_OFF_MS);
}

function rank(source: PeerSource): number {
  return RANKS.indexOf(source);
}

function keyOf({ ip, port }: PeerAddress): string {
  return `${ip} ${port}`;
}

function isLoopback(ip: string): boolean {
  return ip.startsWith("127.") || ip === "::1";
}
