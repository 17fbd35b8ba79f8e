// The trackers of one torrent in the order in which they are asked. https://www.bittorrent.org/beps/bep_0012.html
// Remembers what each of them knows of us; when to ask is the announcer's.

import { udpRetryMs } from "./udp_retry.ts";

/** One tracker, and what it and we have said to each other. */
export class Tracker {
  readonly url: string;
  /** It has answered an announce: it lists us. */
  knowsUs = false;
  /** Bytes left to download, as we said in the last announce it answered. */
  toldLeft = 0;
  /** What it wants to be told again in each announce. */
  trackerId: string | undefined;
  /** It asked not to be asked before (BEP 31): a time, or Infinity for never. */
  notBefore = -Infinity;

  /** Announces in a row that a UDP tracker didn't answer. */
  #silences = 0;

  constructor(url: string) {
    this.url = url;
  }

  get isUdp(): boolean {
    return /^udp:/i.test(this.url);
  }

  /** It has answered, if only with a refusal. */
  onAnswer(): void {
    this.#silences = 0;
  }

  /** It didn't answer an announce that was made at `askedAt`. BEP 15 says when a UDP tracker may be asked again. */
  onSilence(askedAt: number): void {
    if (this.isUdp) this.notBefore = askedAt + udpRetryMs(this.#silences++);
  }
}

/** Tiers of trackers: one is asked after the other, the next tier only when a whole tier has failed. */
export class Tiers {
  readonly #tiers: Tracker[][];

  /** Shuffles inside each tier; a tracker named twice counts where it comes first. `random` is in [0, 1). */
  constructor(tiers: readonly (readonly string[])[], random: () => number) {
    const seen = new Set<string>();
    this.#tiers = tiers.map((tier) => {
      const fresh = tier.filter((url) => !seen.has(url) && seen.add(url));
      return shuffle(fresh, random).map((url) => new Tracker(url));
    });
  }

  /** All trackers, first to be asked first. */
  get all(): Tracker[] {
    return this.#tiers.flat();
  }

  /** The trackers of `others`, too, after these. They are shared: what one side hears of them both know. */
  append(others: Tiers): void {
    this.#tiers.push(...others.#tiers);
  }

  /** Puts a tracker that answered in front of its tier. */
  promote(tracker: Tracker): void {
    const tier = this.#tiers.find((tier) => tier.includes(tracker));
    if (tier === undefined) return;
    tier.splice(tier.indexOf(tracker), 1);
    tier.unshift(tracker);
  }
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled: T[] = [];
  for (const item of items) {
    shuffled.splice(Math.floor(random() * (shuffled.length + 1)), 0, item);
  }
  return shuffled;
}
