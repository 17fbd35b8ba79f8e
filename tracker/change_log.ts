// Which keys changed since a revision. Bounded: it forgets the oldest changes, and says so.

/** The last changes, each key once. */
export class ChangeLog {
  readonly #limit: number;
  /** Key to revision of its last change, oldest first. */
  readonly #changes = new Map<string, number>();
  /** Changes up to this revision may be missing. */
  #forgotten: number;

  /** Knows what happens after `revision`, and the last `limit` keys of that. */
  constructor(revision: number, limit: number) {
    this.#forgotten = revision;
    this.#limit = limit;
  }

  /** Revisions never go down from call to call. */
  note(key: string, revision: number): void {
    this.#changes.delete(key);
    this.#changes.set(key, revision);
    if (this.#changes.size <= this.#limit) return;
    for (const [oldest, changedAt] of this.#changes) {
      this.#changes.delete(oldest);
      this.#forgotten = changedAt;
      return;
    }
  }

  /** The keys that changed after a revision, or undefined when that is too long ago to tell. */
  since(revision: number): string[] | undefined {
    if (revision < this.#forgotten) return undefined;
    const keys: string[] = [];
    for (const [key, changedAt] of this.#changes) {
      if (changedAt > revision) keys.push(key);
    }
    return keys;
  }
}
