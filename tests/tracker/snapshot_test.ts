import assert from "node:assert/strict";
import { fromBinary } from "../../protocol/mod.ts";
import { SnapshotError, SnapshotReader, SnapshotWriter } from "../../tracker/snapshot.ts";
import { hashBytes } from "../../tracker/hash.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { Counter } from "../../tracker/peer_record.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";
import { announce, id, newTracker, type Said } from "./announcing.ts";

const UNIX = 1_700_000_000_000;

/** All frames of a tracker at a time. */
function snapshot(tracker: Tracker, now = 0, unix = UNIX): Uint8Array[] {
  const writer = new SnapshotWriter(tracker);
  const frames: Uint8Array[] = [];
  for (;;) {
    const frame = writer.next(now, unix);
    if (frame === undefined) return frames;
    assert.ok(frame.length <= 32 * 1024);
    if (frame.length > 0) frames.push(frame.slice());
  }
}

function restore(tracker: Tracker, frames: readonly Uint8Array[], { now = 0, unix = UNIX } = {}): number {
  const reader = new SnapshotReader(tracker);
  for (const frame of frames) {
    assert.equal(reader.frameLength(frame), frame.length);
    reader.read(frame, now, unix);
  }
  return reader.peers;
}

/** A tracker after a restart: it has the seed for keys of before. */
function restarted(before: Tracker, seed = 99): Tracker {
  const tracker = newTracker({}, seed);
  tracker.keySeed = before.keySeed;
  return tracker;
}

function who(tracker: Tracker, said: Said): string[] {
  return announce(tracker, { numwant: 200, ...said }).peers;
}

Deno.test("a snapshot brings back who is where, seeders and leechers, both families", () => {
  const before = newTracker();
  announce(before, { at: "192.0.2.1:6881", left: 0 });
  announce(before, { at: "192.0.2.2:6881" });
  announce(before, { at: "[2001:db8::1]:6881" });
  announce(before, { at: "192.0.2.9:6881", swarm: "b" });
  const after = restarted(before);
  assert.equal(restore(after, snapshot(before)), 4);
  const swarm = after.swarms.find(id("a"));
  assert.deepEqual([after.complete(swarm), after.incomplete(swarm), after.swarms.size], [1, 2, 2]);
  assert.deepEqual(who(after, { at: "198.51.100.1:1" }), [
    "192.0.2.1:6881",
    "192.0.2.2:6881",
    "[2001:db8::1]:6881",
  ]);
});

Deno.test("a peer that is back is known by its key, its counters, and that it has completed", () => {
  const before = newTracker();
  const said = { at: "192.0.2.1:6881", key: "secret", left: 0, uploaded: 2 ** 40, downloaded: 7 };
  announce(before, { ...said, event: "completed" });
  const after = restarted(before);
  restore(after, snapshot(before));
  const swarm = after.swarms.find(id("a"));
  const list = after.peers.lists.find(swarm, false);
  assert.equal(after.peers.counter(list, 0, Counter.uploaded), 2 ** 40);
  assert.equal(after.peers.counter(list, 0, Counter.downloaded), 7);
  // Moved, with its key: it is still the same peer, and its download is not counted twice.
  announce(after, { ...said, at: "192.0.2.77:6881", peer: "192.0.2.1:6881", event: "completed" });
  assert.equal(after.size, 1);
  assert.equal(after.stats.completed, 0);
});

Deno.test("time goes on while the tracker is down: a peer is forgotten when it would have been", () => {
  const before = newTracker({ peerTimeoutSeconds: 100 });
  announce(before, { at: "192.0.2.1:6881", now: 0 });
  announce(before, { at: "192.0.2.2:6881", now: 50_000 });
  const frames = snapshot(before, 60_000);
  const rules = { peerTimeoutSeconds: 100 };
  const late = newTracker(rules);
  assert.equal(restore(late, frames, { unix: UNIX + 45_000 }), 1);
  assert.deepEqual(who(late, { at: "198.51.100.1:1" }), ["192.0.2.2:6881"]);
  // It was silent for 10 s when it was written and for 45 s since; 46 s later it is too old.
  late.reap(44_000);
  assert.equal(late.size, 2);
  late.reap(46_000);
  assert.equal(late.size, 1);
});

Deno.test("a peer is back that was told a longer interval than the one that counts now", () => {
  const before = newTracker();
  announce(before, { at: "192.0.2.1:6881", now: 0 });
  const after = newTracker({ intervalSeconds: 300 });
  after.owe(before.peerTimeout(1_000_000));
  assert.equal(restore(after, snapshot(before, 1_000_000)), 1);
});

Deno.test("who has announced since the start is left as it is", () => {
  const before = newTracker();
  announce(before, { at: "192.0.2.1:6881", left: 500, key: "k" });
  announce(before, { at: "192.0.2.2:6881" });
  const after = restarted(before);
  announce(after, { at: "192.0.2.1:6881", left: 0, key: "k" });
  assert.equal(restore(after, snapshot(before)), 1);
  const swarm = after.swarms.find(id("a"));
  assert.deepEqual([after.complete(swarm), after.incomplete(swarm)], [1, 1]);
  assert.equal(restore(after, snapshot(before)), 0, "nor does a second snapshot double anybody");
});

Deno.test("a large swarm and many small ones are written in steps, and are whole when nothing changes meanwhile", () => {
  const before = newTracker();
  for (let i = 0; i < 5000; i++) announce(before, { at: `10.0.${i >> 8}.${i & 255}:6881`, left: i % 3 });
  for (let i = 0; i < 3000; i++) announce(before, { at: "192.0.2.1:6881", swarm: `s${i}`, numwant: 0 });
  const frames = snapshot(before);
  assert.ok(frames.length > 5);
  const after = restarted(before);
  // In any order: each frame names its swarms.
  assert.equal(restore(after, frames.toReversed()), 8000);
  assert.deepEqual([after.size, after.seeders, after.swarms.size], [before.size, before.seeders, 3001]);
});

Deno.test("swarms that are denied now, and peers beyond the most there may be, stay away", () => {
  const before = newTracker();
  for (let i = 1; i <= 5; i++) announce(before, { at: `192.0.2.${i}:6881` });
  announce(before, { at: "192.0.2.9:6881", swarm: "b" });
  const full = newTracker({ maxPeers: 3 });
  assert.equal(restore(full, snapshot(before)), 3);
  const strict = newTracker();
  strict.admission.lists.add("deny", fromBinary(id("a")).toHex());
  assert.equal(restore(strict, snapshot(before)), 1);
});

Deno.test("peers whose address or client is denied now stay away", () => {
  const before = newTracker();
  announce(before, { at: "192.0.2.1:6881" });
  announce(before, { at: "[2001:db8::1]:6881" });
  announce(before, { at: "198.51.100.1:6881", peer: "-XL0012-abc" });
  announce(before, { at: "198.51.100.2:6881", peer: "-LT0012-abc" });
  const after = restarted(before);
  const { lists } = after.admission;
  for (const entry of ["192.0.2.0/24", "2001:db8::/32"]) lists.add("addresses", entry);
  lists.add("clients", "-XL");
  assert.equal(restore(after, snapshot(before)), 1);
  assert.deepEqual(who(after, { at: "203.0.113.1:1" }), ["198.51.100.2:6881"]);
});

Deno.test("of a swarm above the limit those come back that announced last, of each family, and the rest is counted", () => {
  const before = newTracker();
  const seconds = [7, 1, 9, 3, 8, 2];
  for (const [i, second] of seconds.entries()) {
    announce(before, { at: `192.0.2.${second}:6881`, left: i % 2, now: second * 1000 });
    announce(before, { at: `[2001:db8::${second}]:6881`, left: i % 2, now: second * 1000 });
  }
  announce(before, { at: "192.0.2.1:6881", swarm: "b" });
  const after = newTracker({ maxSwarmPeers: 3 });
  const reader = new SnapshotReader(after);
  for (const frame of snapshot(before, 10_000)) reader.read(frame, 0, UNIX);
  assert.deepEqual([reader.peers, reader.leftOut, after.size], [7, 6, 7]);
  const kept = [7, 8, 9].flatMap((second) => [`192.0.2.${second}:6881`, `[2001:db8::${second}]:6881`]);
  assert.deepEqual(who(after, { at: "198.51.100.1:1" }), kept.sort());
});

Deno.test("a swarm with one place has the peer of its snapshot that announced last, and who came since keeps it", () => {
  const before = newTracker();
  for (const second of [2, 3, 1]) announce(before, { at: `192.0.2.${second}:6881`, now: second * 1000 });
  const frames = snapshot(before, 10_000);
  const after = newTracker({ maxSwarmPeers: 1 });
  assert.equal(restore(after, frames), 1);
  assert.deepEqual(who(after, { at: "198.51.100.1:1" }), ["192.0.2.3:6881"]);
  const joined = newTracker({ maxSwarmPeers: 1 });
  announce(joined, { at: "192.0.2.9:6881" });
  assert.equal(restore(joined, frames), 0);
  assert.deepEqual(who(joined, { at: "198.51.100.1:1" }), ["192.0.2.9:6881"]);
});

Deno.test("of more peers than a tracker takes nearly all who come back announced after the others, in whatever swarm", () => {
  const [all, most] = [4000, 1000];
  for (const swarms of [1, 30, all]) {
    const before = newTracker();
    const random = new SeededRandom(7);
    for (let i = 0; i < all; i++) {
      const at = i % 3 === 0 ? `[2001:db8::${i}]:6881` : `10.0.${i >> 8}.${i & 255}:6881`;
      announce(before, { at, swarm: `s${i % swarms}`, numwant: 0, now: random.below(1000) * 1000 });
    }
    const after = newTracker({ maxPeers: most });
    const reader = new SnapshotReader(after);
    for (const frame of snapshot(before, 1_000_000)) reader.read(frame, 0, UNIX);
    assert.deepEqual([reader.peers, reader.leftOut, after.size], [most, all - most, most]);
    let late = 0;
    for (let place = 0; place < after.swarms.places; place++) {
      for (const isIp6 of [false, true]) {
        const list = after.peers.lists.find(after.swarms.at(place), isIp6);
        for (let i = 0; i < after.peers.lists.count(list); i++) {
          // A quarter is back: with the latest announces, those of the last 250 s.
          if (after.peers.silence(list, i, after.tenths(0)) <= 3000) late++;
        }
      }
    }
    assert.ok(late > 0.9 * most, `${late} of ${most}, ${swarms} swarms`);
  }
});

Deno.test("who has announced since the start keeps its place in a full tracker, whoever comes back", () => {
  const before = newTracker();
  for (let i = 0; i < 5; i++) announce(before, { at: `192.0.2.${i}:6881`, swarm: `s${i}` });
  const after = newTracker({ maxPeers: 2 });
  for (const at of ["198.51.100.1:1", "198.51.100.2:1"]) announce(after, { at });
  assert.equal(restore(after, snapshot(before, 5000)), 0);
  assert.deepEqual([after.size, after.swarms.size], [2, 1]);
});

Deno.test("peers come back to swarms of which nothing is known, in place of those of which nothing but counts are", () => {
  const before = newTracker();
  announce(before, { at: "192.0.2.1:6881", swarm: "live" });
  announce(before, { at: "192.0.2.2:6881", swarm: "live too" });
  announce(before, { at: "192.0.2.3:6881", swarm: "one too many" });
  const after = newTracker({ maxSwarms: 2 });
  for (const name of ["x", "y"]) after.swarms.setCompleted(after.remember(id(name)), 5);
  const reader = new SnapshotReader(after);
  for (const frame of snapshot(before)) reader.read(frame, 0, UNIX);
  assert.deepEqual([reader.peers, reader.leftOut, after.swarms.size], [2, 1, 2]);
});

Deno.test("nobody makes room for a peer whose swarm has none, but who is alone in another does", () => {
  const before = newTracker();
  for (const second of [1, 2]) announce(before, { at: `192.0.2.${second}:6881`, now: second * 1000 });
  announce(before, { at: "192.0.2.3:6881", swarm: "b", now: 3000 });
  announce(before, { at: "192.0.2.4:6881", swarm: "c", now: 4000 });
  const frames = snapshot(before, 10_000);
  const kept = (maxSwarms: number) => {
    const after = newTracker({ maxPeers: 2, maxSwarms });
    const reader = new SnapshotReader(after);
    for (const frame of frames) reader.read(frame, 0, UNIX);
    assert.deepEqual([reader.peers, reader.leftOut, after.size], [2, 2, 2]);
    return ["a", "b", "c"].map((name) => after.incomplete(after.swarms.find(id(name))));
  };
  assert.deepEqual(kept(1), [2, 0, 0]);
  assert.deepEqual(kept(2), [0, 1, 1]);
});

Deno.test("of a large swarm nobody comes back above the limit, and nearly all who do announced after the others", () => {
  const before = newTracker();
  const [all, most] = [4000, 1000];
  const random = new SeededRandom(7);
  for (let i = 0; i < all; i++) {
    announce(before, { at: `10.0.${i >> 8}.${i & 255}:6881`, numwant: 0, now: random.below(1000) * 1000 });
  }
  const after = newTracker({ maxSwarmPeers: most });
  restore(after, snapshot(before, 1_000_000));
  assert.equal(after.size, most);
  const list = after.peers.lists.find(after.swarms.find(id("a")), false);
  let late = 0;
  // A quarter is back: with the latest announces, those of the last 250 s.
  for (let i = 0; i < most; i++) if (after.peers.silence(list, i, after.tenths(0)) <= 3000) late++;
  assert.ok(late > 0.95 * most, `${late} of ${most}`);
});

Deno.test("SnapshotReader throws nothing but SnapshotError, and takes no spoilt frame: 10,000 mutations", () => {
  const before = newTracker();
  for (let i = 0; i < 20; i++) announce(before, { at: `192.0.2.${i}:6881`, swarm: `s${i % 3}` });
  announce(before, { at: "[2001:db8::1]:6881" });
  const [frame] = snapshot(before) as [Uint8Array];
  const random = new SeededRandom(31);
  let taken = 0;
  for (let i = 0; i < 10_000; i++) {
    const spoilt = mutate(frame, random);
    const tracker = newTracker();
    try {
      restore(tracker, [spoilt]);
      taken++;
      // A mutation that undid itself.
      assert.deepEqual(spoilt, frame);
    } catch (error) {
      if (error instanceof SnapshotError) continue;
      if (
        error instanceof assert.AssertionError &&
        new SnapshotReader(tracker).frameLength(spoilt) !== spoilt.length
      ) {
        continue;
      }
      throw new Error(`seed ${random.seed}, number ${i}`, { cause: error });
    }
  }
  assert.ok(taken < 500);
});

Deno.test("SnapshotReader throws nothing but SnapshotError even where the checksum is right", () => {
  const before = newTracker();
  for (let i = 0; i < 20; i++) announce(before, { at: `192.0.2.${i}:6881`, swarm: `s${i % 3}` });
  const [frame] = snapshot(before) as [Uint8Array];
  const random = new SeededRandom(32);
  let taken = 0;
  for (let i = 0; i < 10_000; i++) {
    const spoilt = resealed(mutate(frame, random));
    const tracker = newTracker();
    try {
      new SnapshotReader(tracker).read(spoilt, 0, UNIX);
      taken++;
      announce(tracker, { at: "198.51.100.1:1", swarm: "s0" });
      tracker.reap(1e9);
    } catch (error) {
      if (error instanceof SnapshotError) continue;
      throw new Error(`seed ${random.seed}, number ${i}`, { cause: error });
    }
  }
  assert.ok(taken > 100, `only ${taken} could be read`);
});

/** Bytes with the checksum that they should have. */
function resealed(frame: Uint8Array): Uint8Array {
  if (frame.length < 16) return frame;
  const copy = frame.slice();
  new DataView(copy.buffer).setUint32(4, hashBytes(0, copy, 8), true);
  return copy;
}
