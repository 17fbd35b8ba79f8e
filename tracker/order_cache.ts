// Tables in order, kept for all who ask for the same. To put a hundred thousand rows in order takes tens of milliseconds: it
// is done in slices, and only so often that all orders together take a twentieth of the processor at most. Whoever asks
// meanwhile gets the last one.

import { Slices, type Slicing, sortSliced } from "./sliced_order.ts";

/** Orders that are kept, each for one table, way to sort, filter and search: a million rows take some 60 MB. */
const MAX_ORDERS = 16;
/** An order is as good as new for so long, and for so many times as long as it took to make. */
const FRESH_MS = 1000;
const COST_FACTOR = 20;
/** One that nobody asked for in so long goes. */
const FORGET_MS = 60_000;

/** A row while it is put in its place. */
export interface OrderEntry {
  /** Names the row: a binary string. */
  id: string;
  /** What it is sorted by; null comes last, whatever the direction. */
  key: number | string | null;
}

/** Gives the rows of a table; it rests between them. */
export type Collect = (slices: Slices) => Promise<OrderEntry[]>;

interface Order {
  ids: readonly string[];
  madeAt: number;
  costMs: number;
  askedAt: number;
}

/** The orders that are kept. */
export class OrderCache {
  readonly #slicing: Slicing;
  readonly #orders = new Map<string, Order>();
  readonly #pending = new Map<string, Promise<Order>>();
  /** Before this, nothing is put in order that is known at all. */
  #idleUntil = -Infinity;

  constructor(slicing: Slicing) {
    this.#slicing = slicing;
  }

  /** The ids of a table's rows in order. `key` says which table and everything that the order depends on. */
  async get(key: string, direction: "asc" | "desc", collect: Collect): Promise<readonly string[]> {
    const now = this.#slicing.now();
    const known = this.#orders.get(key);
    if (known !== undefined) {
      known.askedAt = now;
      const isFresh = now - known.madeAt < FRESH_MS + COST_FACTOR * known.costMs;
      if (isFresh || now < this.#idleUntil) return known.ids;
    }
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#make(key, direction, collect).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return (await pending).ids;
  }

  /** Lets go of what nobody asks for. Call it once a second. */
  tick(now: number): void {
    for (const [key, { askedAt }] of this.#orders) {
      if (now - askedAt > FORGET_MS) this.#orders.delete(key);
    }
  }

  /** Something was changed by hand: whoever asks now wants to see it. */
  clear(): void {
    this.#orders.clear();
    this.#idleUntil = -Infinity;
  }

  async #make(key: string, direction: "asc" | "desc", collect: Collect): Promise<Order> {
    const slices = new Slices(this.#slicing);
    const entries = await collect(slices);
    const sign = direction === "asc" ? 1 : -1;
    const sorted = await sortSliced(entries, (a, b) => compare(a, b, sign), slices);
    const now = this.#slicing.now();
    const costMs = slices.spentMs;
    this.#idleUntil = now + COST_FACTOR * costMs;
    const order = { ids: sorted.map(({ id }) => id), madeAt: now, costMs, askedAt: now };
    this.#orders.set(key, order);
    if (this.#orders.size > MAX_ORDERS) this.#forgetOldest();
    return order;
  }

  #forgetOldest(): void {
    let oldest: string | undefined;
    let askedAt = Infinity;
    for (const [key, order] of this.#orders) {
      if (order.askedAt >= askedAt) continue;
      oldest = key;
      askedAt = order.askedAt;
    }
    if (oldest !== undefined) this.#orders.delete(oldest);
  }
}

function compare(a: OrderEntry, b: OrderEntry, sign: number): number {
  if (a.key === b.key) return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  if (a.key === null || b.key === null) return a.key === null ? 1 : -1;
  return (a.key < b.key ? -1 : 1) * sign;
}
