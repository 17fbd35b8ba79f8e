import assert from "node:assert/strict";
import { ApiError } from "../../admin/client.ts";
import { POLL_MS, Poller, TIMEOUT_MS } from "../../admin/poller.ts";
import { runPromises } from "../support/fake_clock.ts";

/** A poller whose questions are answered by the test, and whose timers run when it says so. */
class Bench {
  answers = 0;
  readonly signals: AbortSignal[] = [];
  readonly poller: Poller;
  isComplete = true;
  now = 0;
  #timers = new Map<number, { at: number; callback: () => void }>();
  #next = 0;
  #answer: PromiseWithResolvers<boolean> | undefined;

  constructor() {
    this.poller = new Poller({
      load: (signal) => {
        this.signals.push(signal);
        const answer = Promise.withResolvers<boolean>();
        // As fetch does.
        signal.addEventListener("abort", () => answer.reject(new DOMException("aborted", "AbortError")));
        this.#answer = answer;
        return answer.promise.finally(() => signal.aborted || this.answers++);
      },
      now: () => this.now,
      startTimer: (callback, ms) => {
        const timer = this.#next++;
        this.#timers.set(timer, { at: this.now + ms, callback });
        return () => this.#timers.delete(timer);
      },
    });
  }

  get asked(): number {
    return this.signals.length;
  }

  /** Milliseconds until the next try, where there is one to come. */
  get wait(): number | undefined {
    const connection = this.poller.connection.value;
    return connection.kind === "offline" && connection.retryAt !== null
      ? connection.retryAt - this.now
      : undefined;
  }

  get timers(): number {
    return this.#timers.size;
  }

  async answer(): Promise<void> {
    this.#answer?.resolve(this.isComplete);
    await runPromises();
  }

  async fail(error: Error = new ApiError("down", { kind: "unreachable" })): Promise<void> {
    this.#answer?.reject(error);
    await runPromises();
  }

  advance(ms: number): void {
    this.now += ms;
    for (const [timer, { at, callback }] of [...this.#timers]) {
      if (at > this.now || !this.#timers.delete(timer)) continue;
      callback();
    }
  }
}

Deno.test("Poller asks at once and again a while after each answer", async () => {
  const bench = new Bench();
  assert.equal(bench.poller.connection.value.kind, "loading");
  bench.poller.resume();
  assert.equal(bench.asked, 1);
  await bench.answer();
  assert.equal(bench.poller.connection.value.kind, "live");
  bench.advance(POLL_MS - 1);
  assert.equal(bench.asked, 1);
  bench.advance(1);
  assert.equal(bench.asked, 2);
});

Deno.test("Poller asks again at once when the answer can't be used", async () => {
  const bench = new Bench();
  bench.isComplete = false;
  bench.poller.resume();
  await bench.answer();
  bench.advance(0);
  assert.equal(bench.asked, 2);
});

Deno.test("Poller waits longer and longer while nobody answers, and recovers with the first answer", async () => {
  const bench = new Bench();
  bench.poller.resume();
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    await bench.fail();
    const wait = bench.wait ?? NaN;
    waits.push(wait);
    bench.advance(wait);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  assert.deepEqual(bench.poller.connection.value, {
    kind: "offline",
    failure: { kind: "unreachable" },
    retryAt: null,
  });
  await bench.answer();
  assert.equal(bench.poller.connection.value.kind, "live");
  bench.advance(POLL_MS);
  await bench.fail();
  assert.equal(bench.wait, 1000, "the count begins anew");
});

Deno.test("Poller takes an unknown error for an unreadable answer", async () => {
  const bench = new Bench();
  bench.poller.resume();
  await bench.fail(new Error("a bug"));
  const connection = bench.poller.connection.value;
  assert.deepEqual(connection.kind === "offline" && connection.failure, { kind: "unreadable" });
});

Deno.test("Poller.pause() gives up the running question and asks nothing until resume()", async () => {
  const bench = new Bench();
  bench.poller.resume();
  bench.poller.pause();
  assert.equal(bench.signals[0]?.aborted, true);
  await bench.answer();
  assert.equal(bench.answers, 0);
  assert.equal(bench.timers, 0);
  bench.poller.refresh();
  bench.advance(60_000);
  assert.equal(bench.asked, 1);
  bench.poller.resume();
  assert.equal(bench.asked, 2);
});

Deno.test("Poller.refresh() drops the question that was under way and asks the new one", async () => {
  const bench = new Bench();
  bench.poller.resume();
  bench.poller.refresh();
  assert.equal(bench.asked, 2);
  assert.equal(bench.signals[0]?.aborted, true);
  assert.equal(bench.signals[1]?.aborted, false);
  await bench.answer();
  assert.equal(bench.answers, 1);
  assert.equal(bench.timers, 1, "one clock runs, not two");
});

Deno.test("Poller gives a question up that takes too long", async () => {
  const bench = new Bench();
  bench.poller.resume();
  bench.advance(TIMEOUT_MS);
  assert.equal(bench.signals[0]?.aborted, true);
  await runPromises();
  assert.equal(bench.poller.connection.value.kind, "offline");
});

Deno.test("Poller stops asking a tracker that wants to know who asks, until it is told to", async () => {
  const bench = new Bench();
  bench.poller.resume();
  await bench.fail(new ApiError("no", { kind: "refused", status: 401, reason: null }));
  assert.equal(bench.poller.connection.value.kind, "locked");
  bench.advance(60_000);
  assert.equal(bench.asked, 1);
  bench.poller.refresh();
  await bench.answer();
  assert.equal(bench.poller.connection.value.kind, "live");
});
