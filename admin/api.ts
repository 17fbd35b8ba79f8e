// Polls the tracker's state. One request at a time; slower and slower while nobody answers; none in a hidden tab.
//
//   paused ──resume()──▶ asking ──answer──▶ waiting POLL_MS ──▶ asking …
//                          │ failure
//                          └──▶ waiting 1, 2, 4, 8, 15 s ──▶ asking …

import { type ReadonlySignal, signal } from "@preact/signals";
import type { StateSnapshot } from "../tracker/admin_api.ts";
import type { Cursor } from "./store.ts";

/** Milliseconds between an answer and the next question. */
export const POLL_MS = 1000;
/** Milliseconds until a question counts as unanswered. */
export const TIMEOUT_MS = 10_000;
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000];

/** Why there is no state: nobody there, an HTTP error, or an answer that isn't the state. */
export type Failure =
  | { kind: "unreachable" }
  | { kind: "refused"; status: number }
  | { kind: "unreadable" };

/** How the page stands with its tracker. */
export type Connection =
  | { kind: "loading" }
  | { kind: "live" }
  | {
    kind: "offline";
    failure: Failure; /** Monotonic ms of the next try; null while it runs. */
    retryAt: number | null;
  };

/** Carries a `Failure` out of `fetchState()`. */
export class StateError extends Error {
  readonly failure: Failure;

  constructor(message: string, failure: Failure) {
    super(message);
    this.name = "StateError";
    this.failure = failure;
  }
}

/** What one poll asks for. */
export interface StateQuestion extends Cursor {
  /** Also the peers of this swarm. */
  swarm: string | null;
}

/** One GET of the state. Throws StateError. */
export async function fetchState(
  question: StateQuestion,
  { fetch, signal }: { fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<StateSnapshot> {
  const query = new URLSearchParams({ epoch: question.epoch, revision: String(question.revision) });
  if (question.swarm !== null) query.set("swarm", question.swarm);
  let response: Response;
  try {
    response = await fetch(`/api/state?${query}`, { signal, headers: { accept: "application/json" } });
  } catch (error) {
    throw new StateError(`Cannot reach the tracker: ${error}`, { kind: "unreachable" });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new StateError(`Cannot get the state: HTTP ${response.status}`, {
      kind: "refused",
      status: response.status,
    });
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    // A connection that breaks half-way is an absent tracker; a whole answer that isn't JSON is a wrong one.
    const kind = error instanceof SyntaxError ? "unreadable" : "unreachable";
    throw new StateError(`Cannot read the state: ${error}`, { kind });
  }
  if (!isState(body)) {
    throw new StateError("Cannot read the state: parts are missing", { kind: "unreadable" });
  }
  return body;
}

// The tracker is ours and of the same version; this tells its state from a proxy's or an older tracker's answer.
function isState(body: unknown): body is StateSnapshot {
  if (typeof body !== "object" || body === null) return false;
  const state = body as Partial<Record<keyof StateSnapshot, unknown>>;
  return typeof state.epoch === "string" && typeof state.revision === "number" &&
    typeof state.now === "number" &&
    [state.totals, state.swarms, state.history].every((part) => typeof part === "object" && part !== null);
}

/** What the poller needs of the world around it; tests pass their own. */
export interface PollerOptions {
  /** Asks once. Rejects with StateError. */
  load: (signal: AbortSignal) => Promise<StateSnapshot>;
  /** Takes an answer in; false asks for another at once (see Store.apply). */
  onState: (state: StateSnapshot) => boolean;
  now: () => number;
  /** Calls back once, unless the function that it returns is called before. */
  startTimer: (callback: () => void, ms: number) => () => void;
}

/** Asks again and again, between `resume()` and `pause()`. */
export class Poller {
  readonly connection: ReadonlySignal<Connection>;

  readonly #options: PollerOptions;
  readonly #connection = signal<Connection>({ kind: "loading" });
  #isRunning = false;
  #failures = 0;
  #stopTimer: (() => void) | undefined;
  #request: AbortController | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.connection = this.#connection;
  }

  /** Begins, or goes on, with a question at once. */
  resume(): void {
    this.#isRunning = true;
    this.refresh();
  }

  /** Stops: no question goes out and no answer comes in until `resume()`. */
  pause(): void {
    this.#isRunning = false;
    this.#cancel();
  }

  /** Asks now: what is asked for has changed, or the reader does not want to wait. Drops a running question. */
  refresh(): void {
    if (!this.#isRunning) return;
    this.#cancel();
    const request = new AbortController();
    this.#request = request;
    const before = this.#connection.peek();
    if (before.kind === "offline") this.#connection.value = { ...before, retryAt: null };
    void this.#ask(request);
  }

  async #ask(request: AbortController): Promise<void> {
    const stopTimeout = this.#options.startTimer(() => request.abort(), TIMEOUT_MS);
    let isComplete = true;
    let failure: Failure | undefined;
    try {
      const state = await this.#options.load(request.signal);
      if (this.#request === request) isComplete = this.#options.onState(state);
    } catch (error) {
      failure = error instanceof StateError ? error.failure : { kind: "unreadable" };
    } finally {
      stopTimeout();
    }
    // Someone asked again meanwhile, or the tab was hidden: this answer is no longer awaited.
    if (this.#request !== request) return;
    this.#request = undefined;
    if (failure) this.#onFailure(failure);
    else this.#onAnswer(isComplete);
  }

  #onAnswer(isComplete: boolean): void {
    this.#failures = 0;
    if (this.#connection.peek().kind !== "live") this.#connection.value = { kind: "live" };
    this.#wait(isComplete ? POLL_MS : 0);
  }

  #onFailure(failure: Failure): void {
    const ms = BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)] ?? POLL_MS;
    this.#failures++;
    this.#connection.value = { kind: "offline", failure, retryAt: this.#options.now() + ms };
    this.#wait(ms);
  }

  #wait(ms: number): void {
    this.#stopTimer = this.#options.startTimer(() => this.refresh(), ms);
  }

  #cancel(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const request = this.#request;
    this.#request = undefined;
    request?.abort();
  }
}
