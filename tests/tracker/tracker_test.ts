import assert from "node:assert/strict";
import { toHex, TrackerRequestError } from "../../protocol/mod.ts";
import { Counter, Rate } from "../../tracker/peer_record.ts";
import { NO_PEER } from "../../tracker/peer_table.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { addressOf, announce, id, newTracker, request, type Said, UNKNOWN_LEFT } from "./announcing.ts";

const A = "192.0.2.1:6881";
const B = "192.0.2.2:6881";
const C = "192.0.2.3:6881";
const A6 = "[2001:db8::1]:6881";
const B6 = "[2001:db8::2]:6881";

function counts(tracker: Tracker, swarm = "a"): { complete: number; incomplete: number; downloaded: number } {
  const stats = tracker.scrape([id(swarm)]).get(id(swarm));
  assert.ok(stats);
  return { complete: stats.complete, incomplete: stats.incomplete, downloaded: stats.downloaded };
}

/** The one peer at an address: its list and its position there. */
function peerAt(tracker: Tracker, at: string, swarm = "a"): [list: number, position: number] {
  const { port } = request({ at });
  const bytes = Uint8Array.from([...addressOf(at), port >>> 8, port & 255]);
  const list = tracker.peers.lists.find(tracker.swarms.find(id(swarm)), bytes.length === 18);
  const position = tracker.peers.find(list, new Uint16Array(bytes.buffer));
  assert.notEqual(position, NO_PEER, `nobody at ${at}`);
  return [list, position];
}

Deno.test("a peer is told of the others, never of itself", () => {
  const tracker = newTracker();
  assert.deepEqual(announce(tracker, { at: A }), { complete: 0, incomplete: 1, peers: [] });
  assert.deepEqual(announce(tracker, { at: B }), { complete: 0, incomplete: 2, peers: [A] });
  assert.deepEqual(announce(tracker, { at: C, left: 0 }), { complete: 1, incomplete: 2, peers: [A, B] });
  assert.deepEqual(announce(tracker, { at: A }).peers, [B, C]);
});

Deno.test("a seeder is told of leechers only", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, left: 0 });
  announce(tracker, { at: B });
  assert.deepEqual(announce(tracker, { at: C, left: 0 }).peers, [B]);
});

Deno.test("swarms don't know of each other", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, swarm: "a" });
  assert.deepEqual(announce(tracker, { at: A, swarm: "b" }), { complete: 0, incomplete: 1, peers: [] });
});

Deno.test("IPv4 and IPv6 peers are told of each other, each in its own form", () => {
  const tracker = newTracker();
  announce(tracker, { at: A });
  announce(tracker, { at: A6 });
  assert.deepEqual(announce(tracker, { at: B }).peers, [A, A6]);
  const { peers, peers6 } = tracker.announce(request({ at: B6 }), addressOf(B6), 0);
  assert.equal(peers.length, 12);
  assert.equal(toHex(peers6), "20010db8000000000000000000000001" + "1ae1");
});

Deno.test("the answer carries the interval, the min interval and the asker's address", () => {
  const tracker = newTracker({ intervalSeconds: 900, minIntervalSeconds: 30 });
  const { externalIp, interval, minInterval } = tracker.announce(request({ at: A }), addressOf(A), 0);
  assert.deepEqual({ interval, minInterval, externalIp }, {
    interval: 900,
    minInterval: 30,
    externalIp: addressOf(A),
  });
});

Deno.test("numwant: 0 is none, missing is 50, beyond 200 is 200", () => {
  const tracker = newTracker();
  for (let i = 0; i < 300; i++) announce(tracker, { at: `198.51.${i >> 8}.${i & 255}:6881` });
  const named = (said: Partial<Said>) => announce(tracker, { at: A, ...said }).peers.length;
  assert.equal(named({ numwant: 0 }), 0);
  assert.equal(named({}), 50);
  assert.equal(named({ numwant: 7 }), 7);
  assert.equal(named({ numwant: 5000 }), 200);
});

Deno.test("dictionary answers name address, port and peer id, without the id where it isn't wanted", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, peer: "first" });
  announce(tracker, { at: A6, peer: "second" });
  const said = request({ at: B });
  const peers = tracker.announceDictionary(said, addressOf(B), 0).peers;
  assert.deepEqual(peers.map(({ ip, peerId, port }) => [ip, port, new TextDecoder().decode(peerId)]), [
    ["192.0.2.1", 6881, id("first")],
    ["2001:db8::1", 6881, id("second")],
  ]);
  const bare = tracker.announceDictionary({ ...said, noPeerId: true }, addressOf(B), 0).peers;
  assert.deepEqual(bare, [{ ip: "192.0.2.1", port: 6881 }, { ip: "2001:db8::1", port: 6881 }]);
});

Deno.test("stopped takes the peer out, and is told of nobody", () => {
  const tracker = newTracker();
  announce(tracker, { at: A });
  announce(tracker, { at: B });
  assert.deepEqual(announce(tracker, { at: A, event: "stopped" }), { complete: 0, incomplete: 1, peers: [] });
  assert.deepEqual(announce(tracker, { at: C }).peers, [B]);
});

Deno.test("stopped of a stranger makes no peer and no swarm", () => {
  const tracker = newTracker();
  assert.deepEqual(announce(tracker, { at: A, event: "stopped" }), { complete: 0, incomplete: 0, peers: [] });
  assert.equal(tracker.swarms.size + tracker.peers.size, 0);
});

Deno.test("a swarm goes with its last peer unless somebody has completed there", () => {
  const tracker = newTracker({ emptySwarmSeconds: 100 });
  announce(tracker, { at: A, swarm: "brief" });
  announce(tracker, { at: A, swarm: "brief", event: "stopped" });
  announce(tracker, { at: A, swarm: "kept" });
  announce(tracker, { at: A, swarm: "kept", left: 0, event: "completed" });
  announce(tracker, { at: A, swarm: "kept", event: "stopped", now: 1000 });
  assert.equal(tracker.swarms.size, 1);
  assert.deepEqual(counts(tracker, "kept"), { complete: 0, incomplete: 0, downloaded: 1 });
  tracker.reap(100_000);
  assert.equal(tracker.swarms.size, 1);
  tracker.reap(102_000);
  assert.equal(tracker.swarms.size, 0);
});

Deno.test("completed counts once for each peer, however often it is said", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, event: "started" });
  announce(tracker, { at: A, left: 0, event: "completed" });
  announce(tracker, { at: A, left: 0, event: "completed" });
  announce(tracker, { at: A, left: 0 });
  assert.deepEqual(counts(tracker), { complete: 1, incomplete: 0, downloaded: 1 });
  announce(tracker, { at: B, left: 0, event: "completed" });
  assert.deepEqual(counts(tracker), { complete: 2, incomplete: 0, downloaded: 2 });
  assert.equal(tracker.stats.completed, 2);
});

Deno.test("a peer that starts as a seeder hasn't completed", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, left: 0, event: "started" });
  assert.deepEqual(counts(tracker), { complete: 1, incomplete: 0, downloaded: 0 });
});

Deno.test("completed with something left is no completion", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, left: 5, event: "completed" });
  assert.deepEqual(counts(tracker), { complete: 0, incomplete: 1, downloaded: 0 });
});

Deno.test("completed without saying what is left is believed", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, left: UNKNOWN_LEFT, event: "completed" });
  assert.deepEqual(counts(tracker), { complete: 1, incomplete: 0, downloaded: 1 });
});

Deno.test("a seeder that has something left again is a leecher", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, left: 0 });
  announce(tracker, { at: A, left: 10 });
  assert.deepEqual(counts(tracker), { complete: 0, incomplete: 1, downloaded: 0 });
  assert.equal(tracker.peers.seeders, 0);
});

Deno.test("a peer that moves with its id and key is the same peer", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, peer: "p", key: "secret", left: 0, event: "completed" });
  assert.deepEqual(announce(tracker, { at: B, peer: "p", key: "secret", left: 0, event: "completed" }), {
    complete: 1,
    incomplete: 0,
    peers: [],
  });
  assert.equal(counts(tracker).downloaded, 1);
  assert.deepEqual(announce(tracker, { at: C }).peers, [B]);
});

Deno.test("a peer that moves to where another was leaves one peer behind, not two", () => {
  const tracker = newTracker();
  for (const at of [A, B, C]) announce(tracker, { at, peer: at, key: at });
  announce(tracker, { at: B, peer: A, key: A });
  assert.deepEqual(counts(tracker), { complete: 0, incomplete: 2, downloaded: 0 });
  assert.deepEqual(announce(tracker, { at: A6 }).peers, [B, C]);
});

for (const key of [undefined, "wrong"]) {
  Deno.test(`the same peer id from elsewhere with ${key ? "another" : "no"} key is somebody else`, () => {
    const tracker = newTracker();
    announce(tracker, { at: A, peer: "p", key: "secret" });
    announce(tracker, { at: B, peer: "p", key, event: "stopped" });
    assert.equal(counts(tracker).incomplete, 1);
    announce(tracker, { at: B, peer: "p", key });
    assert.deepEqual(announce(tracker, { at: C }).peers, [A, B]);
  });
}

Deno.test("stopped at its own address with the wrong key doesn't take a peer out", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, peer: "p", key: "secret" });
  announce(tracker, { at: A, peer: "p", key: "wrong", event: "stopped" });
  announce(tracker, { at: A, peer: "other", event: "stopped" });
  assert.equal(counts(tracker).incomplete, 1);
  announce(tracker, { at: A, peer: "p", key: "secret", event: "stopped" });
  assert.equal(counts(tracker).incomplete, 0);
});

Deno.test("a peer may stop from a new address with its key", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, peer: "p", key: "secret" });
  announce(tracker, { at: B, peer: "p", key: "secret", event: "stopped" });
  assert.equal(tracker.peers.size, 0);
});

Deno.test("one client over IPv4 and IPv6 keeps both addresses, with the same key", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, peer: "p", key: "k" });
  announce(tracker, { at: A6, peer: "p", key: "k" });
  announce(tracker, { at: A, peer: "p", key: "k" });
  assert.deepEqual(announce(tracker, { at: B }).peers, [A, A6]);
});

Deno.test("a client started anew at the same address takes the place of the one before", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, peer: "old", key: "1", left: 0, uploaded: 500, event: "completed" });
  announce(tracker, { at: A, peer: "new", key: "2", now: 10_000 });
  assert.deepEqual(counts(tracker), { complete: 0, incomplete: 1, downloaded: 1 });
  assert.equal(tracker.peers.rate(...peerAt(tracker, A), Rate.up), 0);
  announce(tracker, { at: A, peer: "new", key: "2", left: 0, event: "completed", now: 20_000 });
  assert.equal(counts(tracker).downloaded, 2);
});

Deno.test("ip is ignored when the asker isn't of the tracker's own network", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, ip: "198.51.100.7" });
  assert.deepEqual(announce(tracker, { at: B }).peers, [A]);
});

for (
  const at of [
    "127.0.0.1:6881",
    "10.1.2.3:6881",
    "172.31.0.1:6881",
    "192.168.1.5:6881",
    "[::1]:6881",
    "[fd00::5]:6881",
  ]
) {
  Deno.test(`ip is believed from ${at}`, () => {
    const tracker = newTracker();
    announce(tracker, { at, ip: "198.51.100.7" });
    assert.deepEqual(announce(tracker, { at: B }).peers, ["198.51.100.7:6881"]);
  });
}

Deno.test("ip is believed from everybody where that is allowed, IPv4-mapped as IPv4", () => {
  const tracker = newTracker({ allowIpParameter: true });
  announce(tracker, { at: A, ip: "::ffff:198.51.100.7" });
  assert.deepEqual(announce(tracker, { at: B }).peers, ["198.51.100.7:6881"]);
});

Deno.test("ip that is believed must be an address", () => {
  const tracker = newTracker();
  assert.throws(
    () => announce(tracker, { at: "127.0.0.1:6881", ip: "example.org" }),
    new TrackerRequestError("Invalid ip: must be an IPv4 or IPv6 address"),
  );
});

Deno.test("ip can't be used to take over another's peer", () => {
  const tracker = newTracker({ allowIpParameter: true });
  announce(tracker, { at: A, peer: "victim", key: "secret" });
  const taken = new TrackerRequestError("Address is in use by another peer");
  assert.throws(() => announce(tracker, { at: B, ip: "192.0.2.1", peer: "thief" }), taken);
  assert.throws(() => announce(tracker, { at: B, ip: "192.0.2.1", peer: "victim", key: "guess" }), taken);
  announce(tracker, { at: B, ip: "192.0.2.1", peer: "victim", event: "stopped" });
  assert.deepEqual(announce(tracker, { at: C }).peers, [A]);
  assert.ok(tracker.peers.hasPeerId(...peerAt(tracker, A), words("victim")));
});

Deno.test("silent peers are forgotten after their time, not before", () => {
  const tracker = newTracker({ intervalSeconds: 100, peerTimeoutSeconds: 200 });
  announce(tracker, { at: A, now: 0 });
  announce(tracker, { at: B, left: 0, now: 100_000 });
  tracker.reap(199_000);
  assert.equal(tracker.peers.size, 2);
  tracker.reap(202_000);
  assert.deepEqual(counts(tracker), { complete: 1, incomplete: 0, downloaded: 0 });
  tracker.reap(302_000);
  assert.deepEqual([tracker.peers.size, tracker.peers.seeders, tracker.swarms.size], [0, 0, 0]);
});

Deno.test("a peer that was told a longer interval is waited for after the interval is a shorter one", () => {
  const tracker = newTracker();
  announce(tracker, { at: A });
  for (let now = 1000; now < 1_000_000; now += 1000) tracker.reap(now);
  tracker.setRules({ intervalSeconds: 300 });
  for (let now = 1_000_000; now < 1_800_000; now += 1000) tracker.reap(now);
  assert.equal(tracker.size, 1);
});

Deno.test("rules that change before there are peers are owed to nobody", () => {
  const tracker = newTracker();
  tracker.setRules({ intervalSeconds: 300 });
  announce(tracker, { at: A });
  tracker.reap(481_000);
  assert.equal(tracker.size, 0);
});

Deno.test("reap() looks at a part of many peers in each call, and at all of them in a minute", () => {
  const tracker = newTracker({ intervalSeconds: 100, peerTimeoutSeconds: 100 });
  for (let i = 0; i < 50_000; i++) {
    announce(tracker, {
      at: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:6881`,
      numwant: 0,
      swarm: String(i % 7),
    });
  }
  let most = 0;
  let calls = 0;
  for (let before = tracker.peers.size; before > 0; before = tracker.peers.size) {
    tracker.reap(200_000);
    most = Math.max(most, before - tracker.peers.size);
    calls++;
  }
  assert.ok(most <= 1000, `one call removed ${most}`);
  assert.ok(calls < 240, `${calls} calls`);
  // Peers that are alive cost no more than being looked at: a round takes 60 calls.
  for (let i = 0; i < 50_000; i++) {
    announce(tracker, {
      at: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:6881`,
      numwant: 0,
      now: i < 10 ? 200_000 : 290_000,
    });
  }
  for (let call = 0; call < 62; call++) tracker.reap(310_000);
  assert.equal(tracker.peers.size, 49_990);
});

Deno.test("reap() doesn't slow down as silent peers go: half a million are gone in five minutes", () => {
  const tracker = newTracker({ intervalSeconds: 100, peerTimeoutSeconds: 100 });
  for (let i = 0; i < 500_000; i++) {
    announce(tracker, {
      at: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:6881`,
      numwant: 0,
      swarm: String(i % 500),
    });
  }
  let calls = 0;
  for (; tracker.peers.size > 0; calls++) tracker.reap(200_000);
  assert.ok(calls <= 320, `${calls} calls`);
});

Deno.test("rates are counted between announces, and forgotten when counters start anew", () => {
  const tracker = newTracker();
  const rates = () => [Rate.up, Rate.down].map((rate) => tracker.peers.rate(...peerAt(tracker, A), rate));
  announce(tracker, { at: A, uploaded: 1000, downloaded: 5000, now: 0 });
  assert.deepEqual(rates(), [0, 0]);
  announce(tracker, { at: A, uploaded: 1000 + 2048 * 10, downloaded: 5000 + 4096 * 10, now: 10_000 });
  assert.deepEqual(rates(), [2048, 4096]);
  announce(tracker, { at: A, uploaded: 0, downloaded: 0, now: 20_000 });
  assert.deepEqual(rates(), [0, 0]);
});

Deno.test("a peer's counters are what it said last", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, uploaded: 1, downloaded: 2, left: 3 });
  announce(tracker, { at: A, uploaded: 2 ** 40, downloaded: 2 ** 41, left: 2 ** 42 });
  const peer = peerAt(tracker, A);
  assert.deepEqual(
    [Counter.uploaded, Counter.downloaded, Counter.left].map((counter) =>
      tracker.peers.counter(...peer, counter)
    ),
    [2 ** 40, 2 ** 41, 2 ** 42],
  );
});

Deno.test("scrape answers each info hash, zeros for one that nobody announced", () => {
  const tracker = newTracker();
  announce(tracker, { at: A, swarm: "a" });
  announce(tracker, { at: B, swarm: "b", left: 0, event: "completed" });
  assert.deepEqual(
    tracker.scrape([id("a"), id("b"), id("c")]),
    new Map([
      [id("a"), { complete: 0, downloaded: 0, incomplete: 1 }],
      [id("b"), { complete: 1, downloaded: 1, incomplete: 0 }],
      [id("c"), { complete: 0, downloaded: 0, incomplete: 0 }],
    ]),
  );
  assert.equal(tracker.stats.scrapes, 1);
});

Deno.test("scrape refuses to answer for everything, and for too many at once", () => {
  const tracker = newTracker({ maxScrape: 2 });
  assert.throws(
    () => tracker.scrape([]),
    new TrackerRequestError("Full scrape is not available: name an info_hash"),
  );
  assert.throws(
    () => tracker.scrape([id("a"), id("b"), id("c")]),
    new TrackerRequestError("Too many info_hash: at most 2 in one scrape"),
  );
});

Deno.test("a full tracker refuses new peers and goes on with those it has", () => {
  const tracker = newTracker({ maxPeers: 2 });
  announce(tracker, { at: A });
  announce(tracker, { at: B });
  const full = new TrackerRequestError("Tracker is full");
  assert.throws(() => announce(tracker, { at: C }), full);
  assert.throws(() => announce(tracker, { at: C, swarm: "b" }), full);
  assert.deepEqual(announce(tracker, { at: A }).peers, [B]);
  assert.equal(tracker.swarms.size, 1);
  announce(tracker, { at: B, event: "stopped" });
  assert.deepEqual(announce(tracker, { at: C }).peers, [A]);
});

Deno.test("a tracker full of swarms forgets an empty one, else refuses", () => {
  const tracker = newTracker({ maxSwarms: 2 });
  announce(tracker, { at: A, swarm: "a", left: 0, event: "completed" });
  announce(tracker, { at: A, swarm: "b" });
  assert.throws(() => announce(tracker, { at: A, swarm: "c" }), new TrackerRequestError("Tracker is full"));
  announce(tracker, { at: A, swarm: "a", event: "stopped" });
  announce(tracker, { at: A, swarm: "c" });
  assert.equal(tracker.swarms.find(id("a")), 0);
});

Deno.test("a refused announce counts as nothing", () => {
  const tracker = newTracker({ maxPeers: 1 });
  announce(tracker, { at: A });
  assert.throws(() => announce(tracker, { at: B }));
  assert.equal(tracker.stats.announces, 1);
});

function words(peer: string): Uint32Array {
  return new Uint32Array(Uint8Array.from(id(peer), (char) => char.charCodeAt(0)).buffer);
}
