// Peers that come and go, for the load bench: who announces next, and what. The same for the same seed.

import { SeededRandom } from "../../support/random.ts";

/** What one peer says. */
export interface Announcement {
  /** The torrent's number. */
  swarm: number;
  /** The peer's number: no two peers that there ever were have the same. */
  peer: number;
  left: number;
  event: "none" | "completed" | "started" | "stopped";
}

/** A peer announces so often, on the average, before it leaves. */
const ANNOUNCES_EACH = 10;
/** Of those who leave so many say so; the others fall silent. */
const SAY_SO = 2 / 3;
/** Of all torrents, those that are given up and followed by new ones. Nothing is ever completed in them. */
const SHORT_LIVED = 0.1;
/** A short-lived torrent's peers follow it to its successor after so many turns round all peers. */
const TURNS_EACH = 20;

interface Slot {
  peer: number;
  left: number;
  isNew: boolean;
}

/** So many peers at a time, taking turns. */
export class Population {
  readonly #slots: Slot[];
  readonly #swarms: number;
  readonly #random: SeededRandom;
  #next = 0;
  #turn = 0;
  // Not 0: that is no key over UDP.
  #born = 1;

  constructor({ peers, seed, swarms }: { peers: number; swarms: number; seed: number }) {
    this.#swarms = swarms;
    this.#random = new SeededRandom(seed);
    this.#slots = Array.from({ length: peers }, () => this.#bear());
  }

  /** The next announce. */
  next(): Announcement {
    const index = this.#next;
    const slot = this.#slots[index] as Slot;
    this.#next = (index + 1) % this.#slots.length;
    const swarm = this.#swarmOf(index);
    if (this.#next === 0) this.#turn++;
    const { left, peer } = slot;
    if (slot.isNew) {
      slot.isNew = false;
      return { swarm, peer, left, event: "started" };
    }
    if (this.#random.next() < 1 / ANNOUNCES_EACH) {
      this.#slots[index] = this.#bear();
      if (this.#random.next() < SAY_SO) return { swarm, peer, left, event: "stopped" };
      return this.#begin(index, swarm);
    }
    if (left > 0 && swarm < this.#swarms && this.#random.next() < 1 / ANNOUNCES_EACH) {
      slot.left = 0;
      return { swarm, peer, left: 0, event: "completed" };
    }
    return { swarm, peer, left, event: "none" };
  }

  /** The former peer fell silent: its successor announces in its place. */
  #begin(index: number, swarm: number): Announcement {
    const { left, peer } = this.#slots[index] = { ...this.#slots[index] as Slot, isNew: false };
    return { swarm, peer, left, event: "started" };
  }

  #bear(): Slot {
    return { peer: this.#born++, left: this.#random.next() < 0.2 ? 0 : 1000, isNew: true };
  }

  /** Small numbers have many peers, most have a few. Those from `swarms` on are the short-lived ones. */
  #swarmOf(index: number): number {
    const share = (index * 0.618034) % 1;
    const swarm = Math.floor(this.#swarms * share * share);
    const isShortLived = index % (1 / SHORT_LIVED) === 0;
    return isShortLived ? this.#swarms * (2 + Math.floor(this.#turn / TURNS_EACH)) + swarm : swarm;
  }
}
