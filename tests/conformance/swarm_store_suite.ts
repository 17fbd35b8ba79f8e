// What every place where swarms are kept promises, as tests that run against each: the tracker's memory, and a store that
// trackers share. Times are passed in; nobody waits.

import assert from "node:assert/strict";
import { type ScrapeStats, toHex, TrackerRequestError } from "../../protocol/mod.ts";
import type { Answers } from "../../tracker/answers.ts";
import type { TrackerRules } from "../../tracker/options.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { addressOf, endpoints, id, request, type Said, UNKNOWN_LEFT } from "../tracker/announcing.ts";

/** Swarms, empty at time 0. */
export interface OpenSwarms extends AsyncDisposable {
  answers: Answers;
  /** Whose rules and counters count. */
  tracker: Tracker;
  /** Does what is done by the second, at a time. */
  tick(now: number): void | Promise<void>;
}

/** What an announce was answered. */
interface Told {
  complete: number;
  incomplete: number;
  peers: string[];
}

const A = "192.0.2.1:6881";
const B = "192.0.2.2:6881";
const C = "192.0.2.3:6881";
const A6 = "[2001:db8::1]:6881";
const B6 = "[2001:db8::2]:6881";

/** The two or three things that the facts below are told with. */
class Swarms {
  readonly #open: OpenSwarms;

  constructor(open: OpenSwarms) {
    this.#open = open;
  }

  get answers(): Answers {
    return this.#open.answers;
  }

  get tracker(): Tracker {
    return this.#open.tracker;
  }

  async announce(said: Said): Promise<Told> {
    const answer = await this.answers.announce(request(said), addressOf(said.at), said.now ?? 0);
    const { complete, incomplete, peers, peers6 } = answer;
    return { complete, incomplete, peers: [...endpoints(peers, 6), ...endpoints(peers6, 18)].sort() };
  }

  async counts(swarm = "a", now = 0): Promise<ScrapeStats | undefined> {
    return (await this.answers.scrape([id(swarm)], now)).get(id(swarm));
  }

  async tick(now: number): Promise<void> {
    await this.#open.tick(now);
  }
}

function counts(complete: number, incomplete: number, downloaded: number): ScrapeStats {
  return { complete, incomplete, downloaded };
}

/** A fact: what is so, under which rules, and how to see it. */
interface Fact {
  is: string;
  rules?: TrackerRules;
  see: (swarms: Swarms) => Promise<void>;
}

const FACTS: Fact[] = [
  {
    is: "a peer is told of the others, never of itself",
    async see(swarms) {
      assert.deepEqual(await swarms.announce({ at: A }), { complete: 0, incomplete: 1, peers: [] });
      assert.deepEqual(await swarms.announce({ at: B }), { complete: 0, incomplete: 2, peers: [A] });
      assert.deepEqual(await swarms.announce({ at: C, left: 0 }), {
        complete: 1,
        incomplete: 2,
        peers: [A, B],
      });
      assert.deepEqual(await swarms.announce({ at: A }), { complete: 1, incomplete: 2, peers: [B, C] });
      assert.equal(swarms.tracker.stats.announces, 4);
    },
  },
  {
    is: "a seeder is told of leechers only",
    async see(swarms) {
      await swarms.announce({ at: A, left: 0 });
      await swarms.announce({ at: B });
      assert.deepEqual((await swarms.announce({ at: C, left: 0 })).peers, [B]);
    },
  },
  {
    is: "swarms don't know of each other",
    async see(swarms) {
      await swarms.announce({ at: A, swarm: "a" });
      assert.deepEqual(await swarms.announce({ at: A, swarm: "b" }), {
        complete: 0,
        incomplete: 1,
        peers: [],
      });
    },
  },
  {
    is: "IPv4 and IPv6 peers are told of each other, each in its own form",
    async see(swarms) {
      await swarms.announce({ at: A });
      await swarms.announce({ at: A6 });
      assert.deepEqual((await swarms.announce({ at: B })).peers, [A, A6]);
      const { peers, peers6 } = await swarms.answers.announce(request({ at: B6 }), addressOf(B6), 0);
      assert.equal(peers.length, 12);
      assert.equal(toHex(peers6), "20010db8000000000000000000000001" + "1ae1");
    },
  },
  {
    is: "a datagram's answer has peers of its own family",
    async see(swarms) {
      for (const at of [A, B, A6]) await swarms.announce({ at });
      const over4 = await swarms.answers.announceOneFamily(request({ at: C }), addressOf(C), 0);
      assert.deepEqual(endpoints(over4.peers, 6).sort(), [A, B]);
      const over6 = await swarms.answers.announceOneFamily(request({ at: B6 }), addressOf(B6), 0);
      assert.deepEqual(endpoints(over6.peers, 18), [A6]);
      assert.deepEqual([over6.complete, over6.incomplete], [0, 5]);
    },
  },
  {
    is: "the answer carries the interval, the min interval and the asker's address",
    rules: { intervalSeconds: 900, minIntervalSeconds: 30 },
    async see(swarms) {
      const answer = await swarms.answers.announce(request({ at: A }), addressOf(A), 0);
      const { externalIp, interval, minInterval } = answer;
      assert.deepEqual([interval, minInterval, externalIp], [900, 30, addressOf(A)]);
    },
  },
  {
    is: "numwant: 0 is none, missing is 50, beyond 200 is 200",
    async see(swarms) {
      await Promise.all(
        Array.from(
          { length: 300 },
          (_, i) => swarms.announce({ at: `198.51.${i >> 8}.${i & 255}:6881`, numwant: 0, left: i % 3 }),
        ),
      );
      const named = async (said: Partial<Said>) => {
        const { peers } = await swarms.announce({ at: A, ...said });
        assert.equal(new Set(peers).size, peers.length, "a peer is named twice");
        return peers.length;
      };
      assert.equal(await named({ numwant: 0 }), 0);
      assert.equal(await named({}), 50);
      assert.equal(await named({ numwant: 7 }), 7);
      assert.equal(await named({ numwant: 5000 }), 200);
      assert.equal(await named({ numwant: 5000, left: 0 }), 200);
    },
  },
  {
    is: "every peer of a large swarm is named sooner or later, IPv6 ones among them",
    async see(swarms) {
      await Promise.all(
        Array.from({ length: 120 }, (_, i) =>
          swarms.announce({
            at: i % 10 === 0 ? `[2001:db8::${i + 1}]:1` : `198.51.0.${i}:6881`,
            numwant: 0,
          })),
      );
      const named = new Set<string>();
      for (let i = 0; i < 60; i++) {
        for (const peer of (await swarms.announce({ at: A, numwant: 20 })).peers) named.add(peer);
      }
      assert.equal(named.size, 120);
    },
  },
  {
    is: "dictionary answers name address, port and peer id, without the id where it isn't wanted",
    async see(swarms) {
      await swarms.announce({ at: A, peer: "first" });
      await swarms.announce({ at: A6, peer: "second" });
      const said = request({ at: B });
      const { peers } = await swarms.answers.announceDictionary(said, addressOf(B), 0);
      assert.deepEqual(peers.map(({ ip, peerId, port }) => [ip, port, new TextDecoder().decode(peerId)]), [
        ["192.0.2.1", 6881, id("first")],
        ["2001:db8::1", 6881, id("second")],
      ]);
      const bare = await swarms.answers.announceDictionary({ ...said, noPeerId: true }, addressOf(B), 0);
      assert.deepEqual(bare.peers, [{ ip: "192.0.2.1", port: 6881 }, { ip: "2001:db8::1", port: 6881 }]);
    },
  },
  {
    is: "peers with private addresses are told to askers of the same network only",
    async see(swarms) {
      for (const at of ["10.0.0.1:6881", "127.0.0.1:6881", A]) await swarms.announce({ at, peer: at });
      assert.deepEqual((await swarms.announce({ at: B })).peers, [A]);
      assert.deepEqual((await swarms.announce({ at: "10.0.0.2:6881" })).peers, ["10.0.0.1:6881", A, B]);
      const { peers } = await swarms.answers.announceDictionary(request({ at: C }), addressOf(C), 0);
      assert.deepEqual(peers.map(({ ip, peerId }) => [ip, new TextDecoder().decode(peerId)]).sort(), [
        ["192.0.2.1", id(A)],
        ["192.0.2.2", id(B)],
      ]);
    },
  },
  {
    is: "stopped takes the peer out, and is told of nobody",
    async see(swarms) {
      await swarms.announce({ at: A });
      await swarms.announce({ at: B });
      const told = await swarms.announce({ at: A, event: "stopped" });
      assert.deepEqual(told, { complete: 0, incomplete: 1, peers: [] });
      assert.deepEqual((await swarms.announce({ at: C })).peers, [B]);
    },
  },
  {
    is: "stopped of a stranger makes no peer",
    async see(swarms) {
      const told = await swarms.announce({ at: A, event: "stopped" });
      assert.deepEqual(told, { complete: 0, incomplete: 0, peers: [] });
      assert.deepEqual(await swarms.counts(), counts(0, 0, 0));
    },
  },
  {
    is: "completed counts once for each peer, however often it is said, and stays when the peers have left",
    async see(swarms) {
      await swarms.announce({ at: A, event: "started" });
      await swarms.announce({ at: A, left: 0, event: "completed" });
      await swarms.announce({ at: A, left: 0, event: "completed" });
      await swarms.announce({ at: A, left: 0 });
      assert.deepEqual(await swarms.counts(), counts(1, 0, 1));
      await swarms.announce({ at: B, left: 0, event: "completed" });
      assert.deepEqual(await swarms.counts(), counts(2, 0, 2));
      assert.equal(swarms.tracker.stats.completed, 2);
      for (const at of [A, B]) await swarms.announce({ at, event: "stopped" });
      assert.deepEqual(await swarms.counts(), counts(0, 0, 2));
    },
  },
  {
    is:
      "who starts as a seeder, or completes with something left, hasn't completed; who doesn't say what is left has",
    async see(swarms) {
      await swarms.announce({ at: A, left: 0, event: "started" });
      await swarms.announce({ at: B, left: 5, event: "completed" });
      assert.deepEqual(await swarms.counts(), counts(1, 1, 0));
      await swarms.announce({ at: C, left: UNKNOWN_LEFT, event: "completed" });
      assert.deepEqual(await swarms.counts(), counts(2, 1, 1));
    },
  },
  {
    is: "a seeder that has something left again is a leecher",
    async see(swarms) {
      await swarms.announce({ at: A, left: 0 });
      assert.deepEqual(await swarms.announce({ at: A, left: 10 }), { complete: 0, incomplete: 1, peers: [] });
      assert.deepEqual(await swarms.counts(), counts(0, 1, 0));
    },
  },
  {
    is: "partial seeds are leechers that aren't downloading, until they go on",
    async see(swarms) {
      await swarms.announce({ at: A, event: "paused" });
      await swarms.announce({ at: B });
      assert.deepEqual(await swarms.counts(), { ...counts(0, 2, 0), downloaders: 1 });
      await swarms.announce({ at: A });
      assert.deepEqual(await swarms.counts(), counts(0, 2, 0));
      await swarms.announce({ at: B, event: "paused" });
      await swarms.announce({ at: B, event: "stopped" });
      assert.deepEqual(await swarms.counts(), counts(0, 1, 0));
    },
  },
  {
    is: "a peer that moves with its id and key is the same peer",
    async see(swarms) {
      await swarms.announce({ at: A, peer: "p", key: "secret", left: 0, event: "completed" });
      assert.deepEqual(
        await swarms.announce({ at: B, peer: "p", key: "secret", left: 0, event: "completed" }),
        { complete: 1, incomplete: 0, peers: [] },
      );
      assert.deepEqual(await swarms.counts(), counts(1, 0, 1));
      assert.deepEqual((await swarms.announce({ at: C })).peers, [B]);
    },
  },
  {
    is: "a peer that moves to where another was leaves one peer behind, not two",
    async see(swarms) {
      for (const at of [A, B, C]) await swarms.announce({ at, peer: at, key: at });
      await swarms.announce({ at: B, peer: A, key: A });
      assert.deepEqual(await swarms.counts(), counts(0, 2, 0));
      assert.deepEqual((await swarms.announce({ at: A6 })).peers, [B, C]);
    },
  },
  ...[undefined, "wrong"].map((key): Fact => ({
    is: `the same peer id from elsewhere with ${key ? "another" : "no"} key is somebody else`,
    async see(swarms) {
      await swarms.announce({ at: A, peer: "p", key: "secret" });
      await swarms.announce({ at: B, peer: "p", key, event: "stopped" });
      assert.deepEqual(await swarms.counts(), counts(0, 1, 0));
      await swarms.announce({ at: B, peer: "p", key });
      assert.deepEqual((await swarms.announce({ at: C })).peers, [A, B]);
    },
  })),
  {
    is: "stopped at its own address with the wrong key doesn't take a peer out",
    async see(swarms) {
      await swarms.announce({ at: A, peer: "p", key: "secret" });
      await swarms.announce({ at: A, peer: "p", key: "wrong", event: "stopped" });
      await swarms.announce({ at: A, peer: "other", event: "stopped" });
      assert.deepEqual(await swarms.counts(), counts(0, 1, 0));
      await swarms.announce({ at: A, peer: "p", key: "secret", event: "stopped" });
      assert.deepEqual(await swarms.counts(), counts(0, 0, 0));
    },
  },
  {
    is: "a peer may stop from a new address with its key",
    async see(swarms) {
      await swarms.announce({ at: A, peer: "p", key: "secret" });
      await swarms.announce({ at: B, peer: "p", key: "secret", event: "stopped" });
      assert.deepEqual(await swarms.counts(), counts(0, 0, 0));
    },
  },
  {
    is: "a key that is shown later counts from then on, and a new one replaces it",
    async see(swarms) {
      await swarms.announce({ at: A, peer: "p" });
      await swarms.announce({ at: A, peer: "p", key: "one" });
      await swarms.announce({ at: A, peer: "p", key: "two" });
      await swarms.announce({ at: B, peer: "p", key: "one", event: "stopped" });
      assert.deepEqual(await swarms.counts(), counts(0, 1, 0));
      await swarms.announce({ at: B, peer: "p", key: "two" });
      assert.deepEqual((await swarms.announce({ at: C })).peers, [B]);
    },
  },
  {
    is: "one client over IPv4 and IPv6 keeps both addresses, with the same key",
    async see(swarms) {
      for (const at of [A, A6, A]) await swarms.announce({ at, peer: "p", key: "k" });
      assert.deepEqual((await swarms.announce({ at: B })).peers, [A, A6]);
    },
  },
  {
    is: "a client started anew at the same address takes the place of the one before",
    async see(swarms) {
      await swarms.announce({ at: A, peer: "old", key: "1", left: 0, event: "completed" });
      await swarms.announce({ at: A, peer: "new", key: "2", now: 10_000 });
      assert.deepEqual(await swarms.counts("a", 10_000), counts(0, 1, 1));
      await swarms.announce({ at: A, peer: "new", key: "2", left: 0, event: "completed", now: 20_000 });
      assert.deepEqual(await swarms.counts("a", 20_000), counts(1, 0, 2));
    },
  },
  {
    is: "ip can't be used to take over another's peer",
    rules: { allowIpParameter: true },
    async see(swarms) {
      await swarms.announce({ at: A, peer: "victim", key: "secret" });
      const taken = new TrackerRequestError("Address is in use by another peer");
      const thief = { at: B, ip: "192.0.2.1" };
      await assert.rejects(async () => await swarms.announce({ ...thief, peer: "thief" }), taken);
      await assert.rejects(
        async () => await swarms.announce({ ...thief, peer: "victim", key: "guess" }),
        taken,
      );
      await swarms.announce({ ...thief, peer: "victim", event: "stopped" });
      assert.deepEqual((await swarms.announce({ at: C })).peers, [A]);
    },
  },
  {
    is: "ip that names no host is as none, as over UDP (BEP 15): the address that is asked from counts",
    rules: { allowIpParameter: true },
    async see(swarms) {
      await swarms.announce({ at: A, ip: "0.0.0.0" });
      await swarms.announce({ at: B, ip: "::" });
      await swarms.announce({ at: A6, ip: "::ffff:0.0.0.0" });
      assert.deepEqual((await swarms.announce({ at: C })).peers, [A, B, A6]);
    },
  },
  {
    is: "silent peers are forgotten after their time, not before",
    rules: { intervalSeconds: 100, peerTimeoutSeconds: 200 },
    async see(swarms) {
      await swarms.announce({ at: A, event: "paused", now: 0 });
      await swarms.announce({ at: B, left: 0, now: 100_000 });
      await swarms.tick(199_000);
      assert.deepEqual(await swarms.counts("a", 199_000), { ...counts(1, 1, 0), downloaders: 0 });
      await swarms.tick(202_000);
      assert.deepEqual(await swarms.counts("a", 202_000), counts(1, 0, 0));
      assert.deepEqual((await swarms.announce({ at: C, now: 202_000 })).peers, [B]);
      await swarms.tick(403_000);
      assert.deepEqual(await swarms.counts("a", 403_000), counts(0, 0, 0));
    },
  },
  {
    is: "a shorter interval drops nobody who comes back when it was told to",
    async see(swarms) {
      await swarms.announce({ at: A, left: 0, now: 0 });
      await swarms.tick(1000);
      for (const intervalSeconds of [600, 300]) {
        swarms.tracker.setRules({ intervalSeconds });
        await swarms.tick(2000);
      }
      await swarms.tick(1_799_000);
      assert.deepEqual(await swarms.counts("a", 1_799_000), counts(1, 0, 0));
      assert.deepEqual((await swarms.announce({ at: B, now: 1_800_000 })).peers, [A]);
      // Now everybody has been told the new one.
      await swarms.announce({ at: C, left: 0, now: 2_733_000 });
      await swarms.tick(2_733_000);
      assert.deepEqual(await swarms.counts("a", 2_733_000), counts(1, 0, 0));
      await swarms.tick(3_214_000);
      assert.deepEqual(await swarms.counts("a", 3_214_000), counts(0, 0, 0));
    },
  },
  {
    is: "of many silent peers none is counted or named",
    rules: { intervalSeconds: 100, peerTimeoutSeconds: 200 },
    async see(swarms) {
      await Promise.all(
        Array.from(
          { length: 200 },
          (_, i) => swarms.announce({ at: `198.51.0.${i}:6881`, key: String(i), numwant: 0, left: i % 2 }),
        ),
      );
      await swarms.announce({ at: A, now: 150_000 });
      await swarms.tick(201_000);
      const told = await swarms.announce({ at: B, now: 201_000 });
      assert.deepEqual(told, { complete: 0, incomplete: 2, peers: [A] });
    },
  },
  {
    is: "scrape answers each info hash, zeros for one that nobody announced",
    async see(swarms) {
      await swarms.announce({ at: A, swarm: "a" });
      await swarms.announce({ at: B, swarm: "b", left: 0, event: "completed" });
      assert.deepEqual(
        await swarms.answers.scrape([id("a"), id("b"), id("c")], 0),
        new Map([[id("a"), counts(0, 1, 0)], [id("b"), counts(1, 0, 1)], [id("c"), counts(0, 0, 0)]]),
      );
      assert.equal(swarms.tracker.stats.scrapes, 1);
    },
  },
  {
    is: "scrape refuses to answer for everything, and for too many at once",
    rules: { maxScrape: 2 },
    async see(swarms) {
      await assert.rejects(
        async () => await swarms.answers.scrape([], 0),
        new TrackerRequestError("Full scrape is not available: name an info_hash"),
      );
      await assert.rejects(
        async () => await swarms.answers.scrape([id("a"), id("b"), id("c")], 0),
        new TrackerRequestError("Too many info_hash: at most 2 in one scrape"),
      );
    },
  },
  {
    is: "a full tracker refuses new peers and goes on with those it has",
    rules: { maxPeers: 2 },
    async see(swarms) {
      await swarms.announce({ at: A });
      await swarms.announce({ at: B });
      await swarms.tick(0);
      const full = new TrackerRequestError("Tracker is full");
      await assert.rejects(async () => await swarms.announce({ at: C }), full);
      await assert.rejects(async () => await swarms.announce({ at: C, swarm: "b" }), full);
      assert.equal(swarms.tracker.stats.announces, 2);
      assert.deepEqual((await swarms.announce({ at: A })).peers, [B]);
      await swarms.announce({ at: B, event: "stopped" });
      await swarms.tick(0);
      assert.deepEqual((await swarms.announce({ at: C })).peers, [A]);
    },
  },
  {
    is: "a tracker full of swarms refuses new ones",
    rules: { maxSwarms: 1 },
    async see(swarms) {
      await swarms.announce({ at: A });
      await swarms.tick(0);
      const full = new TrackerRequestError("Tracker is full");
      await assert.rejects(async () => await swarms.announce({ at: A, swarm: "b" }), full);
      assert.deepEqual((await swarms.announce({ at: B })).peers, [A]);
    },
  },
  {
    is: "a full swarm tells a newcomer of others, and doesn't remember it",
    rules: { maxSwarmPeers: 2 },
    async see(swarms) {
      for (const at of [A, B]) await swarms.announce({ at });
      assert.deepEqual((await swarms.announce({ at: C })).peers, [A, B]);
      assert.deepEqual(await swarms.counts(), counts(0, 2, 0));
      assert.deepEqual((await swarms.announce({ at: A })).peers, [B]);
    },
  },
  {
    is: "each family of a swarm has its own places: over UDP nobody could be told of the other",
    rules: { maxSwarmPeers: 2 },
    async see(swarms) {
      for (const at of [A6, B6]) await swarms.announce({ at });
      for (const at of [A, B, C]) await swarms.announce({ at });
      assert.deepEqual(await swarms.counts(), counts(0, 4, 0));
      const answer = await swarms.answers.announceOneFamily(request({ at: C }), addressOf(C), 0);
      assert.deepEqual(endpoints(answer.peers, 6).sort(), [A, B]);
    },
  },
  {
    is: "who isn't served is refused, and leaves no trace",
    async see(swarms) {
      swarms.tracker.admission.lists.add("clients", "-XL");
      const said = { at: A, peer: "-XL0001-............" };
      await assert.rejects(async () => await swarms.announce(said), TrackerRequestError);
      assert.deepEqual(await swarms.counts(), counts(0, 0, 0));
    },
  },
];

/** Registers the tests. `open` makes empty swarms; `why` they can't be had, if so. */
export function swarmStoreSuite(
  name: string,
  open: (rules: TrackerRules) => Promise<OpenSwarms>,
  why?: string,
): void {
  for (const { is, rules = {}, see } of FACTS) {
    Deno.test({
      name: `${name}: ${is}${why === undefined ? "" : ` (skipped: ${why})`}`,
      ignore: why !== undefined,
      async fn() {
        await using opened = await open(rules);
        await see(new Swarms(opened));
      },
    });
  }
}
