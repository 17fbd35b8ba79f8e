// What many pages look at: the overview, the plots, the live events. All who ask in one moment get the same answers
// (admin_answers.ts), and are told up to the same event: then they ask for the same the next time.

import type { Handler } from "hono";
import type { AdminAnswers } from "./admin_answers.ts";
import type { EventKind, HistoryRange } from "./admin_api.ts";
import { type AdminEnv, fail } from "./admin_guard.ts";
import type { EventTail } from "./event_tail.ts";
import { type Moment, PerMoment } from "./moment.ts";
import type { OverviewMaker } from "./overview.ts";
import type { Clocks } from "./peer_rows.ts";
import { choice, wholeNumber } from "./query.ts";
import type { Timeline } from "./timeline.ts";

const RANGES = ["hour", "day", "month"] as const satisfies HistoryRange[];
const KINDS = ["announce", "completed", "rejected", "list"] as const satisfies EventKind[];

/** What the routes lead to. */
export interface OverviewRoutesParts {
  answers: AdminAnswers;
  clocks: () => Clocks;
  moment: Moment;
  overview: OverviewMaker;
  tail: EventTail;
  timeline: Timeline;
}

/** GET /api/overview */
export function overviewRoute(
  { answers, clocks, overview }: Pick<OverviewRoutesParts, "answers" | "clocks" | "overview">,
): Handler<AdminEnv> {
  return (c) => answers.send(c, "overview", () => overview.make(clocks()));
}

/** GET /api/history */
export function historyRoute(
  { answers, timeline }: Pick<OverviewRoutesParts, "answers" | "timeline">,
): Handler<AdminEnv> {
  return (c) => {
    const range = choice(c, "range", RANGES, "hour");
    const from = wholeNumber(c.req.query("from"), 0, Number.MAX_SAFE_INTEGER);
    if (range === undefined || from === undefined) {
      return fail(c, 400, `Cannot read the query: range must be ${RANGES.join(", ")}, from Unix seconds`);
    }
    return answers.send(c, `history ${range} ${from}`, () => timeline.answer(range, from));
  };
}

/** GET /api/events */
export function eventsRoute(
  { answers, clocks, moment, tail }: Pick<OverviewRoutesParts, "answers" | "clocks" | "moment" | "tail">,
): Handler<AdminEnv> {
  const ends = new PerMoment<number>(moment);
  return (c) => {
    const after = wholeNumber(c.req.query("after"), 0, Number.MAX_SAFE_INTEGER);
    const swarm = c.req.query("swarm")?.toLowerCase();
    const names = c.req.query("kinds")?.split(",");
    const kinds = names?.map((name) => KINDS.find((kind) => kind === name));
    if (
      after === undefined || kinds?.includes(undefined) ||
      (swarm !== undefined && !/^[0-9a-f]{40}$/.test(swarm))
    ) {
      return fail(
        c,
        400,
        `Cannot read the query: after must be a whole number, kinds of ${
          KINDS.join(", ")
        }, swarm an info hash`,
      );
    }
    const wanted = kinds === undefined ? undefined : new Set(kinds as EventKind[]);
    return answers.send(c, `events ${JSON.stringify([after, names, swarm])}`, () => {
      const upTo = ends.get("", () => tail.seq);
      return tail.answer({ after, kinds: wanted, swarm, upTo }, clocks().now);
    });
  };
}
