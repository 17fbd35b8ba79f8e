import assert from "node:assert/strict";
import { fetchState, POLL_MS, Poller, StateError, type StateQuestion, TIMEOUT_MS } from "../../admin/api.ts";
import type { StateSnapshot } from "../../tracker/admin_api.ts";
import { runPromises } from "../support/fake_clock.ts";
import { hash, state } from "./states.ts";

const QUESTION: StateQuestion = { epoch: "e 1", revision: 42, swarm: null };
const signal = new AbortController().signal;

function answering(response: Response | Error, asked: string[] = []): typeof fetch {
  return (input) => {
    asked.push(String(input));
    return response instanceof Error ? Promise.reject(response) : Promise.resolve(response);
  };
}

Deno.test("fetchState() names epoch and revision, and the swarm only where one is open", async () => {
  const asked: string[] = [];
  const ask = (question: StateQuestion) =>
    fetchState(question, { fetch: answering(Response.json(state()), asked), signal });
  assert.deepEqual(await ask(QUESTION), state());
  await ask({ ...QUESTION, swarm: hash("a") });
  assert.deepEqual(asked, [
    "/api/state?epoch=e+1&revision=42",
    `/api/state?epoch=e+1&revision=42&swarm=${hash("a")}`,
  ]);
});

Deno.test("fetchState() says what is wrong with an answer", async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) });
  const rows: [string, Response | Error, unknown][] = [
    ["nobody there", new TypeError("refused"), { kind: "unreachable" }],
    ["an error", new Response("no", { status: 503 }), { kind: "refused", status: 503 }],
    ["HTML", new Response("<p>hello"), { kind: "unreadable" }],
    ["a connection that breaks", new Response(broken), { kind: "unreachable" }],
    ["other JSON", Response.json({ epoch: "e" }), { kind: "unreadable" }],
    ["no object", Response.json(null), { kind: "unreadable" }],
  ];
  for (const [name, response, failure] of rows) {
    await assert.rejects(fetchState(QUESTION, { fetch: answering(response), signal }), (error) => {
      assert.ok(error instanceof StateError, name);
      assert.deepEqual(error.failure, failure, name);
      return true;
    });
  }
});

/** A poller whose questions are answered by the test, and whose timers run when it says so. */
class Bench {
  readonly states: StateSnapshot[] = [];
  readonly signals: AbortSignal[] = [];
  readonly poller: Poller;
  isComplete = true;
  now = 0;
  #timers = new Map<number, { at: number; callback: () => void }>();
  #next = 0;
  #answer: PromiseWithResolvers<StateSnapshot> | undefined;

  constructor() {
    this.poller = new Poller({
      load: (signal) => {
        this.signals.push(signal);
        const answer = Promise.withResolvers<StateSnapshot>();
        // As fetch does.
        signal.addEventListener("abort", () => answer.reject(new DOMException("aborted", "AbortError")));
        this.#answer = answer;
        return answer.promise;
      },
      onState: (state) => {
        this.states.push(state);
        return this.isComplete;
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
    this.#answer?.resolve(state());
    await runPromises();
  }

  async fail(error: Error = new StateError("down", { kind: "unreachable" })): Promise<void> {
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
  assert.equal(bench.states.length, 0);
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
  assert.equal(bench.states.length, 1);
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
