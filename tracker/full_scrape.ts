// All swarms in one scrape (BEP 48: a scrape without an info hash), where the operator wants that. It is the largest answer
// that a tracker has, so the info hashes are put in the order of bencode a slice at a time, once for all who ask within a
// minute, and the answer is written as it is taken. https://www.bittorrent.org/beps/bep_0048.html

import { encodeScrapeResponse, type ScrapeStats, toBinary, TrackerRequestError } from "../protocol/mod.ts";
import { Slices, type Slicing, sortSliced } from "./sliced_order.ts";
import { NO_SWARM } from "./swarm_store.ts";
import type { Tracker } from "./tracker.ts";

/** An order is used for so long: swarms that came since are not in it. */
const FRESH_MS = 60_000;
/** Swarms in one part of an answer: 70 kB, written in a millisecond. */
const PER_PART = 1000;
/** Answers under way at most: each holds the order that it began with, some 60 bytes a swarm, while its reader is slow. */
const MAX_ANSWERS = 8;

// Around the entries, as encodeScrapeResponse() writes them.
const HEAD = new TextEncoder().encode("d5:filesd");
const TAIL = new TextEncoder().encode("ee");

/** Answers scrapes of everything. */
export class FullScrape {
  readonly #tracker: Tracker;
  readonly #slicing: Slicing;
  #order: Promise<readonly string[]> | undefined;
  #madeAt = -Infinity;
  #answers = 0;

  constructor(tracker: Tracker, slicing: Slicing) {
    this.#tracker = tracker;
    this.#slicing = slicing;
  }

  /**
   * The answer, in parts that are made when they are asked for. It must be read or cancelled.
   *
   * @throws {TrackerRequestError} if too many are under way.
   */
  answer(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#answers === MAX_ANSWERS) {
      throw new TrackerRequestError("Too many full scrapes: try again later");
    }
    const parts = this.#parts();
    let isOver = false;
    const end = () => {
      if (!isOver) this.#answers--;
      isOver = true;
    };
    this.#answers++;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        try {
          const { done, value } = await parts.next();
          if (!done) return controller.enqueue(value);
          controller.close();
          end();
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel: end, // whoever asked has gone
    }, { highWaterMark: 0 });
  }

  async *#parts(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    yield HEAD;
    const infoHashes = await this.#infoHashes();
    for (let from = 0; from < infoHashes.length; from += PER_PART) {
      const entries = this.#entries(infoHashes.slice(from, from + PER_PART));
      if (entries.length > 0) yield entries;
    }
    yield TAIL;
  }

  #entries(infoHashes: readonly string[]): Uint8Array<ArrayBuffer> {
    const files = new Map<string, ScrapeStats>();
    for (const infoHash of infoHashes) {
      if (this.#tracker.swarms.find(infoHash) === NO_SWARM) continue; // it has gone
      files.set(infoHash, this.#tracker.statsOf(infoHash));
    }
    return encodeScrapeResponse(files).slice(HEAD.length, -TAIL.length) as Uint8Array<ArrayBuffer>;
  }

  /** All info hashes in order, those of a minute ago at the worst. */
  #infoHashes(): Promise<readonly string[]> {
    const now = this.#slicing.now();
    if (this.#order === undefined || now - this.#madeAt >= FRESH_MS) {
      this.#madeAt = now;
      this.#order = this.#collect();
    }
    return this.#order;
  }

  async #collect(): Promise<readonly string[]> {
    const { swarms } = this.#tracker;
    const slices = new Slices(this.#slicing);
    const found: string[] = [];
    for (let place = 0; place < swarms.places; place++) {
      const swarm = swarms.at(place);
      if (swarm !== NO_SWARM) found.push(toBinary(swarms.infoHash(swarm)));
      if (slices.isOver) await slices.pause();
    }
    const sorted = await sortSliced(found, (a, b) => a < b ? -1 : a > b ? 1 : 0, slices);
    // A swarm that went and came back meanwhile is in it twice, and a dictionary has each key once.
    return sorted.filter((infoHash, i) => infoHash !== sorted[i - 1]);
  }
}
