// Trackers without a network: stands in for `fetch`, keeps what was asked, answers what the test says.

import {
  type AnnounceAnswer,
  type AnnounceRequest,
  encodeAnnounceAnswer,
  encodeFailure,
  parseAnnounceQuery,
} from "../../protocol/announce.ts";
import { encodeCompact4, type PeerAddress } from "../../protocol/compact.ts";

/** One announce as a tracker saw it. */
export interface Asked {
  /** URL without the announce's parameters: "http://a.example/announce". */
  tracker: string;
  request: AnnounceRequest;
}

/** What a tracker does with an announce. */
export type Behaviour = (request: AnnounceRequest) => Response | Error | "silent";

/** Any number of trackers, told apart by URL. One that nobody described refuses connections. */
export class FakeTrackers {
  readonly asked: Asked[] = [];
  readonly #behaviours = new Map<string, Behaviour>();
  /** Announces that were neither answered nor given up. */
  pending = 0;

  /** From now on `tracker` does this. */
  on(tracker: string, behaviour: Behaviour): void {
    this.#behaviours.set(tracker, behaviour);
  }

  /** What to hand to code that takes a `fetch`. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { origin, pathname, search } = new URL(url);
    const tracker = origin + pathname;
    const request = parseAnnounceQuery(search.slice(1));
    this.asked.push({ tracker, request });
    const outcome = this.#behaviours.get(tracker)?.(request) ?? refusedConnection();
    if (outcome === "silent") return await this.#untilAborted(init.signal);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };

  /** Forgets and returns what was asked: "a.example started". */
  take(): string[] {
    return this.asked.splice(0).map(({ tracker, request }) => `${new URL(tracker).host} ${request.event}`);
  }

  #untilAborted(signal: AbortSignal | null | undefined): Promise<never> {
    this.pending++;
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        this.pending--;
        reject(signal.reason);
      });
    });
  }
}

/** An answer with sensible values for what the test leaves out. */
export function answer(
  fields: Partial<Omit<AnnounceAnswer, "peers" | "peers6">> & { peers?: PeerAddress[] } = {},
): Response {
  const { peers = [], ...rest } = fields;
  const bytes = encodeAnnounceAnswer({
    interval: 1800,
    complete: 0,
    incomplete: 0,
    ...rest,
    peers: encodeCompact4(peers),
    peers6: new Uint8Array(0),
  });
  return new Response(bytes.slice());
}

/** A refusal in the tracker's words. */
export function failure(reason: string, retryInMinutes?: number | "never"): Response {
  return new Response(encodeFailure(reason, retryInMinutes).slice());
}

/** What `fetch` throws when nobody listens. */
export function refusedConnection(): Error {
  return new TypeError("fetch failed", {
    cause: new Error(
      "error sending request for url (http://x/): client error (Connect): tcp connect error: Connection refused (os error 111)",
    ),
  });
}
