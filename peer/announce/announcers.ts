// All tiers of a torrent's trackers at once: an Announcer for each, as if it were alone. BEP 12 asks the next tier only
// when one has failed as a whole; but what stands in torrents and magnet links is trackers that don't know each other's
// peers, a tier each, and who asks one only misses most of a swarm (Transmission and qBittorrent ask all, too).
// https://www.bittorrent.org/beps/bep_0012.html. In a private torrent the BEP's order holds (BEP 27).

import { Announcer, type AnnouncerOptions } from "./announcer.ts";

/** Of one torrent: whoever made it may name thousands, and each would be asked again and again. */
const MOST_TRACKERS = 100;

export interface AnnouncersOptions extends AnnouncerOptions {
  /** One tier after the other, as BEP 12 has it. */
  isOneByOne?: boolean;
}

/** Keeps one torrent announced, as an Announcer does. */
export class Announcers {
  #tiers: readonly Announcer[];
  /** Last words to trackers that are not asked any more. */
  #partings: Promise<unknown> = Promise.resolve();

  constructor({ isOneByOne = false, ...options }: AnnouncersOptions) {
    const { random = Math.random, tiers } = options;
    // The same to all: a tracker that has several addresses here knows us as one peer.
    const key = Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
    const seen = new Set<string>();
    const isNew = (url: string) => seen.size < MOST_TRACKERS && !seen.has(url) && seen.add(url);
    const distinct = tiers.map((tier) => tier.filter(isNew));
    const groups = isOneByOne
      ? [distinct]
      : distinct.filter(({ length }) => length > 0).map((tier) => [tier]);
    this.#tiers = groups.map((tiers) => new Announcer({ ...options, key, tiers }));
  }

  /** @see Announcer.handOver */
  handOver(to: Parameters<Announcer["handOver"]>[0]): void {
    for (const tier of this.#tiers) tier.handOver(to);
  }

  /**
   * One tracker at a time from here on, as private torrents have it (BEP 27): the first tier's that has answered goes on,
   * the others hear `stopped` and are asked only when that one fails.
   *
   * @param timeoutMs How long they may take to hear it.
   * @returns The tracker that goes on, if it has answered already.
   */
  useOneByOne(timeoutMs: number): string | undefined {
    const kept = this.#tiers.find(({ current }) => current !== undefined) ?? this.#tiers[0];
    if (kept === undefined) return undefined;
    const others = this.#tiers.filter((tier) => tier !== kept);
    this.#tiers = [kept];
    this.#partings = Promise.all(others.map(async (other) => {
      await other.stop(timeoutMs);
      kept.follow(other);
    }));
    return kept.current;
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
    await Promise.all([this.#partings, ...this.#tiers.map((tier) => tier.stop(timeoutMs))]);
  }
}
