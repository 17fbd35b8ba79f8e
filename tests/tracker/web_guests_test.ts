import assert from "node:assert/strict";
import { fromBinary, toHex } from "../../protocol/bytes.ts";
import { announce as announceTcp, id } from "./announcing.ts";
import { Browser, type Message, newWeb, offers } from "./browsers.ts";

/** An answer to an offer. */
function answerTo(peer: string, offer: string) {
  return { answer: { type: "answer", sdp: "sdp of the answer" }, to_peer_id: id(peer), offer_id: id(offer) };
}

/** The counts of a browser's own answer, and that it was all it got. */
function countsOf([answer, ...more]: Message[]): unknown {
  assert.deepEqual(more, []);
  return answer?.["failure reason"] ?? [answer?.complete, answer?.incomplete];
}

/** A swarm with as many browsers as it takes: "one" and "two". */
function fullSwarm() {
  const parts = newWeb({ maxSwarmPeers: 2 });
  const [one, two] = [parts.browser("one"), parts.browser("two")];
  one.announce();
  two.announce();
  return { ...parts, one, two };
}

Deno.test("a browser that comes to a full swarm is counted, and listed, nowhere; its offers reach those in it", () => {
  const { browser, one, tracker, two } = fullSwarm();
  const guest = browser("guest");
  assert.deepEqual(countsOf(guest.announce({ offers: offers("o1", "o2") })), [0, 2]);
  assert.deepEqual([tracker.size, guest.peers.size], [2, 0]);
  const received = [...one.take(), ...two.take()];
  assert.deepEqual(received.map(({ offer_id }) => offer_id).sort(), [id("o1"), id("o2")]);
  assert.deepEqual(received.map(({ peer_id }) => peer_id), [id("guest"), id("guest")]);
});

Deno.test("answers find the guest that made the offer, and offers of others don't", () => {
  const { browser, one, two } = fullSwarm();
  const [guest, other] = [browser("guest"), browser("other")];
  guest.announce({ offers: offers("o1") });
  one.announce(answerTo("guest", "o1"));
  const [received] = guest.take();
  assert.deepEqual([received?.peer_id, received?.offer_id], [id("one"), id("o1")]);
  other.announce({ offers: offers("o2", "o3", "o4") });
  two.announce({ offers: offers("o5", "o6") });
  assert.deepEqual(guest.take(), []);
});

Deno.test("a guest that is a seeder offers to leechers only", () => {
  const { browser, one, two } = fullSwarm();
  one.announce({ left: 0 });
  browser("guest").announce({ left: 0, offers: offers("o1", "o2") });
  assert.deepEqual([one.take().length, two.take().length], [0, 1]);
});

Deno.test("who is in a full swarm stays in it: as before, on another connection, or under another peer id", () => {
  const { browser, one, tracker, two, web } = fullSwarm();
  tracker.setRules({ maxSwarmPeers: 1 });
  assert.deepEqual(countsOf(one.announce({ left: 0 })), [1, 1]);
  const again = new Browser(web, "one", [...one.endpoint.subarray(0, 4)], 50_001);
  assert.deepEqual(countsOf(again.announce()), [0, 2]);
  assert.deepEqual(countsOf(two.announce({ peer_id: id("renamed") })), [0, 2]);
  assert.deepEqual([again.peers.size, two.peers.size], [1, 1]);
  assert.deepEqual(countsOf(browser("guest").announce()), [0, 2]);
});

Deno.test("a guest that announces again has the place that somebody left, and is offered to from then on", () => {
  const { browser, one, two } = fullSwarm();
  const guest = browser("guest");
  guest.announce();
  assert.equal(guest.guests.size, 1);
  one.announce({ event: "stopped" });
  guest.announce();
  assert.deepEqual([guest.guests.size, guest.peers.size], [0, 1]);
  two.announce({ offers: offers("o1") });
  assert.deepEqual(guest.take().map(({ offer_id }) => offer_id), [id("o1")]);
});

Deno.test("peers with ports and peers in browsers, who can't meet, take no places from each other", () => {
  const { browser, tracker } = fullSwarm();
  assert.equal(announceTcp(tracker, { at: "192.0.2.101:1" }).incomplete, 3);
  assert.deepEqual(announceTcp(tracker, { at: "192.0.2.102:1" }), {
    complete: 0,
    incomplete: 4,
    peers: ["192.0.2.101:1"],
  });
  assert.equal(announceTcp(tracker, { at: "192.0.2.103:1" }).incomplete, 4);
  for (const n of [1, 2]) announceTcp(tracker, { at: `192.0.2.${n}:1`, swarm: "b" });
  const first = browser("first");
  assert.deepEqual(countsOf(first.announce({ info_hash: id("b") })), [0, 3]);
  browser("second").announce({ info_hash: id("b"), offers: offers("o1") });
  assert.equal(first.take().length, 1);
});

Deno.test("a full tracker refuses who would be a guest, too", () => {
  const { browser, tracker } = fullSwarm();
  tracker.setRules({ maxPeers: 3, maxSwarmPeers: 2 });
  browser("other").announce({ info_hash: id("b") });
  assert.equal(countsOf(browser("guest").announce()), "Tracker is full");
});

Deno.test("nobody takes a guest's peer id over, except from the same address", () => {
  const { browser, one, two, web } = fullSwarm();
  const guest = browser("guest");
  guest.announce();
  const thief = new Browser(web, "guest", [198, 51, 100, 1]);
  assert.equal(countsOf(thief.announce()), "Peer id is in use by another peer");
  one.announce({ event: "stopped" });
  assert.equal(countsOf(thief.announce()), "Peer id is in use by another peer", "nor where there is room");
  browser("three").announce();

  const again = new Browser(web, "guest", [...guest.endpoint.subarray(0, 4)], 50_001);
  again.announce();
  web.disconnect(guest);
  two.announce(answerTo("guest", "o1"));
  assert.deepEqual([guest.take().length, again.take().length], [0, 1]);
});

Deno.test("a guest is forgotten when it stops, goes, takes another peer id, or says nothing for a minute", () => {
  const { browser, one, web } = fullSwarm();
  const guest = browser("guest");
  const isKnown = (name = "guest") => {
    one.announce(answerTo(name, "o1"));
    return guest.take().length === 1;
  };
  guest.announce();
  guest.announce({ event: "stopped" });
  assert.equal(isKnown(), false);
  guest.announce();
  guest.announce({ peer_id: id("renamed") });
  assert.deepEqual([isKnown(), isKnown("renamed")], [false, true]);
  web.disconnect(guest);
  assert.equal(isKnown("renamed"), false);
  guest.announce({}, 10_000);
  web.reap(70_000);
  assert.equal(isKnown(), true);
  web.reap(70_001);
  assert.deepEqual([isKnown(), guest.guests.size], [false, 0]);
});

Deno.test("there are 10,000 guests at most: the one that was silent longest goes", () => {
  const { browser, one, two, web } = fullSwarm();
  const [first, second] = [browser("first"), browser("second")];
  first.announce();
  second.announce();
  first.announce();
  for (let i = 0; i < 9_998; i++) new Browser(web, `g${i}`, [10, 1, i >> 8, i & 255]).announce();
  one.announce(answerTo("second", "o1"));
  assert.equal(second.take().length, 1);
  new Browser(web, "last").announce();
  for (const name of ["first", "second"]) two.announce(answerTo(name, "o1"));
  assert.deepEqual([first.take().length, second.take().length, second.guests.size], [1, 0, 0]);
});

Deno.test("a connection is a guest in as many swarms as it may be in, those that it is in included", () => {
  const { browser } = newWeb({ maxSwarmPeers: 1 });
  const [one, guest] = [browser("one"), browser("guest")];
  for (let i = 0; i < 500; i++) {
    one.announce({ info_hash: id(`s${i}`) });
    guest.announce({ info_hash: id(`s${i}`) });
    guest.announce({ info_hash: id(`t${i}`) });
  }
  assert.deepEqual([guest.guests.size, guest.peers.size], [500, 500]);
  assert.match(String(countsOf(guest.announce({ info_hash: id("u") }))), /^Too many torrents/);
  assert.deepEqual(countsOf(guest.announce({ info_hash: id("s0") })), [0, 1]);
});

Deno.test("of a torrent that is denied no guest is left within a minute", () => {
  const { browser, tracker, web } = fullSwarm();
  const guest = browser("guest");
  guest.announce();
  tracker.admission.lists.add("deny", toHex(fromBinary(id("a"))));
  guest.announce({}, 30_000);
  for (let now = 0; now <= 61_000; now += 1000) web.reap(now);
  assert.deepEqual([guest.guests.size, tracker.size], [0, 0]);
});
