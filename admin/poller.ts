// Asks the tracker again and again. One round at a time; slower and slower while nobody answers; none in a hidden tab,
// and none where the tracker wants to know first who asks.
//
//   paused ──resume()──▶ asking ──answer──▶ waiting POLL_MS ──▶ asking …
//                          │ ├──no entry──▶ locked ──refresh()──▶ asking …
//                          │ failure
//                          └──▶ waiting 1, 2, 4, 8, 15 s ──▶ asking …

import { type ReadonlySignal, signal } from "@preact/signals";
import { ApiError, type Failure } from "./client.ts";

/** Milliseconds between an answer and the next question. */
export const POLL_MS = 1000;
/** Milliseconds until a question counts as unanswered. */
export const TIMEOUT_MS = 10_000;
const BACK_OFF_MS = [1000, 2000, 4000, 8000, 15_000];

/** How the page stands with its tracker. */
export type Connection =
  | { kind: "loading" }
  | { kind: "live" }
  | { kind: "locked" }
  | {
    kind: "offline";
    failure: Failure; /** Monotonic ms of the next try; null while it runs. */
    retryAt: number | null;
  };

/** What the poller needs of the world around it; tests pass their own. */
export interface PollerOptions {
  /**
   * Asks what the open page wants to know, and takes the answers in unless the signal says that they come too late.
   * False asks again at once. Rejects with ApiError.
   */
  load: (signal: AbortSignal) => Promise<boolean>;
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
    let error: unknown;
    try {
      isComplete = await this.#options.load(request.signal);
    } catch (thrown) {
      error = thrown ?? new Error("unknown");
    } finally {
      stopTimeout();
    }
    // Someone asked again meanwhile, or the tab was hidden: this answer is no longer awaited.
    if (this.#request !== request) return;
    this.#request = undefined;
    if (error === undefined) this.#onAnswer(isComplete);
    else if (error instanceof ApiError && error.isLocked) this.#connection.value = { kind: "locked" };
    else this.#onFailure(error instanceof ApiError ? error.failure : { kind: "unreadable" });
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
