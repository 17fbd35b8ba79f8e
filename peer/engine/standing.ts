// What the choker remembers of one peer from round to round.

/** One peer's record with the choker. Times in ms, counters in bytes. */
export class Standing {
  readonly connectedAt: number;
  /** When it was last unchoked. */
  unchokedAt = -Infinity;
  /** When it was last choked; a peer that has waited longest comes first where all else is equal. */
  chokedAt = -Infinity;
  /** Bytes that came from it, and went to it, in the last round and the one before, by halves. */
  given = 0;
  taken = 0;
  #downloaded = 0;
  #uploaded = 0;

  constructor(now: number) {
    this.connectedAt = now;
    this.chokedAt = now;
  }

  /** A round of the choker ends. Older rounds count for half, so that one pause does not cost a slot. */
  endRound(downloaded: number, uploaded: number): void {
    this.given = this.given / 2 + (downloaded - this.#downloaded);
    this.taken = this.taken / 2 + (uploaded - this.#uploaded);
    this.#downloaded = downloaded;
    this.#uploaded = uploaded;
  }
}
