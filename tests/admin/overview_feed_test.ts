import assert from "node:assert/strict";
import { EventFeed } from "../../admin/feeds/event_feed.ts";
import { OverviewFeed } from "../../admin/feeds/overview_feed.ts";
import { Session } from "../../admin/session.ts";
import { answering } from "./states.ts";

Deno.test("OverviewFeed: what the plot shows stands in the address, but for what it shows anyway", () => {
  const { client, clock } = answering();
  const parts = { client, clock };
  const session = new Session(client, null, () => {});
  const feed = new OverviewFeed({ ...parts, session, events: new EventFeed(parts) });
  assert.equal(feed.describe(), "");
  feed.restore("?plot=traffic&range=day");
  assert.deepEqual([feed.topic.value, feed.range.value], ["traffic", "day"]);
  assert.equal(feed.describe(), "?plot=traffic&range=day");
  feed.restore("?plot=nonsense&range=hour");
  assert.deepEqual([feed.topic.value, feed.range.value, feed.describe()], ["peers", "hour", ""]);
});
