// The tracker's rules against those who ask too much, or for others' harm.

import assert from "node:assert/strict";
import { Refusal } from "../../tracker/refusal.ts";
import { SnapshotReader, SnapshotWriter } from "../../tracker/snapshot.ts";
import { announce, id, newTracker } from "./announcing.ts";
import { HASH, LEAST, TestApp } from "./http.ts";

Deno.test("who asks too often is told to come back in a minute, over any path; the local network isn't counted", async () => {
  const app = await TestApp.create({ requestsPerSecond: 1, requestBurst: 3 });
  const reason = async (path: string, from: string) => {
    const dict = await app.bencode(path, from);
    assert.equal(dict.get("retry in"), dict.has("failure reason") ? 1 : undefined);
    return dict.has("failure reason");
  };
  for (const expected of [false, false, false, true]) {
    assert.equal(await reason(`/announce?${LEAST}`, "192.0.2.1"), expected);
  }
  assert.equal(await reason(`/scrape?info_hash=${HASH}`, "192.0.2.1"), true);
  assert.equal(await reason(`/announce?${LEAST.replace("-abc", "-xyz")}`, "192.0.2.2"), false);
  for (let i = 0; i < 10; i++) {
    assert.equal(await reason(`/announce?${LEAST.replace("-abc", "-loc")}`, "10.0.0.1"), false);
  }
  assert.equal(app.tracker.stats.protocols.http.rejected.get("rate_limited"), 2);
});

Deno.test("a port below the lowest that may be named is refused", () => {
  const tracker = newTracker({ minPort: 1024 });
  assert.throws(() => announce(tracker, { at: "192.0.2.1:1023" }), (error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.reason, "port_denied");
    assert.equal(error.message, "Your port is not allowed here: must be 1024 or higher");
    return true;
  });
  announce(tracker, { at: "192.0.2.1:1024" });
});

Deno.test("peers below the lowest port go when that is raised, and don't come back from a snapshot", () => {
  const tracker = newTracker();
  for (const at of ["192.0.2.1:80", "192.0.2.2:1023", "[2001:db8::1]:80", "192.0.2.3:1024"]) {
    announce(tracker, { at });
  }
  const frame = new SnapshotWriter(tracker).next(0, 0)?.slice() as Uint8Array;
  const reap = () => {
    for (let second = 1; second <= 60; second++) tracker.reap(second * 1000);
    return tracker.size;
  };
  assert.equal(reap(), 4);
  tracker.setRules({ minPort: 1024 });
  assert.equal(reap(), 1);
  const restarted = newTracker({ minPort: 1024 });
  const reader = new SnapshotReader(restarted);
  reader.read(frame, 0, 0);
  assert.deepEqual([reader.peers, restarted.size], [1, 1]);
});

Deno.test("who comes to a full swarm is told of others, and not remembered; who is in it stays", () => {
  const tracker = newTracker({ maxSwarmPeers: 2 });
  announce(tracker, { at: "192.0.2.1:1" });
  announce(tracker, { at: "192.0.2.2:1" });
  assert.deepEqual(announce(tracker, { at: "192.0.2.3:1" }), {
    complete: 0,
    incomplete: 2,
    peers: ["192.0.2.1:1", "192.0.2.2:1"],
  });
  assert.equal(tracker.size, 2);
  assert.equal(announce(tracker, { at: "192.0.2.2:1", left: 0 }).complete, 1);
  announce(tracker, { at: "192.0.2.3:1", swarm: "other" });
  announce(tracker, { at: "192.0.2.1:1", event: "stopped" });
  assert.equal(announce(tracker, { at: "192.0.2.3:1" }).incomplete, 1);
});

Deno.test("a flood of new peers stops at the most there may be: memory too, and those before are answered", () => {
  const tracker = newTracker({ maxPeers: 5000, maxSwarms: 1000 });
  for (let i = 0; i < 100; i++) announce(tracker, { at: `192.0.2.${i}:1` });
  let refused = 0;
  let bytes = 0;
  for (let i = 0; i < 50_000; i++) {
    try {
      announce(tracker, {
        at: `198.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1`,
        swarm: `s${i % 2000}`,
        numwant: 0,
      });
    } catch (error) {
      assert.ok(error instanceof Refusal && error.reason === "full");
      refused++;
    }
    if (i === 25_000) bytes = tracker.bytes;
  }
  assert.ok(refused > 40_000);
  assert.equal(tracker.bytes, bytes);
  assert.equal(announce(tracker, { at: "192.0.2.5:1" }).incomplete, 100);
});

Deno.test("partial seeds are leechers, counted apart in scrapes as long as they say so (BEP 21)", () => {
  const tracker = newTracker();
  const scraped = () => tracker.scrape([id("a")]).get(id("a"));
  announce(tracker, { at: "192.0.2.1:1" });
  announce(tracker, { at: "192.0.2.2:1", event: "paused" });
  announce(tracker, { at: "[2001:db8::1]:1", event: "paused" });
  assert.deepEqual(scraped(), { complete: 0, downloaded: 0, incomplete: 3, downloaders: 1 });
  announce(tracker, { at: "192.0.2.2:1", event: "paused" });
  assert.equal(tracker.peers.partialSeeds, 2);
  // It wants more; another becomes a seeder; a third leaves.
  announce(tracker, { at: "192.0.2.2:1" });
  assert.equal(scraped()?.downloaders, 2);
  announce(tracker, { at: "192.0.2.2:1", event: "paused" });
  announce(tracker, { at: "192.0.2.2:1", event: "paused", left: 0 });
  announce(tracker, { at: "[2001:db8::1]:1", event: "stopped" });
  assert.deepEqual(scraped(), { complete: 1, downloaded: 0, incomplete: 1 });
  assert.equal(tracker.peers.partialSeeds, 0);
});

Deno.test("a partial seed keeps its key and its place through everything that moves peers about", () => {
  const tracker = newTracker();
  for (let i = 0; i < 60; i++) {
    announce(tracker, { at: `192.0.2.${i}:1`, key: `key ${i}`, event: i % 3 === 0 ? "paused" : "none" });
  }
  for (let i = 0; i < 60; i += 2) {
    announce(tracker, { at: `192.0.2.${i}:1`, key: `key ${i}`, event: "stopped" });
  }
  assert.equal(tracker.peers.partialSeeds, 10);
  // Moved to new addresses, with their keys.
  for (let i = 1; i < 60; i += 2) {
    const peer = `192.0.2.${i}:1`;
    announce(tracker, {
      at: `198.51.100.${i}:1`,
      peer,
      key: `key ${i}`,
      event: i % 3 === 0 ? "paused" : "none",
    });
  }
  assert.deepEqual([tracker.size, tracker.peers.partialSeeds], [30, 10]);
  tracker.reap(1e9);
  for (let i = 0; i < 100; i++) tracker.reap(1e9);
  assert.deepEqual([tracker.size, tracker.peers.partialSeeds], [0, 0]);
});
