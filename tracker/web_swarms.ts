// The peers that announce over WebSockets: WebTorrent in browsers. They reach each other by WebRTC only, so they are
// told of each other and never of the peers that listen on a port; both are counted together. A peer is an object here,
// small beside its connection. What an announce does is web_tracker.ts's business.

/** Where a peer's messages come from and go to. */
export interface WebConnection {
  /** Address and port of the far end in compact form, 6 or 18 bytes. */
  readonly endpoint: Uint8Array;
  /** Its peers, one for each swarm at most. */
  readonly peers: Map<number, WebPeer>;
  /** What it is a guest of, by info hash: one peer for each swarm, there or here. */
  readonly guests: Map<string, WebGuest>;
  /** Sends a text, or drops it where the far end takes nothing any more. */
  send(text: string): void;
}

/** One browser in one swarm. */
export interface WebPeer {
  readonly swarm: number;
  /** 20 bytes as a binary string. */
  readonly peerId: string;
  connection: WebConnection;
  isSeeder: boolean;
  hasCompleted: boolean;
  /** Tenths of a second. */
  lastSeen: number;
  uploaded: number;
  downloaded: number;
  left: number;
  /** Its place in the list of seeders or leechers. */
  position: number;
}

/** One browser that came to a full swarm (web_guests.ts). */
export interface WebGuest {
  /** 20 bytes as binary strings. */
  readonly infoHash: string;
  readonly peerId: string;
  readonly connection: WebConnection;
  /** Milliseconds of the tracker's clock. */
  readonly announcedAt: number;
}

/** What a new peer is made of. */
export type NewWebPeer = Pick<WebPeer, "swarm" | "peerId" | "connection" | "isSeeder" | "lastSeen">;

class WebSwarm {
  readonly byId = new Map<string, WebPeer>();
  readonly seeders: WebPeer[] = [];
  readonly leechers: WebPeer[] = [];

  listOf({ isSeeder }: { isSeeder: boolean }): WebPeer[] {
    return isSeeder ? this.seeders : this.leechers;
  }
}

/** All of them. Swarms are those of the swarm store, which has one as long as there are peers in it here. */
export class WebSwarms {
  readonly #swarms = new Map<number, WebSwarm>();
  readonly #random: () => number;
  #size = 0;
  #seeders = 0;
  #walk: MapIterator<WebSwarm>;

  /** `random` gives numbers from 0 to 1, without 1. */
  constructor(random: () => number) {
    this.#random = random;
    this.#walk = this.#swarms.values();
  }

  /** Peers of all swarms. */
  get size(): number {
    return this.#size;
  }

  /** Seeders of all swarms. */
  get seeders(): number {
    return this.#seeders;
  }

  /** Seeders of a swarm. */
  complete(swarm: number): number {
    // The announces of a tracker without web peers pay this one comparison.
    return this.#size === 0 ? 0 : this.#swarms.get(swarm)?.seeders.length ?? 0;
  }

  /** Leechers of a swarm. */
  incomplete(swarm: number): number {
    return this.#size === 0 ? 0 : this.#swarms.get(swarm)?.leechers.length ?? 0;
  }

  find(swarm: number, peerId: string): WebPeer | undefined {
    return this.#swarms.get(swarm)?.byId.get(peerId);
  }

  /** The peers of a swarm. */
  *of(swarm: number): Generator<WebPeer> {
    yield* this.#swarms.get(swarm)?.byId.values() ?? [];
  }

  /** The peers of all swarms. */
  *all(): Generator<WebPeer> {
    for (const { byId } of this.#swarms.values()) yield* byId.values();
  }

  /** Adds a peer that find() didn't find. */
  add({ connection, isSeeder, lastSeen, peerId, swarm }: NewWebPeer): WebPeer {
    const peer: WebPeer = {
      ...{ swarm, peerId, connection, isSeeder, lastSeen },
      ...{ hasCompleted: false, uploaded: 0, downloaded: 0, left: 0, position: 0 },
    };
    let into = this.#swarms.get(swarm);
    if (into === undefined) this.#swarms.set(swarm, into = new WebSwarm());
    into.byId.set(peerId, peer);
    this.#enter(into, peer);
    connection.peers.set(swarm, peer);
    this.#size++;
    return peer;
  }

  remove(peer: WebPeer): void {
    const swarm = this.#swarms.get(peer.swarm) as WebSwarm;
    swarm.byId.delete(peer.peerId);
    this.#leave(swarm, peer);
    if (peer.connection.peers.get(peer.swarm) === peer) peer.connection.peers.delete(peer.swarm);
    if (swarm.byId.size === 0) this.#swarms.delete(peer.swarm);
    this.#size--;
  }

  /** The same peer on another connection. */
  reconnect(peer: WebPeer, connection: WebConnection): void {
    if (peer.connection.peers.get(peer.swarm) === peer) peer.connection.peers.delete(peer.swarm);
    peer.connection = connection;
    connection.peers.set(peer.swarm, peer);
  }

  setSeeder(peer: WebPeer, isSeeder: boolean): void {
    if (peer.isSeeder === isSeeder) return;
    const swarm = this.#swarms.get(peer.swarm) as WebSwarm;
    this.#leave(swarm, peer);
    peer.isSeeder = isSeeder;
    this.#enter(swarm, peer);
  }

  /**
   * Up to `wanted` peers of the asker's swarm, in a row from a random one on: leechers, and seeders if the asker is none.
   * Never the asker, who need not be in the swarm.
   */
  choose(asker: Pick<WebPeer, "swarm" | "isSeeder">, wanted: number): WebPeer[] {
    const { leechers, seeders } = this.#swarms.get(asker.swarm) as WebSwarm;
    const total = asker.isSeeder ? leechers.length : leechers.length + seeders.length;
    const chosen: WebPeer[] = [];
    const start = Math.floor(this.#random() * total);
    for (let i = 0; i < total && chosen.length < wanted; i++) {
      const at = (start + i) % total;
      const peer = (at < leechers.length ? leechers[at] : seeders[at - leechers.length]) as WebPeer;
      if (peer !== asker) chosen.push(peer);
    }
    return chosen;
  }

  /**
   * Looks at the peers of the next swarms, `places` peers or a little more, and returns those that were last seen before a
   * time in tenths, and all of a swarm that is unwanted.
   */
  silentSince(tenths: number, places: number, isUnwanted: (swarm: number) => boolean): WebPeer[] {
    const silent: WebPeer[] = [];
    for (let looked = 0, swarms = this.#swarms.size; looked < places && swarms > 0; swarms--) {
      let next = this.#walk.next();
      if (next.done) {
        this.#walk = this.#swarms.values();
        next = this.#walk.next();
        if (next.done) break;
      }
      const [first] = next.value.byId.values();
      const allGo = first !== undefined && isUnwanted(first.swarm);
      for (const peer of next.value.byId.values()) if (allGo || peer.lastSeen < tenths) silent.push(peer);
      looked += next.value.byId.size;
    }
    return silent;
  }

  #enter(swarm: WebSwarm, peer: WebPeer): void {
    peer.position = swarm.listOf(peer).push(peer) - 1;
    if (peer.isSeeder) this.#seeders++;
  }

  /** The last of the list takes its place. */
  #leave(swarm: WebSwarm, peer: WebPeer): void {
    const list = swarm.listOf(peer);
    const last = list.pop() as WebPeer;
    if (last !== peer) {
      list[peer.position] = last;
      last.position = peer.position;
    }
    if (peer.isSeeder) this.#seeders--;
  }
}
