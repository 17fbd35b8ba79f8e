/// <reference lib="dom" />
// The live tail of events with what holds it still and what it shows.

import type { EventKind, TrackerEvent } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { EVENT_KINDS } from "../feeds/event_feed.ts";
import { formatBytes, formatCount, formatMoment, formatTime, shortHash } from "../format.ts";
import { swarmPath } from "../router.ts";
import { text } from "../text.ts";
import { PauseIcon, PlayIcon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { Panel } from "./panel.tsx";

const words = text.events;

export function EventPanel({ isSmall = false }: { isSmall?: boolean }) {
  const { feeds: { events } } = useApp();
  const shown = events.shown.value;
  const waiting = events.waiting.value;
  const skipped = events.skipped.value;
  return (
    <Panel
      heading={words.heading}
      isBusy={shown === null}
      tools={
        <div class="tools">
          <Kinds />
          <button
            type="button"
            class="button"
            onClick={() => events.isPaused.peek() ? events.goOn() : events.pause()}
          >
            {events.isPaused.value ? <PlayIcon /> : <PauseIcon />}
            {events.isPaused.value ? words.go : words.pause}
          </button>
        </div>
      }
    >
      <ol class={isSmall ? "tail" : "tail tall"} tabIndex={0} aria-label={words.tail}>
        {shown?.length === 0 && (
          <li class="tail-empty">{events.kinds.value.size === 0 ? words.emptyFilter : words.empty}</li>
        )}
        {shown?.map((event) => <Event key={event.seq} event={event} />)}
      </ol>
      {(events.isPaused.value || skipped > 0) && (
        <p class="tail-note">
          {events.isPaused.value ? words.paused(formatCount(waiting)) : words.skipped(formatCount(skipped))}
        </p>
      )}
    </Panel>
  );
}

function Kinds() {
  const { feeds: { events } } = useApp();
  return (
    <fieldset class="chips">
      <legend class="unseen">{words.filter}</legend>
      {EVENT_KINDS.map((kind: EventKind) => (
        <label key={kind}>
          <input
            type="checkbox"
            checked={events.kinds.value.has(kind)}
            onChange={() => events.toggleKind(kind)}
          />
          <span>{words.kinds[kind]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Event({ event }: { event: TrackerEvent }) {
  return (
    <li>
      <time dateTime={new Date(event.time).toISOString()} title={formatMoment(event.time)}>
        {formatTime(event.time)}
      </time>
      <span class={`kind ${event.kind}`}>{nameOf(event)}</span>
      <Subject event={event} />
    </li>
  );
}

/** An announce that says something goes by what it says: "started", "stopped". */
function nameOf(event: TrackerEvent): string {
  const says = event.kind === "announce" && event.event !== "none" ? event.event : event.kind;
  return says === "list" ? words.kind.list : says;
}

function Subject({ event }: { event: TrackerEvent }) {
  switch (event.kind) {
    case "list":
      return (
        <>
          <span class="subject">{event.subject}</span>
          <span class="detail">{text.audit.actions[event.action]}</span>
        </>
      );
    case "rejected":
      return (
        <>
          <span class="subject">{event.message}</span>
          <span class="detail">
            {event.address ?? "–"} · {text.protocols.names[event.protocol]}
          </span>
        </>
      );
    default:
      return (
        <>
          <span class="subject" dir="auto">
            <Link href={swarmPath(event.infoHash)}>{event.name ?? shortHash(event.infoHash)}</Link>
          </span>
          <span class="detail">
            {event.address} · {event.client} · {text.protocols.names[event.protocol]}
            {event.left !== null && event.left > 0 && ` · ${words.left(formatBytes(event.left))}`}
          </span>
        </>
      );
  }
}
