// The first page: the tracker in numbers, its history, and the tail of events where the reader may see it.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { HistoryAnswer, HistoryRange, Overview } from "../../tracker/admin_api.ts";
import type { Session } from "../session.ts";
import type { EventFeed } from "./event_feed.ts";
import type { Feed, FeedParts } from "./feed.ts";
import { type Columns, joinHistory, withGaps } from "./history_columns.ts";

export const RANGES = ["hour", "day", "month"] as const satisfies HistoryRange[];
/** What the plot can show; the first is the default, as the first range is. */
export const TOPICS = ["peers", "announces", "swarms", "traffic", "memory"] as const;
export type Topic = typeof TOPICS[number];

export class OverviewFeed implements Feed {
  /** Null until the first answer. */
  readonly overview: ReadonlySignal<Overview | null>;
  readonly range: Signal<HistoryRange> = signal(RANGES[0]);
  readonly topic: Signal<Topic> = signal(TOPICS[0]);
  /** Null until they are here for the range. */
  readonly history: ReadonlySignal<Columns | null>;

  readonly #parts: FeedParts & { session: Session; events: EventFeed };
  readonly #overview = signal<Overview | null>(null);
  readonly #answer = signal<HistoryAnswer | null>(null);

  constructor(parts: FeedParts & { session: Session; events: EventFeed }) {
    this.#parts = parts;
    this.overview = this.#overview;
    this.history = computed(() => {
      const answer = this.#answer.value;
      return answer === null || answer.range !== this.range.value ? null : withGaps(answer);
    });
  }

  async load(signal: AbortSignal): Promise<boolean> {
    const { client, clock, events, session } = this.#parts;
    const [overview] = await Promise.all([
      client.get<Overview>("/api/overview", signal),
      this.#loadHistory(signal),
      session.isSignedIn.peek() ? events.load(signal) : undefined,
    ]);
    if (signal.aborted) return true;
    clock.hear(overview);
    this.#overview.value = overview;
    return true;
  }

  watch(): void {
    this.range.value;
  }

  /** "?plot=traffic&range=day"; defaults are left out. */
  describe(): string {
    const parameters = new URLSearchParams();
    if (this.topic.value !== TOPICS[0]) parameters.set("plot", this.topic.value);
    if (this.range.value !== RANGES[0]) parameters.set("range", this.range.value);
    return parameters.size === 0 ? "" : `?${parameters}`;
  }

  restore(search: string): void {
    const parameters = new URLSearchParams(search);
    this.topic.value = TOPICS.find((topic) => topic === parameters.get("plot")) ?? TOPICS[0];
    this.range.value = RANGES.find((range) => range === parameters.get("range")) ?? RANGES[0];
  }

  // A new point comes every `step` seconds: there is no need to ask for it before.
  async #loadHistory(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#parts;
    const range = this.range.peek();
    const known = this.#answer.peek();
    const last = known?.range === range ? known.time.at(-1) : undefined;
    if (known && last !== undefined && clock.tracker.peek() / 1000 < last + known.step) return;
    const from = last === undefined ? "" : `&from=${last}`;
    const answer = await client.get<HistoryAnswer>(`/api/history?range=${range}${from}`, signal);
    if (!signal.aborted) this.#answer.value = joinHistory(last === undefined ? null : known, answer);
  }
}
