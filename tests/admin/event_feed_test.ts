import assert from "node:assert/strict";
import { EventFeed } from "../../admin/feeds/event_feed.ts";
import type { EventsAnswer } from "../../tracker/admin_api.ts";
import { announceLine, answering, eventsAnswer, NEVER } from "./states.ts";

function feedOf(...answers: EventsAnswer[]) {
  const parts = answering(...answers);
  return { feed: new EventFeed(parts), asked: parts.asked };
}

const seqs = (feed: EventFeed) => feed.shown.value?.map(({ seq }) => seq);

Deno.test("EventFeed asks for what is new since the last answer, and shows the newest first", async () => {
  const { asked, feed } = feedOf(
    eventsAnswer({ events: [announceLine(1), announceLine(2)], next: 2 }),
    eventsAnswer({ events: [announceLine(5)], next: 6 }),
    eventsAnswer({ next: 6 }),
  );
  assert.equal(feed.shown.value, null);
  for (let i = 0; i < 3; i++) await feed.load(NEVER);
  assert.deepEqual(seqs(feed), [5, 2, 1]);
  assert.deepEqual(asked.map(({ path }) => path), [
    "/api/events",
    "/api/events?after=2",
    "/api/events?after=6",
  ]);
});

Deno.test("EventFeed begins anew with a tracker that was started again", () => {
  const { feed } = feedOf();
  feed.apply(eventsAnswer({ events: [announceLine(900)] }));
  feed.apply(eventsAnswer({ epoch: "e2", events: [announceLine(1)] }));
  assert.deepEqual(seqs(feed), [1]);
});

Deno.test("EventFeed.pause() holds still what is shown and counts what comes, until goOn()", () => {
  const { feed } = feedOf();
  feed.apply(eventsAnswer({ events: [announceLine(1)] }));
  feed.pause();
  feed.apply(eventsAnswer({ events: [announceLine(2), announceLine(3)] }));
  assert.deepEqual(seqs(feed), [1]);
  assert.equal(feed.waiting.value, 2);
  assert.equal(feed.isPaused.value, true);
  feed.goOn();
  assert.deepEqual(seqs(feed), [3, 2, 1]);
  assert.equal(feed.waiting.value, 0);
});

Deno.test("EventFeed counts what comes while it is held still also of a tracker that was started again", () => {
  const { feed } = feedOf();
  feed.apply(eventsAnswer({ events: [announceLine(900)] }));
  feed.pause();
  feed.apply(eventsAnswer({ events: [announceLine(901)] }));
  feed.apply(eventsAnswer({ epoch: "e2", events: [announceLine(1), announceLine(2)] }));
  assert.deepEqual(seqs(feed), [900]);
  assert.equal(feed.waiting.value, 2, "those before can't be shown any more");
});

Deno.test("EventFeed counts of what comes while it is held still what it would show", () => {
  const { feed } = feedOf();
  feed.toggleKind("announce");
  feed.pause();
  feed.apply(eventsAnswer({ events: [announceLine(1), announceLine(2, { kind: "completed" })] }));
  assert.equal(feed.waiting.value, 1);
});

Deno.test("EventFeed shows the kinds that were chosen, also of what is held still", () => {
  const { feed } = feedOf();
  feed.apply(eventsAnswer({ events: [announceLine(1), announceLine(2, { kind: "completed" })] }));
  feed.pause();
  feed.toggleKind("announce");
  assert.deepEqual(seqs(feed), [2]);
  feed.toggleKind("announce");
  assert.deepEqual(seqs(feed), [2, 1]);
});

Deno.test("EventFeed.describe() and restore() are each other's inverse", () => {
  const { feed } = feedOf();
  for (const search of ["", "?kinds=completed", "?kinds=announce,rejected", "?kinds="]) {
    feed.restore(search);
    assert.equal(feed.describe(), search);
  }
  feed.restore("?kinds=nonsense,list");
  assert.equal(feed.describe(), "?kinds=list");
});

Deno.test("EventFeed keeps the last few hundred events", () => {
  const { feed } = feedOf();
  for (let i = 0; i < 10; i++) {
    feed.apply(eventsAnswer({ events: Array.from({ length: 200 }, (_, j) => announceLine(i * 200 + j)) }));
  }
  assert.equal(seqs(feed)?.length, 500);
  assert.equal(seqs(feed)?.[0], 1999);
});

Deno.test("EventFeed says how many events could not be told", () => {
  const { feed } = feedOf();
  feed.apply(eventsAnswer({ events: [announceLine(1)] }));
  feed.apply(eventsAnswer({ events: [announceLine(800)], skipped: 700 }));
  assert.equal(feed.skipped.value, 700);
  feed.apply(eventsAnswer());
  assert.equal(feed.skipped.value, 0);
});
