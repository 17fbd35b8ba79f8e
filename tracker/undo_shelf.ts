// What was removed of late and can be put back, each for ten minutes. Bounded in number and in bytes: a .torrent may have
// megabytes. Times are given, never read.

/** For how long something can be put back. */
const KEEP_MS = 10 * 60_000;
/** Things that are kept. */
const MAX_THINGS = 200;
/** Bytes of all of them. */
const MAX_BYTES = 64 << 20;

/** Something that was removed. */
export interface RemovedThing {
  /** What it takes in memory, about. */
  bytes: number;
  /** In words, for the audit log. */
  subject: string;
  /** Puts it back. May throw what adding it may throw. */
  restore: () => void | Promise<void>;
}

/** The things that can be put back. */
export class UndoShelf {
  /** By id, the oldest first. */
  readonly #things = new Map<string, RemovedThing & { until: number; isOnItsWay: boolean }>();
  #bytes = 0;

  /** Keeps a thing. Returns its id; null for one that is too large to keep. */
  put(thing: RemovedThing, now: number): string | null {
    if (thing.bytes > MAX_BYTES) return null;
    const id = crypto.randomUUID();
    this.#things.set(id, { ...thing, until: now + KEEP_MS, isOnItsWay: false });
    this.#bytes += thing.bytes;
    while (this.#things.size > MAX_THINGS || this.#bytes > MAX_BYTES) this.#dropOldest();
    return id;
  }

  /**
   * Puts a thing back where it was; what can't be put back stays here and can be tried again. Returns what it was, in words;
   * undefined if it was removed too long ago, or is being put back.
   *
   * @throws what its restore() does.
   */
  async restore(id: string, now: number): Promise<string | undefined> {
    this.tick(now);
    const thing = this.#things.get(id);
    if (thing === undefined || thing.isOnItsWay) return undefined;
    thing.isOnItsWay = true;
    try {
      await thing.restore();
    } catch (error) {
      thing.isOnItsWay = false;
      throw error;
    }
    this.#drop(id, thing);
    return thing.subject;
  }

  /** Lets go of what is too old. */
  tick(now: number): void {
    for (const [id, thing] of this.#things) {
      if (thing.until > now) return;
      this.#drop(id, thing);
    }
  }

  #dropOldest(): void {
    for (const [id, thing] of this.#things) return this.#drop(id, thing);
  }

  #drop(id: string, { bytes }: RemovedThing): void {
    // It may have been let go of while it was put back.
    if (this.#things.delete(id)) this.#bytes -= bytes;
  }
}
