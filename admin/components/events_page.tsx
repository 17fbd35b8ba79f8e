// What happens at the tracker, while it happens.

import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { EventPanel } from "./event_panel.tsx";
import { Waiting } from "./waiting.tsx";

export function EventsPage() {
  const { feeds } = useApp();
  return (
    <>
      <h1 class="unseen" tabIndex={-1}>{text.events.heading}</h1>
      <Waiting isHere={feeds.events.shown.value !== null}>
        <EventPanel />
      </Waiting>
    </>
  );
}
