// Whether this browser may read and change: the token of the link becomes a session cookie that no script can read,
// and is gone from the address before anything else is asked.

/// <reference lib="dom" />

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Session as SessionAnswer, SignIn } from "../tracker/admin_api.ts";
import { type ApiClient, ApiError } from "./client.ts";
import { reasonOf } from "./reason.ts";
import type { Route } from "./router.ts";
import { text } from "./text.ts";

const PATH = "/api/session";
const TOO_MANY_REQUESTS = 429;
/** What the tracker says to a token that isn't its own, or can't be one. */
const WRONG = [400, 401];

/** Takes the token out of an address like "/#token=…", and the fragment off it. */
export function takeToken({ history, location }: Pick<Window, "location" | "history">): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  // Left in the address it would be in the history, and in every screenshot.
  if (token !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** The token in what somebody pasted: the token alone, or the whole link. */
export function tokenOf(pasted: string): string {
  const at = pasted.indexOf("#token=");
  const token = at < 0 ? pasted : new URLSearchParams(pasted.slice(at + 1)).get("token") ?? "";
  return token.trim();
}

export class Session {
  /** Whether this browser has shown the token. */
  readonly isSignedIn: ReadonlySignal<boolean>;
  /** Why the last token did not do; null where it did, or none was given. */
  readonly problem: ReadonlySignal<string | null>;
  readonly isBusy: ReadonlySignal<boolean>;
  /** Where peers announce, if not at the port that this page comes from. */
  readonly announcePort: ReadonlySignal<number | null>;

  readonly #client: ApiClient;
  readonly #onChange: () => void;
  readonly #isSignedIn = signal(false);
  readonly #problem = signal<string | null>(null);
  readonly #isBusy = signal(false);
  readonly #announcePort = signal<number | null>(null);
  #isPublic = false;
  #token: string | null;
  #isKnown = false;

  /** `token`: that of the link. `onChange`: who may read what is different from now on. */
  constructor(client: ApiClient, token: string | null, onChange: () => void) {
    this.#client = client;
    this.#token = token;
    this.#onChange = onChange;
    this.isSignedIn = this.#isSignedIn;
    this.problem = this.#problem;
    this.isBusy = this.#isBusy;
    this.announcePort = this.#announcePort;
  }

  /** Before the first question: uses the link's token up, or asks how this browser stands. Throws ApiError. */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.#isKnown) return;
    const token = this.#token;
    if (token !== null) await this.#show(token, signal);
    this.#token = null;
    if (this.#isSignedIn.peek()) return;
    const { announcePort, publicStats, signedIn } = await this.#client.get<SessionAnswer>(PATH, signal);
    this.#announcePort.value = announcePort;
    this.#isSignedIn.value = signedIn;
    this.#isPublic = publicStats;
    this.#isKnown = true;
  }

  /** Whether the tracker would refuse a page: then it isn't asked, which would stand as an error on the console. */
  isClosed(page: Route["page"]): boolean {
    return !this.#isSignedIn.peek() && !(page === "overview" && this.#isPublic);
  }

  async signIn(token: string): Promise<void> {
    this.#isBusy.value = true;
    try {
      await this.#show(token);
    } catch (error) {
      this.#problem.value = reasonOf(error);
    }
    this.#isBusy.value = false;
    if (this.#isSignedIn.peek()) this.#changed();
  }

  /** Throws ApiError where the session goes on, since the tracker has not ended it. */
  async signOut(): Promise<void> {
    await this.#client.send(PATH, { method: "DELETE" });
    this.lose();
    this.#changed();
  }

  /** The tracker has said that this browser may not: the session has ended, or the token is another. */
  lose(): void {
    this.#isKnown = false;
    this.#isSignedIn.value = false;
  }

  async #show(token: string, signal?: AbortSignal): Promise<void> {
    try {
      const body: SignIn = { token };
      const { announcePort, signedIn } = await this.#client.send<SessionAnswer>(PATH, {
        method: "POST",
        body,
        ...(signal && { signal }),
      });
      this.#announcePort.value = announcePort;
      this.#isSignedIn.value = signedIn;
      this.#isKnown = signedIn;
      this.#problem.value = signedIn ? null : text.session.wrong;
    } catch (error) {
      const failure = error instanceof ApiError ? error.failure : null;
      // Where the tracker itself can't answer at the moment, its word on the token is still to come.
      if (failure?.kind !== "refused" || failure.status >= 500) throw error;
      this.#problem.value = problemOf(failure.status) ?? reasonOf(error);
    }
  }

  #changed(): void {
    this.#client.forget();
    this.#onChange();
  }
}

/** What is wrong with a token, as far as the status tells. */
function problemOf(status: number): string | null {
  if (WRONG.includes(status)) return text.session.wrong;
  return status === TOO_MANY_REQUESTS ? text.session.slow : null;
}
