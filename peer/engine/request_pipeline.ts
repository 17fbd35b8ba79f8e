// The blocks asked of one peer and not yet here, and how many there should be: a peer whose pipeline runs empty idles
// for a round trip, one whose pipeline is too long sits on blocks that others could bring sooner.
// https://www.bittorrent.org/beps/bep_0003.html (pipelining). Which blocks, the picker decides.

import { BLOCK_LENGTH, BLOCKS_IN_LONG, LONG_BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import { RequestQueue } from "./request_queue.ts";

/** Depth before anything is known of the peer: 1 MiB, several full reads. */
const START_DEPTH = 64;
/** Depth as soon as those have come fast: 4 MiB, so that who sends long blocks has others to read ahead. */
const FAST_DEPTH = 256;
/** Depth on top of what the rate asks for, so that a slow peer can show that it has become faster. */
const SPARE_DEPTH = 4;
/** A pipeline holds what the peer sends in this time. */
const TARGET_MS = 1000;
/** How long the depth stays at its start before the rate alone decides. */
const GRACE_MS = 2000;
/** Length of one measurement. */
const PERIOD_MS = 500;
/** A burst may end one early, if it had so many blocks; it counts as no shorter than this. */
const SHORTEST_BURST = 8;
const SHORTEST_PERIOD_MS = 100;
/** Blocks per second, 8 MiB of them, from which on long ones are asked for: each takes 60 ms then. */
const LONG_RATE = 512;
/** Requests that were given up and are still remembered, since their blocks may be under way. */
const LATE_LIMIT = 1024;

/** What a block that arrives means for the pipeline. */
export type Arrival = "asked" | "late" | "unknown";

/** One peer's open requests. */
export class RequestPipeline {
  /** Blocks asked for and not yet here, oldest first. Each with the length of the request that it was in. */
  readonly asked: RequestQueue;
  /** Given up (choked, timed out, cancelled): such a block may still come, and may still be welcome. */
  readonly #late = new RequestQueue(LATE_LIMIT);
  /** Ours, and what the peer makes of it. */
  readonly #most: number;
  #cap: number;
  #depth: number;
  /** Blocks per second. */
  #rate = 0;
  #received = 0;
  #periodStart = 0;
  #graceEnd = 0;
  #wasStarved = false;
  /** When a block last came that was asked for, or waiting for one began. */
  #progressAt = 0;
  /** No block for a minute though some were asked for: one request at a time from now on. */
  isSnubbed = false;
  /** It answers requests for long blocks. */
  takesLong = false;
  /** The first MiB came fast enough for long blocks: what is known of it before the first measurement. */
  #beganFast = false;

  /** @param cap most blocks asked for at a time. */
  constructor(cap: number) {
    this.asked = new RequestQueue(cap);
    this.#most = cap;
    this.#cap = cap;
    this.#depth = Math.min(START_DEPTH, cap);
  }

  /** How many blocks should be asked for at a time. */
  get depth(): number {
    return this.isSnubbed ? 1 : this.#depth;
  }

  /** Long blocks should be asked for. */
  get asksLong(): boolean {
    const isFast = this.#rate === 0 ? this.#beganFast : this.#rate >= LONG_RATE;
    return isFast && this.takesLong && this.depth >= 2 * BLOCKS_IN_LONG;
  }

  /** How many more blocks should be asked for now. Where long ones are, not a few at a time, of which none could be made. */
  get room(): number {
    const room = Math.max(0, this.depth - this.asked.length);
    return room < BLOCKS_IN_LONG && this.asked.length > 0 && this.asksLong ? 0 : room;
  }

  /** The peer holds no more than so many requests (BEP 10, `reqq`). What is asked for already stays. */
  limit(cap: number): void {
    this.#cap = Math.max(1, Math.min(cap, this.#most));
    this.#depth = Math.min(Math.max(this.#depth, Math.min(START_DEPTH, this.#cap)), this.#cap);
  }

  /** Blocks per second of late; 0 while nothing is known. */
  get blockRate(): number {
    return this.#rate;
  }

  /** How long blocks have been waited for without one coming; 0 if none are. */
  waitedMs(now: number): number {
    return this.asked.length === 0 ? 0 : now - this.#progressAt;
  }

  /** So much of the time until now is none that the peer has let us wait. */
  excuse(ms: number, now: number): void {
    this.#progressAt = Math.min(this.#progressAt + ms, now);
  }

  /** A new start: the peer has just unchoked us. */
  restart(now: number): void {
    this.#depth = Math.max(this.#depth, Math.min(START_DEPTH, this.#cap));
    this.#received = 0;
    this.#periodStart = now;
    this.#graceEnd = now + GRACE_MS;
  }

  /** Records a block that is being asked for, in a request of `length` bytes. */
  ask(index: number, begin: number, length: number, now: number): void {
    if (this.asked.length === 0) {
      this.#progressAt = now;
      // Time without a request open says nothing about the peer.
      if (this.#received === 0) this.#periodStart = now;
    }
    this.asked.push(index, begin, length);
  }

  /** A block came in. */
  arrive(index: number, begin: number, now: number): Arrival {
    const arrival = this.asked.remove(index, begin)
      ? "asked"
      : this.#late.remove(index, begin)
      ? "late"
      : "unknown";
    if (arrival === "unknown") return arrival;
    this.#received++;
    // Late ones are no progress with what is asked for now: a slow peer may have many of them on the way.
    if (arrival === "asked") this.#progressAt = now;
    if (this.isSnubbed) {
      this.isSnubbed = false;
      this.restart(now);
    }
    return arrival;
  }

  /** Gives up the oldest request; its block counts as late if it comes. */
  giveUpOldest(): void {
    this.#remember(this.asked.indexAt(0), this.asked.beginAt(0));
    this.asked.shift();
  }

  /** Gives up one request. False if it was not asked for. */
  giveUp(index: number, begin: number): boolean {
    if (!this.asked.remove(index, begin)) return false;
    this.#remember(index, begin);
    return true;
  }

  /** True if one of the blocks that begin among these bytes was asked for, lately given up ones included. */
  knows(index: number, begin: number, length: number): boolean {
    return this.asked.hasWithin(index, begin, length) || this.#late.hasWithin(index, begin, length);
  }

  /** The peer will not send this block. False if it was not waited for. */
  onReject(index: number, begin: number): boolean {
    if (this.asked.remove(index, begin)) return true;
    this.#late.remove(index, begin); // the answer to a cancel
    return false;
  }

  /** There was nothing to ask for: the peer can only turn out to be faster than it seemed. */
  starved(now: number): void {
    this.#wasStarved = true;
    if (this.asked.length === 0 && this.#received >= SHORTEST_BURST) this.#endPeriod(now);
  }

  /** Once a batch: measures the rate and sets the depth by it. */
  measure(now: number): void {
    const elapsed = now - this.#periodStart;
    if (!this.#beganFast && this.#received >= START_DEPTH && this.#received * 1000 >= LONG_RATE * elapsed) {
      this.#beganFast = true;
      if (this.#rate === 0) this.#depth = Math.max(this.#depth, Math.min(FAST_DEPTH, this.#cap));
    }
    if (elapsed >= PERIOD_MS) this.#endPeriod(now);
  }

  /** The requests that are open, as they were sent, oldest first. */
  *requests(): Generator<{ index: number; begin: number; length: number }> {
    const { asked } = this;
    let last = { index: -1, begin: -1, length: 0 };
    for (let place = 0; place < asked.length; place++) {
      const index = asked.indexAt(place);
      const request = { index, ...requestOf(asked.beginAt(place), asked.lengthAt(place)) };
      // The blocks of a long one stand side by side.
      if (request.index !== last.index || request.begin !== last.begin) yield request;
      last = request;
    }
  }

  #endPeriod(now: number): void {
    const rate = this.#received * 1000 / Math.max(now - this.#periodStart, SHORTEST_PERIOD_MS);
    // Up at once, down by halves; a starved pipeline can't be what shows a peer to be slow.
    if (rate > this.#rate) this.#rate = rate;
    else if (!this.#wasStarved) this.#rate = (this.#rate + rate) / 2;
    const aim = Math.ceil(this.#rate * TARGET_MS / 1000) + SPARE_DEPTH;
    const floor = now < this.#graceEnd ? START_DEPTH : 1;
    this.#depth = Math.min(Math.max(aim, floor), this.#cap);
    this.#received = 0;
    this.#wasStarved = false;
    this.#periodStart = now;
  }

  #remember(index: number, begin: number): void {
    if (this.#late.push(index, begin, 0)) return;
    this.#late.shift();
    this.#late.push(index, begin, 0);
  }
}

/** The request for the block at `begin`, by the length that it was recorded with. */
export function requestOf(begin: number, length: number): { begin: number; length: number } {
  return { begin: length > BLOCK_LENGTH ? begin - begin % LONG_BLOCK_LENGTH : begin, length };
}
