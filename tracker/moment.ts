// What pages are told within a second is the state of one moment: what was made for one of them is there for all who ask
// the same meanwhile. The clock is passed in.

/** How long a moment lasts: a little less than pages wait between two questions, so that one alone has news each time. */
const MOMENT_MS = 950;
/** Things of one kind that are kept of a moment; a page takes one or two. */
const MAX_THINGS = 200;

/** Tells moments apart. */
export class Moment {
  readonly #now: () => number;
  readonly #kept: { clear(): void }[] = [];
  #number = 0;
  #beganAt = -Infinity;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Another one for each moment. */
  get number(): number {
    if (this.#isOver) {
      this.#beganAt = this.#now();
      this.#number++;
    }
    return this.#number;
  }

  /** Has `things` cleared when nobody asks any more. */
  keep(things: { clear(): void }): void {
    this.#kept.push(things);
  }

  /** Lets go of what was made in a moment that is over. Call it once a second. */
  tick(): void {
    if (this.#isOver) { for (const things of this.#kept) things.clear(); }
  }

  /** Something was changed by hand: whoever asks now wants to see it. */
  end(): void {
    this.#beganAt = -Infinity;
  }

  get #isOver(): boolean {
    return this.#now() - this.#beganAt >= MOMENT_MS;
  }
}

/** Things that are made once in a moment, by what was asked. */
export class PerMoment<Thing> {
  readonly #moment: Moment;
  readonly #things = new Map<string, Thing>();
  #number = 0;

  constructor(moment: Moment) {
    this.#moment = moment;
    moment.keep(this.#things);
  }

  /** What was made for this question in this moment, or what `make` makes now. */
  get(question: string, make: () => Thing): Thing {
    const { number } = this.#moment;
    if (number !== this.#number) this.#things.clear();
    this.#number = number;
    const known = this.#things.get(question);
    if (known !== undefined) return known;
    if (this.#things.size >= MAX_THINGS) this.#things.clear();
    const thing = make();
    this.#things.set(question, thing);
    return thing;
  }

  /** Has it made anew for who asks next. */
  forget(question: string): void {
    this.#things.delete(question);
  }
}
