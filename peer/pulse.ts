// When one torrent's parts are given the time: once a second while anything is going on. After some time without a peer
// it gives memory back and sleeps until an announce or a dial is due, or something wakes it.

import type { Beating } from "./heartbeat.ts";

/** Peers come and go: what is given back has to be made again for the next one. */
const QUIET_MS = 10_000;

/** What a pulse asks of its torrent. */
export interface Pulsing {
  tick(now: number): void;
  /** True if somebody wants to hear of every second. */
  isWatched(): boolean;
  /** True if nobody is connected or dialled and nothing is under way. */
  isIdle(): boolean;
  /** When it will have something to do by itself, ms; Infinity for never. */
  dueAt(): number;
  /** Gives back what only peers need. */
  trim(): void;
}

export class Pulse implements Beating {
  dueAt = -Infinity;
  readonly #torrent: Pulsing;
  /** When it was last not idle, ms. */
  #busyAt: number;

  constructor(torrent: Pulsing, now: number) {
    this.#torrent = torrent;
    this.#busyAt = now;
  }

  tick(now: number): void {
    this.#torrent.tick(now);
    if (!this.#torrent.isIdle()) this.#busyAt = now;
    if (now - this.#busyAt < QUIET_MS) return;
    this.#torrent.trim();
    this.dueAt = this.#torrent.isWatched() ? -Infinity : this.#torrent.dueAt();
  }

  /** Something has happened that the torrent must look at. */
  wake(): void {
    this.dueAt = -Infinity;
  }
}
