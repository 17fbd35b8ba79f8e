import assert from "node:assert/strict";
import { fromBinary, toHex } from "../../protocol/bytes.ts";
import { seededRandom } from "../support/random.ts";
import { announce as announceTcp, id } from "./announcing.ts";
import { Browser, newWeb, offers } from "./browsers.ts";

Deno.test("an announce over a WebSocket is answered with counts and an interval of two minutes at most", () => {
  const { browser, tracker } = newWeb();
  assert.deepEqual(browser("one").announce({ event: "started", left: 0 }), [
    { action: "announce", interval: 120, info_hash: id("a"), complete: 1, incomplete: 0 },
  ]);
  assert.equal(tracker.stats.protocols.websocket.announces.started, 1);
  const short = newWeb({ intervalSeconds: 30 });
  assert.equal(short.browser("one").announce()[0]?.interval, 30);
});

Deno.test("offers go to other peers of the swarm, each to another one, and answers back to who made the offer", () => {
  const { browser } = newWeb();
  const [one, two, three, stranger] = [browser("one"), browser("two"), browser("three"), browser("x")];
  one.announce();
  two.announce();
  stranger.announce({ info_hash: id("b") });
  assert.equal(three.announce({ offers: offers("o1", "o2", "o3") }).length, 1, "its own answer only");
  const received = [...one.take(), ...two.take()];
  assert.deepEqual(received.map(({ offer_id }) => offer_id).sort(), [id("o1"), id("o2")]);
  for (const { action, info_hash, offer, peer_id } of received) {
    assert.deepEqual([action, info_hash, peer_id, offer?.type], ["announce", id("a"), id("three"), "offer"]);
  }
  assert.deepEqual(stranger.take(), []);

  const answer = { type: "answer", sdp: "sdp of the answer" };
  assert.deepEqual(one.announce({ answer, to_peer_id: id("three"), offer_id: id("o1") }), []);
  assert.deepEqual(three.take(), [
    { action: "announce", info_hash: id("a"), peer_id: id("one"), offer_id: id("o1"), answer },
  ]);
});

Deno.test("a seeder's offers go to leechers only", () => {
  const { browser } = newWeb();
  const [seeder, leecher, other] = [browser("seeder"), browser("leecher"), browser("other")];
  seeder.announce({ left: 0 });
  leecher.announce();
  other.announce({ left: 0, offers: offers("o1", "o2") });
  assert.equal(leecher.take().length, 1);
  assert.deepEqual(seeder.take(), []);
});

Deno.test("peers in browsers and peers with ports are counted together, and not told of each other", () => {
  const { browser, tracker } = newWeb();
  announceTcp(tracker, { at: "192.0.2.9:6881", left: 0 });
  const [answer] = browser("one").announce({ offers: offers("o1") });
  assert.deepEqual([answer?.complete, answer?.incomplete], [1, 1]);
  const told = announceTcp(tracker, { at: "192.0.2.8:6881" });
  assert.deepEqual(told, { complete: 1, incomplete: 2, peers: ["192.0.2.9:6881"] });
  assert.equal(tracker.size, 3);
  assert.equal(tracker.seeders, 1);
});

Deno.test("a swarm of browsers only goes with its last one, and stays with a completed download", () => {
  const { browser, tracker, web } = newWeb();
  const [one, two] = [browser("one"), browser("two")];
  one.announce();
  two.announce();
  web.disconnect(one);
  assert.deepEqual([tracker.size, tracker.swarms.size], [1, 1]);
  assert.deepEqual(two.announce({ event: "stopped" })[0]?.incomplete, 0);
  assert.deepEqual([tracker.size, tracker.swarms.size], [0, 0]);

  two.announce({ event: "completed", left: 0 });
  two.announce({ event: "completed", left: 0 });
  assert.equal(tracker.stats.completed, 1);
  web.disconnect(two);
  assert.deepEqual([tracker.size, tracker.seeders, tracker.swarms.size], [0, 0, 1]);
  const [scrape] = two.say({ action: "scrape", info_hash: id("a") });
  assert.deepEqual(scrape?.files, { [id("a")]: { complete: 0, downloaded: 1, incomplete: 0 } });
});

Deno.test("nobody takes another's peer id over, except from the same address", () => {
  const { tracker, web } = newWeb();
  const first = new Browser(web, "one", [192, 0, 2, 1], 50_000);
  const again = new Browser(web, "one", [192, 0, 2, 1], 50_001);
  const thief = new Browser(web, "one", [198, 51, 100, 1]);
  first.announce();
  assert.equal(thief.announce()[0]?.["failure reason"], "Peer id is in use by another peer");
  assert.equal(tracker.stats.protocols.websocket.rejected.get("address_taken"), 1);
  assert.equal(thief.announce({ event: "stopped" })[0]?.incomplete, 1, "nor does it stop it");
  again.announce();
  web.disconnect(first);
  assert.equal(tracker.size, 1, "the former connection no longer counts");
  web.disconnect(again);
  assert.equal(tracker.size, 0);
});

Deno.test("a connection that announces under a new peer id has left under the old one", () => {
  const { browser, tracker } = newWeb();
  const one = browser("one");
  one.announce();
  assert.equal(one.announce({ peer_id: id("other") })[0]?.incomplete, 1);
  assert.equal(tracker.size, 1);
});

Deno.test("an answer is passed on for peers of the swarm only", () => {
  const { browser } = newWeb();
  const [one, stranger] = [browser("one"), browser("x")];
  one.announce();
  const answer = { type: "answer", sdp: "" };
  const [refusal] = stranger.announce({ answer, to_peer_id: id("one"), offer_id: id("o") });
  assert.equal(refusal?.["failure reason"], "Cannot pass on an answer: announce first");
  assert.deepEqual(one.take(), []);
  // Whom it is for has left: weather.
  assert.deepEqual(one.announce({ answer, to_peer_id: id("gone"), offer_id: id("o") }), []);
});

Deno.test("browsers of a torrent that is denied are gone within a minute, however often they announce", () => {
  const { browser, tracker, web } = newWeb();
  const [denied, allowed] = [browser("denied"), browser("allowed")];
  denied.announce();
  allowed.announce({ info_hash: id("b") });
  tracker.admission.lists.add("deny", toHex(fromBinary(id("a"))));
  for (let now = 0; now <= 60_000; now += 1000) {
    web.reap(now);
    if (now % 20_000 === 0) denied.announce({}, now);
  }
  assert.deepEqual([denied.peers.size, allowed.peers.size, tracker.size], [0, 1, 1]);
});

Deno.test("browsers whose address or client is denied are gone within a minute", () => {
  const { browser, tracker, web } = newWeb();
  const browsers = ["-WW0001-", "-WW0001-", "-XX0002-"].map((client, i) => browser(`${client}${i}`));
  for (const each of browsers) each.announce();
  const reap = (from: number) => {
    for (let second = from; second < from + 60; second++) web.reap(second * 1000);
    return tracker.size;
  };
  assert.equal(reap(1), 3);
  tracker.admission.lists.add("addresses", "192.0.2.2");
  assert.equal(reap(61), 2);
  tracker.admission.lists.add("clients", "-XX");
  assert.equal(reap(121), 1);
  assert.equal(browsers[0]?.peers.size, 1);
});

Deno.test("browsers that are denied are gone within a minute or two, although others are denied all the time", () => {
  const { browser, tracker, web } = newWeb();
  const { lists } = tracker.admission;
  for (const client of Array(800).keys()) lists.add("clients", `-C${client}-`);
  for (const n of Array(200).keys()) browser(String(n)).announce();
  lists.add("clients", "199");
  for (let second = 1; second <= 100; second++) {
    lists.add("clients", `-D${second}-`);
    web.reap(second * 1000);
  }
  assert.equal(tracker.size, 199);
});

Deno.test("browsers that are connected and silent are forgotten after the time for peers", () => {
  const { browser, tracker, web } = newWeb({ peerTimeoutSeconds: 100 });
  const [silent, lively] = [browser("silent"), browser("lively")];
  silent.announce();
  lively.announce({}, 60_000);
  for (let now = 60_000; now < 100_000; now += 1000) web.reap(now);
  assert.equal(tracker.size, 2);
  for (let now = 100_000; now < 103_000; now += 1000) web.reap(now);
  assert.equal(tracker.size, 1);
  assert.equal(silent.peers.size, 0);
});

Deno.test("browsers that were told a longer interval are waited for after it is a shorter one", () => {
  const { browser, tracker, web } = newWeb({ intervalSeconds: 100 });
  browser("silent").announce();
  tracker.setRules({ intervalSeconds: 10 });
  for (let now = 1000; now < 180_000; now += 1000) web.reap(now);
  assert.equal(tracker.size, 1);
  // A browser that comes now is told the new one: the former is owed to nobody any more.
  browser("late").announce({}, 181_000);
  for (let now = 181_000; now < 185_000; now += 1000) web.reap(now);
  assert.equal(tracker.size, 1);
  for (let now = 185_000; now < 228_000; now += 1000) web.reap(now);
  assert.equal(tracker.size, 0);
});

Deno.test("browsers count towards the most peers, and a connection is in so many swarms at most", () => {
  const { browser } = newWeb({ maxPeers: 1 });
  browser("one").announce();
  const [refusal] = browser("two").announce();
  assert.equal(refusal?.["failure reason"], "Tracker is full");
  assert.equal(refusal?.info_hash, id("a"));

  const greedy = newWeb().browser("greedy");
  for (let i = 0; i < 1000; i++) greedy.announce({ info_hash: id(`s${i}`) });
  const [last] = greedy.announce({ info_hash: id("one more") });
  assert.match(last?.["failure reason"] ?? "", /^Too many torrents on one connection/);
});

Deno.test("the counts stay right through 5,000 random announces of 50 browsers in 5 swarms", () => {
  const random = seededRandom(77);
  const below = (n: number) => Math.floor(random() * n);
  const { tracker, web } = newWeb();
  let browsers = Array.from({ length: 50 }, (_, i) => new Browser(web, `b${i}`, [10, 0, 0, i]));
  for (let i = 0; i < 5000; i++) {
    const at = below(browsers.length);
    const browser = browsers[at] as Browser;
    if (below(20) === 0) {
      web.disconnect(browser);
      browsers = browsers.with(at, new Browser(web, `b${at}`, [10, 0, 0, at], below(60_000)));
      continue;
    }
    const event = ["", "", "started", "stopped", "completed"][below(5)];
    browser.announce({ info_hash: id(`s${below(5)}`), left: below(2), event, offers: offers("o", "p") });
  }
  const peers = browsers.flatMap((browser) => [...browser.peers.values()]);
  assert.equal(tracker.size, peers.length);
  assert.equal(tracker.seeders, peers.filter(({ isSeeder }) => isSeeder).length);
  for (let s = 0; s < 5; s++) {
    const swarm = tracker.swarms.find(id(`s${s}`));
    const inside = peers.filter((peer) => peer.swarm === swarm);
    assert.equal(tracker.complete(swarm) + tracker.incomplete(swarm), inside.length);
  }
  for (const browser of browsers) web.disconnect(browser);
  assert.equal(tracker.size, 0);
});

Deno.test("answers are limited as requests are, ten for each, and cost who sends them no announces", () => {
  const { browser, tracker } = newWeb({ requestsPerSecond: 1, requestBurst: 3 });
  const [one, two] = [browser("one"), browser("two")];
  one.announce();
  two.announce();
  const answer = { type: "answer", sdp: "" };
  const said = (n: number, now: number) =>
    Array.from({ length: n }, () => one.announce({ answer, to_peer_id: id("two"), offer_id: id("o") }, now))
      .filter((told) => told[0]?.["failure reason"] === "Too many requests from your address").length;
  assert.equal(said(100, 0), 70);
  assert.equal(two.take().length, 30);
  assert.equal(said(20, 1000), 10);
  assert.equal(tracker.stats.protocols.websocket.rejected.get("rate_limited"), 80);
  assert.equal(one.announce({}, 1000)[0]?.["failure reason"], undefined);
});

Deno.test("ten offers are those of one request, and an announce with more counts as several", () => {
  const { browser } = newWeb({ requestsPerSecond: 1, requestBurst: 6 });
  const many = (n: number) => offers(...Array.from({ length: n }, (_, i) => `o${i}`));
  const isRefused = (who: Browser, n: number) => who.announce({ offers: many(n) })[0]?.["failure reason"];
  const usual = browser("usual");
  for (let i = 0; i < 6; i++) assert.equal(isRefused(usual, 10), undefined);
  assert.notEqual(isRefused(usual, 0), undefined);
  const greedy = browser("greedy");
  assert.equal(isRefused(greedy, 50), undefined);
  assert.notEqual(isRefused(greedy, 11), undefined);
  assert.equal(isRefused(greedy, 10), undefined);
  const strict = newWeb({ requestsPerSecond: 1, requestBurst: 1 });
  assert.equal(isRefused(strict.browser("one"), 50), undefined, "a full bucket is always enough");
});

Deno.test("a description longer than any browser's is passed on to nobody", () => {
  const { browser } = newWeb();
  const [one, two] = [browser("one"), browser("two")];
  one.announce();
  two.announce();
  const long = { type: "offer", sdp: "x".repeat(16 * 1024 + 1) };
  const [told] = one.announce({ offers: [{ offer: long, offer_id: id("o") }] });
  assert.equal(told?.["failure reason"], "Invalid offer: must have an sdp of 16384 characters at most");
  one.announce({ answer: { ...long, type: "answer" }, to_peer_id: id("two"), offer_id: id("o") });
  assert.deepEqual(two.take(), []);
});
