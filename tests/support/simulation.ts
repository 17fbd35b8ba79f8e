// Time that passes by events: what a network and a disk do later, a test does in order and at once.

interface Event {
  at: number;
  /** Order among events of one moment. */
  turn: number;
  run(): void;
}

/** A clock and a queue of what is to happen. Deterministic: same events, same order. */
export class Simulation {
  now = 0;
  /** Set by an event that has settled a promise: its followers run before the next event. */
  hasSettled = false;
  readonly #heap: Event[] = [];
  #turn = 0;

  /** Runs `run` at time `at`, ms. */
  at(at: number, run: () => void): void {
    const heap = this.#heap;
    heap.push({ at, turn: this.#turn++, run });
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >>> 1;
      if (isBefore(heap[parent] as Event, heap[child] as Event)) break;
      swap(heap, parent, child);
      child = parent;
    }
  }

  /** Runs until `isDone`, or until `limitMs` of simulated time have passed, or nothing is left to happen. */
  async run(limitMs: number, isDone: () => boolean): Promise<void> {
    const end = this.now + limitMs;
    while (!isDone()) {
      if ((this.#heap[0]?.at ?? Infinity) > end) return;
      const event = this.#next() as Event;
      this.now = event.at;
      event.run();
      if (!this.hasSettled) continue;
      this.hasSettled = false;
      await null;
    }
  }

  #next(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0;;) {
      let least = parent;
      for (const child of [parent * 2 + 1, parent * 2 + 2]) {
        if (child < heap.length && isBefore(heap[child] as Event, heap[least] as Event)) least = child;
      }
      if (least === parent) return first;
      swap(heap, least, parent);
      parent = least;
    }
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.turn < b.turn);
}

function swap(heap: Event[], a: number, b: number): void {
  const event = heap[a] as Event;
  heap[a] = heap[b] as Event;
  heap[b] = event;
}
