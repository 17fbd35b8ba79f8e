// What many pages look at: the overview, the plots, the live events. An overview is made, written and compressed once for
// all who ask within a second, and who has it already is told just that.

import { gzipSync } from "node:zlib";
import type { Context, Handler } from "hono";
import type { EventKind, HistoryRange } from "./admin_api.ts";
import { type AdminEnv, fail } from "./admin_guard.ts";
import type { EventTail } from "./event_tail.ts";
import type { OverviewMaker } from "./overview.ts";
import type { Clocks } from "./peer_rows.ts";
import { choice, wholeNumber } from "./query.ts";
import type { Timeline } from "./timeline.ts";

/** For so long an overview is as good as new. */
const FRESH_MS = 1000;
/** Below, compressing makes nothing shorter that matters. */
const LEAST_GZIP_BYTES = 500;

const RANGES = ["hour", "day", "month"] as const satisfies HistoryRange[];
const KINDS = ["announce", "completed", "rejected", "list"] as const satisfies EventKind[];

/** Answers to different questions that are kept for a second. */
const MAX_ANSWERS = 100;

const encoder = new TextEncoder();

/** An answer that many get. */
class SharedAnswer {
  readonly #etag: string;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #zipped: Uint8Array<ArrayBuffer> | undefined;

  constructor(value: unknown, etag: string) {
    this.#etag = etag;
    this.#bytes = encoder.encode(JSON.stringify(value));
    if (this.#bytes.length >= LEAST_GZIP_BYTES) this.#zipped = new Uint8Array(gzipSync(this.#bytes));
  }

  send(c: Context): Response {
    c.header("etag", this.#etag);
    c.header("vary", "accept-encoding");
    if (c.req.header("if-none-match") === this.#etag) return c.body(null, 304);
    c.header("content-type", "application/json");
    if (this.#zipped === undefined || !/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) {
      return c.body(this.#bytes);
    }
    c.header("content-encoding", "gzip");
    return c.body(this.#zipped);
  }
}

/** GET /api/overview. `epoch` must differ from that of every other run. */
export function overviewRoute(maker: OverviewMaker, epoch: string, clocks: () => Clocks): Handler<AdminEnv> {
  let answer: SharedAnswer | undefined;
  let madeAt = -Infinity;
  let number = 0;
  return (c) => {
    const now = clocks();
    if (answer === undefined || now.now - madeAt >= FRESH_MS) {
      madeAt = now.now;
      answer = new SharedAnswer(maker.make(now), `"${epoch.slice(0, 8)}-${++number}"`);
    }
    return answer.send(c);
  };
}

/** GET /api/history */
export function historyRoute(timeline: Timeline, epoch: string): Handler<AdminEnv> {
  // Whole ranges are what pages begin with: written anew when a point has come.
  const whole = new Map<HistoryRange, { last: number | undefined; answer: SharedAnswer }>();
  return (c) => {
    const range = choice(c, "range", RANGES, "hour");
    const from = wholeNumber(c.req.query("from"), 0, Number.MAX_SAFE_INTEGER);
    if (range === undefined || from === undefined) {
      return fail(c, 400, `Cannot read the query: range must be ${RANGES.join(", ")}, from Unix seconds`);
    }
    if (from > 0) return c.json(timeline.answer(range, from));
    const last = timeline.last(range);
    const known = whole.get(range);
    if (known !== undefined && known.last === last) return known.answer.send(c);
    const answer = new SharedAnswer(timeline.answer(range), `"${epoch.slice(0, 8)}-${range}-${last}"`);
    whole.set(range, { last, answer });
    return answer.send(c);
  };
}

/** GET /api/events. `epoch`: as above. */
export function eventsRoute(tail: EventTail, epoch: string, clocks: () => Clocks): Handler<AdminEnv> {
  // Pages that ask within a second are all told up to the same event: then they ask for the same the next time.
  const answers = new Map<string, SharedAnswer>();
  let upTo = 0;
  let frozenAt = -Infinity;
  return (c) => {
    const after = wholeNumber(c.req.query("after"), 0, Number.MAX_SAFE_INTEGER);
    const swarm = c.req.query("swarm")?.toLowerCase();
    const names = c.req.query("kinds")?.split(",");
    const kinds = names?.map((name) => KINDS.find((kind) => kind === name));
    if (
      after === undefined || kinds?.includes(undefined) ||
      (swarm !== undefined && !/^[0-9a-f]{40}$/.test(swarm))
    ) {
      return fail(c, 400, `Cannot read the query: kinds must be of ${KINDS.join(", ")}, swarm an info hash`);
    }
    const { now } = clocks();
    if (now - frozenAt >= FRESH_MS || answers.size >= MAX_ANSWERS) {
      frozenAt = now;
      upTo = tail.seq;
      answers.clear();
    }
    const key = JSON.stringify([after, names, swarm]);
    let answer = answers.get(key);
    if (answer === undefined) {
      const wanted = kinds === undefined ? undefined : new Set(kinds as EventKind[]);
      const told = tail.answer({ after, kinds: wanted, swarm, upTo }, now);
      answers.set(key, answer = new SharedAnswer(told, `"${epoch.slice(0, 8)}-${upTo}-${after}"`));
    } else tail.watch(now);
    return answer.send(c);
  };
}
