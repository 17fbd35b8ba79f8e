// Limits on bytes a second, of a client and of each of its torrents, one direction at a time. Nobody is slowed down
// block by block: a budget is refilled some times a second, and who finds it spent stops until its turn comes. A block
// or a read may go beyond it; what is owed is paid off before anybody gets more, so that the rate is exact in the long
// run. No clock, no timer: rate_limiter.ts has them.
//
// Turns go round, first the torrents and then the peers of each, so that a torrent with many peers doesn't get more of
// the client's budget than one with few. Without a limit all that is left of this is a subtraction for each block and
// each read.

/** Unused budget is kept for so long: a rate may be exceeded by so much of a second, once. */
const BURST_MS = 250;
/** A refill that comes late makes up for this much. */
const MOST_MS = 1_000;
/** A read takes no more than this part of a second's budget, so that many peers get a turn in each round. */
const READS_PER_SECOND = 160;
/** Shorter reads cost more than they are worth, unless the budget is so small that one would be a part of it. */
const LEAST_READ_BYTES = 2 * 1024;
const LEAST_PART_OF_SECOND = 1 / 20;

/** Of a second's bytes, a slice of a block is this part: fewer would cost more packets, more would come in bursts. */
const SLICES_PER_SECOND = 8;

/** Who stops when the budget is spent. */
export interface Throttled {
  /** There is budget again, and it is this one's turn to use it at once. */
  onTurn(): void;
}

/** Bytes that may pass. */
class Budget {
  /** Bytes a second. */
  rate = Infinity;
  /** Below 0 is what is owed. */
  left = Infinity;
  /** What of this was set aside for reads under way. */
  reserved = 0;
  /** How often it was changed. */
  changes = 0;

  limit(bytesPerSecond: number): void {
    this.changes++;
    // What is owed takes no longer to be paid off than under the limit before it: of a block of 512 KiB that could be minutes.
    if (this.left < 0 && bytesPerSecond < this.rate) this.left *= bytesPerSecond / this.rate;
    this.left = bytesPerSecond === Infinity
      ? Infinity
      : Math.min(this.left, bytesPerSecond * BURST_MS / 1000);
    this.rate = bytesPerSecond;
    this.reserved = 0;
  }

  refill(ms: number): void {
    if (this.rate === Infinity) return;
    const grant = this.rate * Math.min(ms, MOST_MS) / 1000;
    this.left = Math.min(this.left + this.reserved + grant, Math.max(grant, this.rate * BURST_MS / 1000));
    this.reserved = 0;
  }

  get mostPerRead(): number {
    const least = Math.min(LEAST_READ_BYTES, this.rate * LEAST_PART_OF_SECOND);
    return Math.max(least, this.rate / READS_PER_SECOND);
  }
}

/** One direction of a client: what all its torrents share. */
export class SharedThrottle {
  readonly budget = new Budget();
  /** Those with members, the next to have a turn first. */
  readonly #torrents = new Set<Throttle>();
  /** Counts the refills: what was set aside before the last is no longer. */
  round = 0;

  /** Called when `isNeeded` may have changed. */
  constructor(readonly onChange: () => void = () => {}) {}

  /** True if refills would make a difference to anybody. */
  get isNeeded(): boolean {
    if (this.#torrents.size === 0) return false;
    return this.budget.rate !== Infinity ||
      this.#torrents.values().some((each) => each.budget.rate !== Infinity);
  }

  /** Infinity for none. */
  limit(bytesPerSecond: number): void {
    this.budget.limit(bytesPerSecond);
    this.refill(0); // a limit that is lifted must not leave anybody waiting
    this.onChange();
  }

  add(torrent: Throttle): void {
    this.#torrents.add(torrent);
    this.onChange();
  }

  delete(torrent: Throttle): void {
    this.#torrents.delete(torrent);
    this.onChange();
  }

  /** `ms` have passed since the last call. */
  refill(ms: number): void {
    this.round++;
    this.budget.refill(ms);
    let turns: Turns[] = [];
    for (const torrent of this.#torrents) {
      torrent.budget.refill(ms);
      if (!torrent.isAwaited) continue;
      torrent.isAwaited = false;
      turns.push({ torrent, members: [...torrent.members].reverse() });
    }
    while (turns.length > 0 && this.budget.left > 0) turns = turns.filter((each) => this.#giveTurn(each));
    for (const { torrent, members } of turns) torrent.isAwaited ||= members.length > 0;
  }

  /** To the last of `members`. False if the torrent can't use another turn. */
  #giveTurn({ torrent, members }: Turns): boolean {
    if (this.budget.left <= 0) return true;
    const member = members.at(-1);
    if (member === undefined) return false;
    if (torrent.budget.left <= 0) {
      torrent.isAwaited = true;
      return false;
    }
    members.pop();
    if (!torrent.members.delete(member)) return true; // it has left while others had their turn
    torrent.members.add(member);
    this.#torrents.delete(torrent);
    this.#torrents.add(torrent);
    member.onTurn();
    return true;
  }
}

/** Who is to have a turn in this round, the next last. */
interface Turns {
  torrent: Throttle;
  members: Throttled[];
}

/** One direction of a torrent. */
export class Throttle {
  readonly budget = new Budget();
  /** Who may have to stop, the next to have a turn first. */
  readonly members = new Set<Throttled>();
  /** Somebody was told to stop since the last refill. */
  isAwaited = false;
  readonly #shared: SharedThrottle;

  constructor(shared: SharedThrottle) {
    this.#shared = shared;
  }

  /** Whether something may pass now. Whoever is told no, and is a member, has a turn when there is budget again. */
  mayPass(): boolean {
    if (this.budget.left > 0 && this.#shared.budget.left > 0) return true;
    this.isAwaited = true;
    return false;
  }

  /** Infinity for none. */
  limit(bytesPerSecond: number): void {
    this.budget.limit(bytesPerSecond);
    if (this.members.size > 0) this.#shared.refill(0);
    this.#shared.onChange();
  }

  join(member: Throttled): void {
    this.members.add(member);
    if (this.members.size === 1) this.#shared.add(this);
  }

  /** Idempotent. */
  leave(member: Throttled): void {
    if (this.members.delete(member) && this.members.size === 0) this.#shared.delete(this);
  }

  /** So many bytes pass, whether or not there is budget. */
  take(bytes: number): void {
    this.budget.left -= bytes;
    this.#shared.budget.left -= bytes;
  }

  /** Bytes a second that may pass, whichever limit is the smaller one. */
  get rate(): number {
    return Math.min(this.budget.rate, this.#shared.budget.rate);
  }

  /** Lets a slice of `left` bytes pass; returns how many that are, 0 if the budget is spent. */
  takeSlice(left: number): number {
    if (!this.mayPass()) return 0;
    const bytes = Math.min(left, Math.ceil(this.rate / SLICES_PER_SECOND));
    this.take(bytes);
    return bytes;
  }

  /** Takes `bytes` that have come already, when there is budget: at once (undefined), or later. Nobody waits who is aborted. */
  pace(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.mayPass() || signal.aborted) {
      this.take(bytes);
      return undefined;
    }
    return new Promise((resolve) => {
      const end = () => {
        this.leave(member);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const member = {
        onTurn: () => {
          this.take(bytes);
          end();
        },
      };
      this.join(member);
      signal.addEventListener("abort", end);
    });
  }

  /** Sets at most `most` bytes aside; returns how many, 0 if the budget is spent. */
  reserve(most: number): number {
    if (!this.mayPass()) return 0;
    const bytes = Math.min(most, this.#mostPerRead);
    this.take(bytes);
    this.budget.reserved += bytes;
    this.#shared.budget.reserved += bytes;
    return bytes;
  }

  /** Of the `reserved` bytes that were set aside in `round`, after so many changes of a limit, so many have passed. */
  settle(reserved: number, passed: number, { round, changes }: { round: number; changes: number }): void {
    // A small limit would take minutes to pay off what reads that were under way without one have brought.
    if (changes !== this.changes) return this.take(Math.min(passed, this.#mostPerRead));
    if (round !== this.#shared.round) return this.take(passed); // the refill has given it back
    this.take(passed - reserved);
    this.budget.reserved -= reserved;
    this.#shared.budget.reserved -= reserved;
  }

  /** Which refill was the last. */
  get round(): number {
    return this.#shared.round;
  }

  /** How often a limit was changed. */
  get changes(): number {
    return this.budget.changes + this.#shared.budget.changes;
  }

  get #mostPerRead(): number {
    return Math.ceil(Math.min(this.budget.mostPerRead, this.#shared.budget.mostPerRead));
  }
}

/** One reader that stops when it may read no more. What was set aside for a read that nothing comes for goes to others. */
export class ThrottledReader implements Throttled {
  readonly #throttle: Throttle;
  #reserved = 0;
  #at = { round: 0, changes: 0 };
  #wanted = 0;
  #proceed: ((bytes: number) => void) | undefined;

  constructor(throttle: Throttle) {
    this.#throttle = throttle;
    throttle.join(this);
  }

  /** How much may be read now, at most `most`; 0: wait for the `turn()`. `done()` must follow. */
  reserve(most: number): number {
    this.#reserved = this.#throttle.reserve(most);
    this.#at.round = this.#throttle.round;
    this.#at.changes = this.#throttle.changes;
    return this.#reserved;
  }

  /** Resolves with how much may be read. Or with 0: it was closed meanwhile. */
  turn(most: number): Promise<number> {
    this.#wanted = most;
    return new Promise((resolve) => this.#proceed = resolve);
  }

  onTurn(): void {
    if (this.#proceed === undefined) return;
    const bytes = this.reserve(this.#wanted);
    if (bytes > 0) this.#end(bytes);
  }

  /** So many bytes were read. */
  done(passed: number): void {
    this.#throttle.settle(this.#reserved, passed, this.#at);
    this.#reserved = 0;
  }

  /** Idempotent. */
  close(): void {
    this.#throttle.leave(this);
    this.#end(0);
  }

  #end(bytes: number): void {
    const proceed = this.#proceed;
    this.#proceed = undefined;
    proceed?.(bytes);
  }
}
