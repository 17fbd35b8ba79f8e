import assert from "node:assert/strict";
import { toHex } from "../../protocol/mod.ts";
import { AccessLists, ListError, type ListName } from "../../tracker/access_lists.ts";
import { Refusal, type RejectionReason } from "../../tracker/refusal.ts";
import { announce, id, newTracker } from "./announcing.ts";

const hex = (name: string) => toHex(Uint8Array.from(id(name), (char) => char.charCodeAt(0)));
const HERE = Uint8Array.of(192, 0, 2, 1);

/** Why an announce is refused, undefined if it isn't. */
function refusal(lists: AccessLists, { swarm = "a", peer = "-XX0001-", from = HERE } = {}) {
  try {
    lists.check(id(swarm), id(peer), from);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Refusal);
    assert.equal(error.retryIn, "never");
    return error.reason;
  }
}

Deno.test("lists without entries let everything pass", () => {
  assert.equal(refusal(new AccessLists()), undefined);
});

Deno.test("a denied torrent is refused, in either mode", () => {
  const lists = new AccessLists();
  lists.add("deny", hex("a"));
  lists.add("allow", hex("a"));
  assert.equal(refusal(lists), "torrent_denied");
  assert.equal(refusal(lists, { swarm: "b" }), undefined);
  lists.mode = "listed";
  assert.equal(refusal(lists), "torrent_denied");
  assert.equal(refusal(lists, { swarm: "b" }), "torrent_denied");
  lists.remove("deny", hex("a"));
  assert.equal(refusal(lists), undefined);
});

Deno.test("a registered torrent is allowed without being listed, unless it is denied", () => {
  const lists = new AccessLists();
  lists.mode = "listed";
  assert.equal(refusal(lists), "torrent_denied");
  lists.setRegistered(new Set([id("a")]));
  assert.equal(refusal(lists), undefined);
  lists.add("deny", hex("a"));
  assert.equal(refusal(lists), "torrent_denied");
});

Deno.test("denied addresses and clients are refused", () => {
  const lists = new AccessLists();
  lists.add("addresses", "192.0.2.0/24");
  lists.add("clients", "-BAD1");
  assert.equal(refusal(lists), "address_denied");
  const elsewhere = Uint8Array.of(198, 51, 100, 1);
  assert.equal(refusal(lists, { from: elsewhere }), undefined);
  assert.equal(refusal(lists, { from: elsewhere, peer: "-BAD1234-" }), "client_denied");
  assert.equal(refusal(lists, { from: elsewhere, peer: "-BAD2000-" }), undefined);
});

Deno.test("entries have one way to be written, and come back in the order in which they came", () => {
  const lists = new AccessLists();
  const add = (list: ListName, ...entries: string[]) => entries.map((entry) => lists.add(list, entry));
  assert.deepEqual(add("addresses", "10.1.2.3/8", "10.0.0.0/8", "::1"), ["10.0.0.0/8", undefined, "::1"]);
  assert.deepEqual(add("deny", "AB".repeat(20), "ab".repeat(20)), ["ab".repeat(20), undefined]);
  assert.deepEqual(add("clients", "-XX", "-YY"), ["-XX", "-YY"]);
  assert.deepEqual(lists.entries("addresses"), ["10.0.0.0/8", "::1"]);
  assert.deepEqual(lists.entries("deny"), ["ab".repeat(20)]);
  assert.deepEqual(lists.entries("clients"), ["-XX", "-YY"]);
  assert.equal(lists.remove("addresses", "10.9.9.9/8"), "10.0.0.0/8");
  assert.equal(lists.remove("addresses", "10.9.9.9/8"), undefined);
  assert.deepEqual(lists.entries("addresses"), ["::1"]);
});

for (
  const [list, entry] of [
    ["allow", "ab"],
    ["deny", "zz".repeat(20)],
    ["addresses", "10.0.0.0/40"],
    ["addresses", "tracker.example"],
    ["clients", ""],
    ["clients", "x".repeat(21)],
    ["clients", "\x00"],
  ] as const
) {
  Deno.test(`AccessLists.add() refuses ${JSON.stringify(entry)} in ${list}`, () => {
    assert.throws(() => new AccessLists().add(list, entry), ListError);
  });
}

Deno.test("an announce that is refused by the lists leaves no trace in the swarms", () => {
  const tracker = newTracker();
  tracker.admission.lists.add("deny", hex("a"));
  const expected: RejectionReason = "torrent_denied";
  assert.throws(() => announce(tracker, { at: "192.0.2.1:6881" }), { reason: expected });
  assert.equal(tracker.swarms.size, 0);
  announce(tracker, { at: "192.0.2.1:6881", swarm: "b" });
  assert.equal(tracker.swarms.size, 1);
});

Deno.test("the peers of a torrent that is denied go within a minute, a part at a time", () => {
  const tracker = newTracker();
  for (let i = 0; i < 300; i++) announce(tracker, { at: `192.0.${i >> 8}.${i & 255}:1`, left: i % 2 });
  announce(tracker, { at: "[2001:db8::1]:1" });
  announce(tracker, { at: "192.0.2.1:1", swarm: "b" });
  tracker.admission.lists.add("deny", hex("a"));
  for (let second = 1; second <= 60; second++) tracker.reap(second * 1000);
  assert.deepEqual([tracker.size, tracker.swarms.size], [1, 1]);

  tracker.admission.lists.mode = "listed";
  for (let second = 61; second <= 120; second++) tracker.reap(second * 1000);
  assert.equal(tracker.size, 0);
});

Deno.test("peers whose address or client is denied go within a minute, silent or not, whatever their torrent", () => {
  const tracker = newTracker();
  const { lists } = tracker.admission;
  const reap = (from: number) => {
    for (let second = from; second < from + 60; second++) tracker.reap(second * 1000);
    return tracker.size;
  };
  for (let i = 0; i < 300; i++) {
    announce(tracker, { at: `192.0.${i >> 8}.${i & 255}:1`, swarm: `s${i % 70}`, left: i % 2 });
  }
  announce(tracker, { at: "[2001:db8::1]:1" });
  announce(tracker, { at: "[2001:db9::1]:1" });
  announce(tracker, { at: "198.51.100.1:1", peer: "-XL0012-abc" });
  announce(tracker, { at: "198.51.100.2:1", peer: "-XL0013-abc" });
  assert.equal(reap(1), 304);
  lists.add("addresses", "192.0.1.0/24");
  assert.equal(reap(61), 256 + 4);
  for (const entry of ["192.0.0.0/24", "2001:db8::/32"]) lists.add("addresses", entry);
  assert.equal(reap(121), 3);
  lists.add("clients", "-XL0012-a");
  assert.equal(reap(181), 2);
  assert.deepEqual(announce(tracker, { at: "198.51.100.9:1", swarm: "new" }).peers, []);
});

Deno.test("of a large swarm those who are denied go a part at a time, and all of them", () => {
  const tracker = newTracker();
  for (let i = 0; i < 30_000; i++) announce(tracker, { at: `10.0.${i >> 8}.${i & 255}:1`, numwant: 0 });
  tracker.reap(1000);
  // In the middle of a round.
  for (const client of Array(1000).keys()) tracker.admission.lists.add("clients", `-C${client}-`);
  tracker.admission.lists.add("addresses", "10.0.0.0/17");
  const before = tracker.size;
  tracker.reap(2000);
  assert.ok(before - tracker.size < 500);
  for (let second = 3; tracker.size > 0 && second < 400; second++) tracker.reap(second * 1000);
  assert.equal(tracker.size, 0);
});

Deno.test("silent peers go within a minute, however many clients are denied and however often another is", () => {
  const tracker = newTracker({ peerTimeoutSeconds: 100 });
  const { lists } = tracker.admission;
  for (const client of Array(900).keys()) lists.add("clients", `-C${client}-`);
  for (let i = 0; i < 20_000; i++) announce(tracker, { at: `10.0.${i >> 8}.${i & 255}:1`, numwant: 0 });
  for (let second = 100; second < 160; second++) {
    lists.add("clients", `-D${second}-`);
    tracker.reap(second * 1000);
  }
  assert.equal(tracker.size, 0);
});

Deno.test("peers that are denied go, although other swarms come all the time", () => {
  const tracker = newTracker();
  // The walk stands among these when they are denied, so that it comes to some of them last.
  const denied = (i: number) => i >= 1200 && i < 1400;
  for (let i = 0; i < 3000; i++) {
    announce(tracker, { at: denied(i) ? "192.0.2.1:1" : "192.0.2.2:1", swarm: `s${i}` });
  }
  tracker.reap(1000);
  tracker.admission.lists.add("addresses", "192.0.2.1");
  for (let second = 2; second <= 60; second++) {
    for (let i = 0; i < 100; i++) announce(tracker, { at: "192.0.2.2:1", swarm: `${second},${i}` });
    tracker.reap(second * 1000);
  }
  assert.equal(tracker.size, 2800 + 59 * 100);
});

Deno.test("peers that are denied go, although seeders come to their swarm, with whom they change places", () => {
  const tracker = newTracker();
  for (let i = 0; i < 30_000; i++) announce(tracker, { at: `10.0.${i >> 8}.${i & 255}:1`, numwant: 0 });
  tracker.admission.lists.add("addresses", "10.0.0.0/16");
  for (let second = 1; second <= 60; second++) {
    tracker.reap(second * 1000);
    for (let i = 0; i < 50; i++) announce(tracker, { at: `10.1.${second}.${i}:1`, left: 0, numwant: 0 });
  }
  assert.equal(tracker.size, 60 * 50);
});

Deno.test("nobody names an address in `ip` that is denied", () => {
  const tracker = newTracker({ allowIpParameter: true });
  tracker.admission.lists.add("addresses", "203.0.113.0/24");
  const said = { at: "198.51.100.1:1", ip: "203.0.113.7" };
  assert.throws(() => announce(tracker, said), { reason: "address_denied" });
  announce(tracker, { ...said, ip: "203.0.114.7" });
  assert.equal(tracker.size, 1);
});
