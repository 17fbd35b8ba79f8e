// How many peers a swarm has, of both families and both kinds: those that listen on ports, and those in browsers.
// https://www.bittorrent.org/beps/bep_0048.html, https://www.bittorrent.org/beps/bep_0021.html (partial seeds)

import type { ScrapeStats } from "../protocol/mod.ts";
import type { PeerTable } from "./peer_table.ts";
import { NO_SWARM, type SwarmStore } from "./swarm_store.ts";
import type { WebSwarms } from "./web_swarms.ts";

export class SwarmCounts {
  readonly #peers: PeerTable;
  readonly #swarms: SwarmStore;
  readonly #web: WebSwarms;

  constructor(peers: PeerTable, swarms: SwarmStore, web: WebSwarms) {
    this.#peers = peers;
    this.#swarms = swarms;
    this.#web = web;
  }

  /** Seeders of a swarm. */
  complete(swarm: number): number {
    if (swarm === NO_SWARM) return 0;
    const { lists } = this.#peers;
    return lists.seeders(lists.find(swarm, false)) + lists.seeders(lists.find(swarm, true)) +
      this.#web.complete(swarm);
  }

  /** Leechers of a swarm. */
  incomplete(swarm: number): number {
    if (swarm === NO_SWARM) return 0;
    const { lists } = this.#peers;
    const list4 = lists.find(swarm, false);
    const list6 = lists.find(swarm, true);
    return lists.count(list4) - lists.seeders(list4) + lists.count(list6) - lists.seeders(list6) +
      this.#web.incomplete(swarm);
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
