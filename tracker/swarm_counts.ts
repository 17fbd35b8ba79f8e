// How many peers a swarm has, of both families and both kinds: those that listen on ports, and those in browsers.
// https://www.bittorrent.org/beps/bep_0048.html, https://www.bittorrent.org/beps/bep_0021.html (partial seeds)

import type { ScrapeStats } from "../protocol/mod.ts";
import type { PeerTable } from "./peer_table.ts";
import { NO_SWARM, type SwarmStore } from "./swarm_store.ts";
import type { WebSwarms } from "./web_swarms.ts";

/** Counts of peers that are kept elsewhere, in a store that trackers share. */
export interface CountsElsewhere {
  /** All swarms, peers and seeders there, as of a second ago. */
  readonly swarms: number;
  readonly size: number;
  readonly seeders: number;
  /** Peers in browsers that other trackers have: nobody is told of them here, but they take places. */
  readonly browsers: number;
  complete(swarm: number): number;
  incomplete(swarm: number): number;
  /** Completed downloads of all trackers. */
  completed(swarm: number): number;
  /** A peer in a browser has completed: it is counted for all trackers. */
  countCompleted(swarm: number): void;
  /** The swarm's number may be another's from now on. */
  forget(swarm: number): void;
}

export class SwarmCounts {
  /** Undefined where all is in memory here. */
  elsewhere: CountsElsewhere | undefined;
  readonly #peers: PeerTable;
  readonly #swarms: SwarmStore;
  readonly #web: WebSwarms;

  constructor(peers: PeerTable, swarms: SwarmStore, web: WebSwarms) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#web = web;
  }

  /** Peers of all kinds and all swarms. */
  get size(): number {
    return this.#peers.size + this.#web.size + (this.elsewhere?.size ?? 0);
  }

  /** Places that are taken: by all these, and by browsers of trackers that share the store. */
  get taken(): number {
    return this.size + (this.elsewhere?.browsers ?? 0);
  }

  /** Seeders of a swarm. */
  complete(swarm: number): number {
    if (swarm === NO_SWARM) return 0;
    return this.#peers.lists.seedersOf(swarm) + this.#web.complete(swarm) +
      (this.elsewhere === undefined ? 0 : this.elsewhere.complete(swarm));
  }

  /** Leechers of a swarm. */
  incomplete(swarm: number): number {
    if (swarm === NO_SWARM) return 0;
    const { lists } = this.#peers;
    return lists.countOf(swarm) - lists.seedersOf(swarm) + this.#web.incomplete(swarm) +
      (this.elsewhere === undefined ? 0 : this.elsewhere.incomplete(swarm));
  }

  /** Peers of a swarm that listen on ports of IPv4 addresses, of those that are kept here. */
  onIp4(swarm: number): number {
    const { lists } = this.#peers;
    return lists.count(lists.find(swarm, false));
  }

  /** The same of IPv6 addresses. */
  onIp6(swarm: number): number {
    const { lists } = this.#peers;
    return lists.count(lists.find(swarm, true));
  }

  /** Peers of a swarm that are in browsers, and connected here. */
  inBrowsers(swarm: number): number {
    return this.#web.complete(swarm) + this.#web.incomplete(swarm);
  }

  /** Downloads completed in a swarm. */
  completed(swarm: number): number {
    return this.elsewhere === undefined ? this.#swarms.completed(swarm) : this.elsewhere.completed(swarm);
  }

  /** What a scrape is told of a swarm. Partial seeds are leechers that aren't downloading. */
  scrape(swarm: number): ScrapeStats {
    if (swarm === NO_SWARM) return { complete: 0, downloaded: 0, incomplete: 0 };
    const { lists } = this.#peers;
    const incomplete = this.incomplete(swarm);
    const partial = this.#peers.partial(lists.find(swarm, false)) +
      this.#peers.partial(lists.find(swarm, true));
    return {
      complete: this.complete(swarm),
      downloaded: this.#swarms.completed(swarm),
      incomplete,
      ...(partial > 0 && { downloaders: incomplete - partial }),
    };
  }
}
