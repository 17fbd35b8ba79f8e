// The live tail of events: what happened, the newest first, as many as a reader can look through. It can be held still,
// and shows the kinds that were chosen.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { EventKind, EventsAnswer, TrackerEvent } from "../../tracker/admin_api.ts";
import type { Feed, FeedParts } from "./feed.ts";

export const EVENT_KINDS = ["announce", "completed", "rejected", "list"] as const satisfies EventKind[];
/** Older ones are let go. */
const MAX_EVENTS = 500;

export class EventFeed implements Feed {
  /** The newest first. Null until the first answer. */
  readonly shown: ReadonlySignal<readonly TrackerEvent[] | null>;
  readonly kinds: Signal<ReadonlySet<EventKind>> = signal(new Set(EVENT_KINDS));
  readonly isPaused: ReadonlySignal<boolean>;
  /** How many have come since it was held still. */
  readonly waiting: ReadonlySignal<number>;
  /** Of what happened since the last answer, how many the tracker could not tell. */
  readonly skipped: ReadonlySignal<number>;

  readonly #parts: FeedParts;
  readonly #all = signal<readonly TrackerEvent[] | null>(null);
  /** The events when it was held still; null while it runs. */
  readonly #held = signal<readonly TrackerEvent[] | null>(null);
  readonly #skipped = signal(0);
  #epoch = "";
  #next: number | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.skipped = this.#skipped;
    this.isPaused = computed(() => this.#held.value !== null);
    this.shown = computed(() => {
      const events = this.#held.value ?? this.#all.value;
      const kinds = this.kinds.value;
      return events?.filter(({ kind }) => kinds.has(kind)) ?? null;
    });
    this.waiting = computed(() => {
      const newest = this.#held.value?.[0]?.seq ?? 0;
      return this.#held.value === null ? 0 : countAfter(this.#all.value ?? [], newest);
    });
  }

  async load(signal: AbortSignal): Promise<boolean> {
    const after = this.#next === undefined ? "" : `?after=${this.#next}`;
    const answer = await this.#parts.client.get<EventsAnswer>(`/api/events${after}`, signal);
    if (!signal.aborted) this.apply(answer);
    return true;
  }

  /** Takes an answer in. */
  apply({ epoch, events, next, skipped }: EventsAnswer): void {
    // After a restart the tracker counts from the start.
    const isNew = epoch !== this.#epoch;
    this.#epoch = epoch;
    this.#next = next;
    this.#skipped.value = isNew ? 0 : skipped;
    const before = isNew ? [] : this.#all.peek() ?? [];
    if (events.length === 0 && !isNew) return;
    this.#all.value = [...events.toReversed(), ...before].slice(0, MAX_EVENTS);
  }

  pause(): void {
    this.#held.value = this.#all.peek() ?? [];
  }

  goOn(): void {
    this.#held.value = null;
  }

  toggleKind(kind: EventKind): void {
    const kinds = new Set(this.kinds.peek());
    if (!kinds.delete(kind)) kinds.add(kind);
    this.kinds.value = kinds;
  }

  describe(): string {
    const kinds = EVENT_KINDS.filter((kind) => this.kinds.value.has(kind));
    return kinds.length === EVENT_KINDS.length ? "" : `?kinds=${kinds.join(",")}`;
  }

  restore(search: string): void {
    const named = new URLSearchParams(search).get("kinds")?.split(",");
    this.kinds.value = new Set(EVENT_KINDS.filter((kind) => named?.includes(kind) ?? true));
  }
}

// The newest are in front.
function countAfter(events: readonly TrackerEvent[], seq: number): number {
  const end = events.findIndex((event) => event.seq <= seq);
  return end < 0 ? events.length : end;
}
