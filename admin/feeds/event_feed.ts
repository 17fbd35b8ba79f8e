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
  /** How many have come since it was held still, of those that it would show. */
  readonly waiting: ReadonlySignal<number>;
  /** Of what happened since the last answer, how many the tracker could not tell. */
  readonly skipped: ReadonlySignal<number>;

  readonly #parts: FeedParts;
  readonly #all = signal<readonly TrackerEvent[] | null>(null);
  /** The events when it was held still, and the run of the tracker that they are of; null while it goes on. */
  readonly #held = signal<{ events: readonly TrackerEvent[]; epoch: string } | null>(null);
  readonly #skipped = signal(0);
  #epoch = "";
  #next: number | undefined;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.skipped = this.#skipped;
    this.isPaused = computed(() => this.#held.value !== null);
    const chosen = (events: readonly TrackerEvent[]) =>
      events.filter(({ kind }) => this.kinds.value.has(kind));
    this.shown = computed(() => {
      const events = this.#held.value?.events ?? this.#all.value;
      return events === null ? null : chosen(events);
    });
    this.waiting = computed(() => {
      const held = this.#held.value;
      if (held === null) return 0;
      const all = this.#all.value ?? [];
      const isOfBefore = held.epoch === this.#epoch;
      return chosen(isOfBefore ? comeAfter(all, held.events[0]?.seq ?? 0) : all).length;
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
    this.#held.value = { events: this.#all.peek() ?? [], epoch: this.#epoch };
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
function comeAfter(events: readonly TrackerEvent[], seq: number): readonly TrackerEvent[] {
  const end = events.findIndex((event) => event.seq <= seq);
  return end < 0 ? events : events.slice(0, end);
}
