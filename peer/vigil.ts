// Whether files that are given to others are still what they were when they were verified: somebody may have changed them
// since, and who gives wrong data is banned by all of his peers.

import type { Bitfield } from "../protocol/mod.ts";
import type { Disk } from "./storage/disk.ts";

/** Between two looks. One of 10,000 files costs a disk thread a tenth of a second. */
const LOOK_MS = 60_000;

export interface VigilOptions {
  disk: Pick<Disk, "isInParts" | "prove">;
  engine: {
    /** Pieces that are verified. */
    readonly have: Bitfield;
    /** Bytes of blocks sent. */
    readonly uploaded: number;
  };
  /** Something isn't what it was. */
  onFailure(error: unknown): void;
}

/** Looks at one torrent's files now and again, as long as they are given to others. */
export class Vigil {
  readonly #options: VigilOptions;
  #dueAt: number | undefined;
  /** What had been given at the last look. */
  #given = 0;
  #isLooking = false;
  /** The last look for a read that has failed. */
  #healing = Promise.resolve();

  constructor(options: VigilOptions) {
    this.#options = options;
  }

  tick(now: number): void {
    this.#dueAt ??= now + LOOK_MS;
    const { disk, engine: { have, uploaded }, onFailure } = this.#options;
    if (now < this.#dueAt || uploaded === this.#given || this.#isLooking) return;
    this.#dueAt = now + LOOK_MS;
    this.#given = uploaded;
    this.#isLooking = true;
    disk.prove(have).catch(onFailure).finally(() => this.#isLooking = false);
  }

  /**
   * A read of a piece has failed. If that is the part file's fault, what it lacks can come again; the disk tells who has to
   * know. One look is for all that fail together: it reads all that the part file has.
   */
  async onReadError(error: Error, index: number): Promise<void> {
    const { disk, engine: { have }, onFailure } = this.#options;
    if (!disk.isInParts(error)) return onFailure(error);
    this.#healing = this.#healing.then(async () => {
      if (!have.has(index)) return;
      const lost = await disk.prove(have);
      // It may be here again by now.
      if (!lost.includes(index) && have.has(index)) throw error;
    }).catch(onFailure);
    await this.#healing;
  }
}
