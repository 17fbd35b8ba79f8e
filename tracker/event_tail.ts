// What has just happened, for pages that watch it live: announces, completed downloads, refusals, changes by operators.
// Nothing of announces is noted while nobody watches, and never more than a page can show: what is left out is counted, so
// that every answer says how much it doesn't tell. What an event looks like is in admin_api.ts.

import {
  type AnnounceRequest,
  formatIp,
  formatPeerAddress,
  recogniseClient,
  toHex,
  type TrackerRequestError,
  UNKNOWN_LEFT,
} from "../protocol/mod.ts";
import { fromBinary } from "../protocol/bytes.ts";
import type { AuditAction, EventKind, EventsAnswer, TrackerEvent } from "./admin_api.ts";
import { reasonOf } from "./refusal.ts";
import type { RequestTail, TrackerProtocol } from "./stats.ts";

/** Events that are kept: some 600 KB. */
const MAX_EVENTS = 2000;
/** Events in one answer: more than a screen shows. */
const MAX_ANSWER = 500;
/** Announces and refusals that are noted in a second: nobody reads half as fast. */
const MAX_PER_SECOND = 100;
/** For how long somebody watches who asked. */
const WATCH_MS = 10_000;
/** Longest failure reason that is shown. */
const MAX_MESSAGE = 200;

/** All but `seq` and `time`. */
type New<Event> = Event extends TrackerEvent ? Omit<Event, "seq" | "time"> : never;

/** What a page asks for. */
export interface EventsQuestion {
  /** Events with higher numbers. Default: all that are kept. */
  after?: number | undefined;
  /** Default all. */
  kinds?: ReadonlySet<EventKind> | undefined;
  /** Info hash, hex: its announces only. */
  swarm?: string | undefined;
  /** Events up to this number. Default: all. */
  upTo?: number | undefined;
}

/** Where the tail hangs; see `TrackerStats.tail`. */
export interface Tailed {
  tail: RequestTail | undefined;
}

/** The last events of one tracker. */
export class EventTail implements RequestTail {
  readonly #stats: Tailed;
  readonly #epoch: string;
  readonly #unix: () => number;
  readonly #nameOf: (infoHash: string) => string | null;
  /** Oldest first. */
  #events: TrackerEvent[] = [];
  /** Of the last event, noted or not. */
  #seq = 0;
  #askedAt = -Infinity;
  /** How many more are noted in this second. */
  #room = MAX_PER_SECOND;

  /** `unix` tells Unix milliseconds, `nameOf` a torrent's name by its info hash (binary). */
  constructor(
    stats: Tailed,
    { epoch, nameOf, unix }: {
      epoch: string;
      unix: () => number;
      nameOf: (infoHash: string) => string | null;
    },
  ) {
    this.#stats = stats;
    this.#epoch = epoch;
    this.#unix = unix;
    this.#nameOf = nameOf;
  }

  /** The answer to a page, which is taken to watch from now on. */
  answer({ after = 0, kinds, swarm, upTo = this.#seq }: EventsQuestion, now: number): EventsAnswer {
    this.watch(now);
    // A number of another run: what it has seen is of no use here.
    const from = after > this.#seq ? 0 : after;
    const to = Math.max(from, Math.min(upTo, this.#seq));
    const placeAfter = (number: number) => this.#events.findLastIndex(({ seq }) => seq <= number) + 1;
    const later = this.#events.slice(placeAfter(from), placeAfter(to));
    const wanted = later.filter((event) =>
      (kinds === undefined || kinds.has(event.kind)) &&
      (swarm === undefined || ("infoHash" in event && event.infoHash === swarm))
    );
    const events = wanted.slice(-MAX_ANSWER);
    const cut = wanted.length - events.length;
    return {
      epoch: this.#epoch,
      events,
      next: to,
      // Without a number nobody has missed anything yet.
      skipped: from === 0 ? cut : to - from - later.length + cut,
    };
  }

  /** Somebody watches. */
  watch(now: number): void {
    this.#askedAt = now;
    this.#stats.tail = this;
  }

  /** The number of the last event. */
  get seq(): number {
    return this.#seq;
  }

  /** Another second begins. Lets go of the announces when nobody watches any more. */
  tick(now: number): void {
    this.#room = MAX_PER_SECOND;
    if (now - this.#askedAt > WATCH_MS) this.#stats.tail = undefined;
  }

  onAnnounce(protocol: TrackerProtocol, request: AnnounceRequest, from: Uint8Array): void {
    if (!this.#admit()) return;
    const { event, infoHash, left, peerId, port } = request;
    this.#add({
      kind: event === "completed" ? "completed" : "announce",
      protocol,
      infoHash: toHex(fromBinary(infoHash)),
      name: this.#nameOf(infoHash),
      address: formatPeerAddress({ ip: formatIp(from), port }),
      client: recogniseClient(fromBinary(peerId)),
      event,
      left: left === UNKNOWN_LEFT ? null : left,
    });
  }

  onRejected(protocol: TrackerProtocol, error: TrackerRequestError, from: Uint8Array | undefined): void {
    if (!this.#admit()) return;
    const address = from === undefined ? null : formatIp(from);
    const message = error.message.slice(0, MAX_MESSAGE);
    this.#add({ kind: "rejected", protocol, reason: reasonOf(error), message, address });
  }

  /** Something that an operator changed: noted always, since it is rare. */
  onChange(action: AuditAction, subject: string): void {
    this.#seq++;
    this.#add({ kind: "list", action, subject });
  }

  /** Counts an event. Returns whether there is room for it: all announces of a busy second come here, and few have. */
  #admit(): boolean {
    this.#seq++;
    return this.#room > 0 && this.#room-- > 0;
  }

  #add(event: New<TrackerEvent>): void {
    this.#events.push({ ...event, seq: this.#seq, time: this.#unix() } as TrackerEvent);
    // Twice as many at most, cut in one go: to shift thousands for each event would cost more than to note it.
    if (this.#events.length >= 2 * MAX_EVENTS) this.#events = this.#events.slice(-MAX_EVENTS);
  }
}
