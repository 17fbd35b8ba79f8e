import assert from "node:assert/strict";
import { AdminState } from "../../tracker/admin_state.ts";
import { announce, id, newTracker } from "./announcing.ts";

const A = "192.0.2.1:6881";
const B = "192.0.2.2:6881";

function newState() {
  const tracker = newTracker();
  return { tracker, admin: new AdminState(tracker, { version: "9.9", now: 0 }) };
}

Deno.test("totals count the whole tracker", () => {
  const { admin, tracker } = newState();
  announce(tracker, { at: A, swarm: "one", left: 0, event: "completed" });
  announce(tracker, { at: B, swarm: "two" });
  tracker.scrape([id("one")]);
  tracker.stats.rejected++;
  admin.tick(1000);
  assert.deepEqual(admin.totals(61_500), {
    swarms: 2,
    seeders: 1,
    leechers: 1,
    announces: 2,
    announcesPerSecond: 0,
    rejected: 1,
    scrapes: 1,
    completed: 1,
    uptimeSeconds: 61,
    version: "9.9",
  });
});

Deno.test("a swarm counts as changed when its name comes, goes or becomes another, and not else", () => {
  const { admin, tracker } = newState();
  announce(tracker, { at: A, swarm: "one" });
  const swarm = tracker.swarms.find(id("one"));
  const changes = (name: string | undefined, source: "folder" | "registry") => {
    tracker.swarms.advance();
    admin.setTorrents(new Map(name === undefined ? [] : [[id("one"), { name, totalBytes: 5 }]]), source);
    return tracker.swarms.changedAt(swarm) === tracker.swarms.revision;
  };
  assert.equal(changes("One.iso", "folder"), true);
  assert.equal(changes("One.iso", "folder"), false);
  // What was uploaded counts more.
  assert.equal(changes("Uploaded.iso", "registry"), true);
  assert.equal(changes("Other.iso", "folder"), false);
  assert.equal(admin.torrents.get(id("one"))?.name, "Uploaded.iso");
  assert.equal(changes(undefined, "registry"), true);
  assert.equal(admin.torrents.get(id("one"))?.name, "Other.iso");
});
