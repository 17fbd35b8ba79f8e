import assert from "node:assert/strict";
import { toHex } from "../../protocol/mod.ts";
import type { PeerSnapshot, StateSnapshot } from "../../tracker/admin_api.ts";
import { AdminState } from "../../tracker/admin_state.ts";
import type { TrackerRules } from "../../tracker/options.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { announce, id, newTracker, UNKNOWN_LEFT } from "./announcing.ts";

const A = "192.0.2.1:6881";
const B = "192.0.2.2:6881";
const UNIX = 1_700_000_000_000;

function hex(name: string): string {
  return toHex(Uint8Array.from(id(name), (char) => char.charCodeAt(0)));
}

function name(infoHash: string): string {
  return new TextDecoder().decode(Uint8Array.fromHex(infoHash)).replace(/\.+$/, "");
}

/** A tracker and its admin state, and a page that polls it as the real one does. */
function newState(rules: TrackerRules = {}) {
  const tracker = newTracker(rules);
  const admin = new AdminState(tracker, { epoch: "run-1", version: "9.9", now: 0 });
  return { tracker, admin, page: () => new Page(admin) };
}

/** Keeps what the answers tell it, and only that. */
class Page {
  last: StateSnapshot | undefined;
  readonly swarms = new Map<string, string>();
  readonly peers = new Map<string, PeerSnapshot>();
  readonly #admin: AdminState;

  constructor(admin: AdminState) {
    this.#admin = admin;
  }

  poll(now = 0, swarm?: string): StateSnapshot {
    const question = { epoch: this.last?.epoch, revision: this.last?.revision, swarm: swarm && hex(swarm) };
    const state = this.#admin.snapshot(question, { now, unix: UNIX + now });
    if (state.swarms.full) this.swarms.clear();
    for (const row of state.swarms.changed) {
      this.swarms.set(name(row.infoHash), `${row.seeders}/${row.leechers}`);
    }
    for (const infoHash of state.swarms.removed) assert.ok(this.swarms.delete(name(infoHash)));
    if (state.swarm) {
      if (state.swarm.peers.full) this.peers.clear();
      for (const peer of state.swarm.peers.changed) this.peers.set(peer.address, peer);
      for (const address of state.swarm.peers.removed) this.peers.delete(address);
    }
    this.last = state;
    return state;
  }
}

Deno.test("the first poll gets everything, the next only what changed", () => {
  const { page, tracker } = newState();
  announce(tracker, { at: A, swarm: "one" });
  announce(tracker, { at: A, swarm: "two", left: 0 });
  const reader = page();
  const first = reader.poll();
  assert.ok(first.swarms.full && first.history.full);
  assert.deepEqual(reader.swarms, new Map([["two", "1/0"], ["one", "0/1"]]));

  assert.deepEqual(reader.poll().swarms, { full: false, changed: [], removed: [] });

  announce(tracker, { at: B, swarm: "one" });
  const third = reader.poll();
  assert.deepEqual(third.swarms.changed.map(({ infoHash }) => name(infoHash)), ["one"]);
  assert.equal(reader.swarms.get("one"), "0/2");
});

Deno.test("a swarm that goes is named once, one that comes back isn't", () => {
  const { page, tracker } = newState();
  announce(tracker, { at: A, swarm: "one" });
  announce(tracker, { at: A, swarm: "two" });
  const reader = page();
  reader.poll();
  announce(tracker, { at: A, swarm: "one", event: "stopped" });
  announce(tracker, { at: A, swarm: "two", event: "stopped" });
  announce(tracker, { at: A, swarm: "two" });
  assert.deepEqual(reader.poll().swarms.removed, [hex("one")]);
  assert.deepEqual(reader.swarms, new Map([["two", "0/1"]]));
  assert.deepEqual(reader.poll().swarms.removed, []);
});

for (
  const { title, question } of [
    { title: "another run's epoch", question: { epoch: "run-0", revision: 1 } },
    { title: "no epoch", question: { revision: 1 } },
    { title: "no revision", question: { epoch: "run-1" } },
    { title: "a revision from the future", question: { epoch: "run-1", revision: 1_000_000 } },
    { title: "a revision that is no number", question: { epoch: "run-1", revision: NaN } },
    { title: "a negative revision", question: { epoch: "run-1", revision: -1 } },
    { title: "a broken revision", question: { epoch: "run-1", revision: 1.5 } },
  ]
) {
  Deno.test(`a poll with ${title} gets everything`, () => {
    const { admin, tracker } = newState();
    announce(tracker, { at: A });
    for (let i = 0; i < 5; i++) admin.snapshot({}, { now: 0, unix: UNIX });
    const state = admin.snapshot(question, { now: 0, unix: UNIX });
    assert.ok(state.swarms.full && state.history.full);
    assert.equal(state.swarms.changed.length, 1);
  });
}

Deno.test("two pages each get every change", () => {
  const { page, tracker } = newState();
  const [fast, slow] = [page(), page()];
  fast.poll();
  slow.poll();
  for (let i = 0; i < 5; i++) {
    announce(tracker, { at: A, swarm: `s${i}` });
    fast.poll();
  }
  slow.poll();
  assert.deepEqual(new Set(slow.swarms.keys()), new Set(fast.swarms.keys()));
  assert.equal(slow.swarms.size, 5);
});

Deno.test("pages that poll at random always show what the tracker has", () => {
  const { admin, page, tracker } = newState({
    intervalSeconds: 10,
    minIntervalSeconds: 1,
    peerTimeoutSeconds: 40,
  });
  let seed = 5;
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor(seed / 65536) % n;
  };
  const pages = [page(), page(), page()];
  for (let now = 0; now < 400_000; now += 250) {
    const said = { at: `10.0.0.${random(30)}:6881`, swarm: `s${random(12)}`, now };
    announce(tracker, { ...said, left: random(2), event: random(4) === 0 ? "stopped" : "none" });
    if (now % 1000 === 0) {
      tracker.reap(now);
      admin.tick({ now, unix: UNIX + now });
    }
    const reader = pages[random(9)];
    if (reader === undefined) continue;
    reader.poll(now, "s3");
    assert.deepEqual(sorted(reader.swarms), sorted(swarmsOf(tracker)), `at ${now}`);
    const truth = admin.snapshot({ swarm: hex("s3") }, { now, unix: UNIX + now }).swarm;
    if (truth) {
      assert.deepEqual(
        [...reader.peers.keys()].sort(),
        truth.peers.changed.map((p) => p.address).sort(),
      );
    }
  }
});

Deno.test("a swarm's row tells its name and size from the .torrent, else the largest left", () => {
  const { admin, page, tracker } = newState();
  announce(tracker, { at: A, swarm: "one", left: 700 });
  announce(tracker, { at: B, swarm: "one", left: 300, now: 5000 });
  const reader = page();
  const [row] = reader.poll(8000).swarms.changed;
  assert.deepEqual(row, {
    infoHash: hex("one"),
    name: null,
    totalBytes: 700,
    seeders: 0,
    leechers: 2,
    completed: 0,
    lastAnnounce: UNIX + 5000,
  });
  admin.setTorrents(
    new Map([[id("one"), { name: "One.iso", totalBytes: 1234 }], [id("none"), { name: "n", totalBytes: 1 }]]),
  );
  const [named] = reader.poll(8000).swarms.changed;
  assert.deepEqual([named?.name, named?.totalBytes], ["One.iso", 1234]);
  admin.setTorrents(new Map());
  assert.equal(reader.poll(8000).swarms.changed[0]?.name, null);
});

Deno.test("a swarm's peers come whole, then as they change", () => {
  const { page, tracker } = newState();
  announce(tracker, { at: A, peer: "-SE0100-abcdefghijkl", left: 1000 });
  announce(tracker, { at: "[2001:db8::7]:51413", left: 0 });
  const reader = page();
  const first = reader.poll(0, "a");
  assert.ok(first.swarm?.peers.full);
  assert.deepEqual([...reader.peers.keys()].sort(), [A, "[2001:db8::7]:51413"]);

  announce(tracker, {
    at: A,
    peer: "-SE0100-abcdefghijkl",
    left: 250,
    uploaded: 10_240,
    downloaded: 7500,
    now: 10_000,
  });
  const second = reader.poll(12_000, "a");
  assert.deepEqual(second.swarm?.peers, {
    full: false,
    removed: [],
    changed: [{
      address: A,
      peerId: hex("-SE0100-abcdefghijkl"),
      client: "Seedling 0.1.0",
      uploaded: 10_240,
      downloaded: 7500,
      left: 250,
      progress: 0.75,
      uploadRate: 1024,
      downloadRate: 750,
      lastSeen: UNIX + 10_000,
      protocol: "http",
      partial: false,
    }],
  });

  announce(tracker, { at: A, peer: "-SE0100-abcdefghijkl", event: "stopped" });
  assert.deepEqual(reader.poll(0, "a").swarm?.peers, { full: false, removed: [A], changed: [] });
});

Deno.test("a peer that moves is removed at its old address", () => {
  const { page, tracker } = newState();
  announce(tracker, { at: A, peer: "p", key: "k" });
  const reader = page();
  reader.poll(0, "a");
  announce(tracker, { at: B, peer: "p", key: "k" });
  reader.poll(0, "a");
  assert.deepEqual([...reader.peers.keys()], [B]);
});

Deno.test("progress is null while nobody knows the size, 1 for a seeder", () => {
  const { page, tracker } = newState();
  announce(tracker, { at: A, left: UNKNOWN_LEFT });
  announce(tracker, { at: B, left: 0 });
  const reader = page();
  reader.poll(0, "a");
  assert.deepEqual([reader.peers.get(A)?.progress, reader.peers.get(B)?.progress], [null, 1]);
});

Deno.test("a swarm that isn't there is null, whatever was asked for", () => {
  const { admin } = newState();
  for (const swarm of [hex("none"), "", "xyz", "0".repeat(41)]) {
    assert.equal(admin.snapshot({ swarm }, { now: 0, unix: UNIX }).swarm, null);
  }
  assert.ok(!("swarm" in admin.snapshot({}, { now: 0, unix: UNIX })));
});

Deno.test("peers of a swarm that nobody asked for in half a minute aren't followed any more", () => {
  const { admin, page, tracker } = newState();
  announce(tracker, { at: A });
  const swarm = tracker.swarms.find(id("a"));
  const reader = page();
  reader.poll(0, "a");
  assert.ok(tracker.swarms.isWatched(swarm));
  admin.tick({ now: 31_000, unix: UNIX });
  assert.ok(!tracker.swarms.isWatched(swarm));
  announce(tracker, { at: B });
  assert.ok(reader.poll(32_000, "a").swarm?.peers.full);
  assert.equal(reader.peers.size, 2);
});

Deno.test("only so many swarms are followed at a time: the one asked for longest ago gives way", () => {
  const { page, tracker } = newState();
  const reader = page();
  for (let i = 0; i < 20; i++) {
    announce(tracker, { at: A, swarm: `s${i}` });
    reader.poll(i, `s${i}`);
    reader.poll(i, "s0");
  }
  const watched = Array.from({ length: 20 }, (_, i) => i).filter((i) =>
    tracker.swarms.isWatched(tracker.swarms.find(id(`s${i}`)))
  );
  assert.equal(watched.length, 16);
  assert.ok(watched.includes(0) && watched.includes(19) && !watched.includes(1));
});

Deno.test("with 30,000 swarms an answer has 10,000 rows, the latest; totals count all; a quiet poll is empty", () => {
  const { page, tracker } = newState();
  for (let i = 0; i < 30_000; i++) {
    if (i === 29_000) tracker.swarms.advance();
    announce(tracker, { at: A, swarm: `s${i}`, numwant: 0 });
  }
  const reader = page();
  const state = reader.poll();
  assert.equal(state.swarms.changed.length, 10_000);
  assert.ok(reader.swarms.has("s29999") && reader.swarms.has("s29000") && reader.swarms.has("s20000"));
  assert.equal(state.totals.swarms, 30_000);
  assert.deepEqual(reader.poll().swarms, { full: false, changed: [], removed: [] });
  for (let i = 0; i < 10_001; i++) announce(tracker, { at: A, swarm: `s${i}`, numwant: 0 });
  const burst = reader.poll();
  assert.ok(burst.swarms.full, "more changes than fit must be told as a new beginning");
  assert.equal(burst.swarms.changed.length, 10_000);
});

Deno.test("removals beyond what is remembered make a full answer", () => {
  const { page, tracker } = newState();
  const reader = page();
  reader.poll();
  for (let i = 0; i < 10_001; i++) {
    announce(tracker, { at: A, swarm: `s${i}` });
    announce(tracker, { at: A, swarm: `s${i}`, event: "stopped" });
  }
  assert.ok(reader.poll().swarms.full);
});

Deno.test("history comes whole, then point by point", () => {
  const { admin, page } = newState();
  const reader = page();
  admin.tick({ now: 0, unix: UNIX });
  assert.deepEqual(reader.poll(0).history.changed, [
    { time: UNIX / 1000, seeders: 0, leechers: 0, swarms: 0, announcesPerSecond: 0 },
  ]);
  for (let now = 1000; now <= 11_000; now += 1000) admin.tick({ now, unix: UNIX + now });
  const { history } = reader.poll(11_000);
  assert.equal(history.full, false);
  assert.deepEqual(history.changed.map(({ time }) => time - UNIX / 1000), [5, 10]);
  assert.deepEqual(reader.poll(11_500).history.changed, []);
});

Deno.test("totals count the whole tracker", () => {
  const { admin, tracker } = newState();
  announce(tracker, { at: A, swarm: "one", left: 0, event: "completed" });
  announce(tracker, { at: B, swarm: "two" });
  tracker.scrape([id("one")]);
  tracker.stats.rejected++;
  admin.tick({ now: 1000, unix: UNIX });
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

function swarmsOf(tracker: Tracker): Map<string, string> {
  const swarms = new Map<string, string>();
  for (let swarm = tracker.swarms.newest; swarm !== 0; swarm = tracker.swarms.older(swarm)) {
    swarms.set(
      name(toHex(tracker.swarms.infoHash(swarm))),
      `${tracker.complete(swarm)}/${tracker.incomplete(swarm)}`,
    );
  }
  return swarms;
}

function sorted(map: Map<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => a < b ? -1 : 1);
}
