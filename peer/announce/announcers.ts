// All tiers of a torrent's trackers at once: an Announcer for each, as if it were alone. BEP 12 asks the next tier only
// when one has failed as a whole; but what stands in torrents and magnet links is trackers that don't know each other's
// peers, a tier each, and who asks one only misses most of a swarm (Transmission and qBittorrent ask all, too).
// https://www.bittorrent.org/beps/bep_0012.html. In a private torrent the BEP's order holds (BEP 27).

import { Announcer, type AnnouncerOptions } from "./announcer.ts";

export interface AnnouncersOptions extends AnnouncerOptions {
  /** One tier after the other, as BEP 12 has it. */
  isOneByOne?: boolean;
}

/** Keeps one torrent announced, as an Announcer does. */
export class Announcers {
  readonly #tiers: readonly Announcer[];

  constructor({ isOneByOne = false, ...options }: AnnouncersOptions) {
    const { random = Math.random, tiers } = options;
    // The same to all: a tracker that has several addresses here knows us as one peer.
    const key = Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
    const seen = new Set<string>();
    const distinct = tiers.map((tier) => tier.filter((url) => !seen.has(url) && seen.add(url)));
    const groups = isOneByOne
      ? [distinct]
      : distinct.filter(({ length }) => length > 0).map((tier) => [tier]);
    this.#tiers = groups.map((tiers) => new Announcer({ ...options, key, tiers }));
  }

  /** @see Announcer.handOver */
  handOver(to: Parameters<Announcer["handOver"]>[0]): void {
    for (const tier of this.#tiers) tier.handOver(to);
  }

  /** Begins with the first announces, at once. */
  start(): void {
    for (const tier of this.#tiers) tier.start();
  }

  /** Once a second, by the owner. */
  tick(now: number): void {
    for (const tier of this.#tiers) tier.tick(now);
  }

  /** Before this `tick()` has nothing to do. Infinity for never. */
  get dueAt(): number {
    let first = Infinity;
    for (const { dueAt } of this.#tiers) first = Math.min(first, dueAt);
    return first;
  }

  /** The download is complete. */
  completed(): void {
    for (const tier of this.#tiers) tier.completed();
  }

  /** Announces before the intervals are over, where that is allowed. */
  needPeers(): void {
    for (const tier of this.#tiers) tier.needPeers();
  }

  /** There are peers: the next need is a new one. */
  hasPeers(): void {
    for (const tier of this.#tiers) tier.hasPeers();
  }

  /** Announces `stopped` to the trackers that know us, and gives up after `timeoutMs`. Never rejects. */
  async stop(timeoutMs: number): Promise<void> {
    await Promise.all(this.#tiers.map((tier) => tier.stop(timeoutMs)));
  }
}
