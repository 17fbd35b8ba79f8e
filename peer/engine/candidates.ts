// A few open pieces of one peer, for peers that have none of the rarest: found by going round the peer's bitfield,
// where a scan pays for many picks, and none is repeated before something changed.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { Availability } from "./availability.ts";

const MOST_CANDIDATES = 32;

/** Pieces that this peer could be asked for. May hold some that are shut by now. */
export class Candidates {
  #list: Int32Array | undefined = undefined;
  #length = 0;
  /** The byte of the bitfield where the next scan begins. */
  #cursor = 0;
  /** What `availability.opened` was when a scan went all the way round: then the list holds all there is. */
  #fullRoundAt = -1;

  /** The peer has sent its bitfield. Scans begin anywhere, so that ties fall differently for every peer. */
  restart(pieces: Bitfield, chance: number): void {
    this.#length = 0;
    this.#cursor = Math.floor(chance * pieces.bytes.length);
    this.#fullRoundAt = -1;
  }

  /** The peer has one more piece. */
  add(index: number): void {
    if (this.#list !== undefined && this.#length < MOST_CANDIDATES) this.#list[this.#length++] = index;
    else this.#fullRoundAt = -1;
  }

  /** The most wanted and rarest of the candidates, one of equals by chance, or -1: the peer, which has `pieces`, has no open one. */
  pick(availability: Availability, pieces: Bitfield, chance: number): number {
    const best = this.#best(availability, chance);
    if (best >= 0 || this.#fullRoundAt === availability.opened) return best;
    if (!this.#addRecent(availability, pieces)) this.#scan(availability, pieces);
    return this.#best(availability, chance);
  }

  #best(availability: Availability, chance: number): number {
    const list = this.#list;
    if (list === undefined) return -1;
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      const index = list[i] as number;
      if (availability.isOpen(index)) list[kept++] = index;
    }
    this.#length = kept;
    let best = -1;
    let least = Infinity;
    let at = Math.floor(chance * kept);
    for (let i = 0; i < kept; i++) {
      const index = list[at] as number;
      const rank = availability.rank(index);
      if (rank < least) {
        best = index;
        least = rank;
      }
      if (++at === kept) at = 0;
    }
    return best;
  }

  /** Where all there was is known, only what has opened since need be looked at. False if that is not known. */
  #addRecent(availability: Availability, pieces: Bitfield): boolean {
    const recent = this.#fullRoundAt < 0 ? undefined : availability.openedSince(this.#fullRoundAt);
    if (recent === undefined) return false;
    this.#fullRoundAt = availability.opened;
    for (const index of recent) if (pieces.has(index)) this.add(index);
    return true;
  }

  /** Fills the list from the cursor on, at most once round. */
  #scan(availability: Availability, { bytes }: Bitfield): void {
    const list = this.#list ??= new Int32Array(MOST_CANDIDATES);
    const open = availability.openBits;
    this.#length = 0;
    for (let steps = 0; steps < bytes.length; steps++) {
      let bits = (bytes[this.#cursor] as number) & (open[this.#cursor] as number);
      while (bits !== 0) {
        if (this.#length === MOST_CANDIDATES) return;
        const bit = Math.clz32(bits) - 24;
        bits &= ~(0x80 >>> bit);
        list[this.#length++] = this.#cursor * 8 + bit;
      }
      if (++this.#cursor === bytes.length) this.#cursor = 0;
    }
    this.#fullRoundAt = availability.opened;
  }
}
