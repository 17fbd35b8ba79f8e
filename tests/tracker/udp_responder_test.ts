import assert from "node:assert/strict";
import {
  type AnnounceResponse,
  concat,
  decodeUdpAnnounce,
  decodeUdpConnect,
  decodeUdpScrape,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  fromHex,
  readUdpHeader,
  toHex,
  toUtf8,
  UdpAction,
} from "../../protocol/mod.ts";
import { WINDOW_MS } from "../../tracker/connection_id.ts";
import type { TrackerRules } from "../../tracker/options.ts";
import { UdpResponder } from "../../tracker/udp_responder.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";
import { addressOf, announce, answerNow, id, newTracker, request, type Said } from "./announcing.ts";

const NEVER_GIVEN = fromHex("0123456789abcdef");

/** A tracker behind a responder, and clients that ask it. */
class Clients {
  readonly tracker;
  readonly #responder: UdpResponder;

  constructor(rules: TrackerRules = {}) {
    this.tracker = newTracker(rules);
    this.#responder = new UdpResponder(this.tracker, Uint32Array.from([1, 2, 3, 4]));
  }

  /** The answer to a datagram, undefined for none. */
  ask(datagram: Uint8Array, at: string, now = 0): Uint8Array | undefined {
    const { space } = this.#responder;
    space.set(datagram);
    return answerNow(this.#responder, datagram.length, addressOf(at), now)?.slice();
  }

  connect(at: string, now = 0): Uint8Array {
    return decodeUdpConnect(this.ask(encodeUdpConnect(5), at, now) ?? new Uint8Array(0));
  }

  announce(said: Said): AnnounceResponse {
    const ids = { connectionId: this.connect(said.at, said.now), transactionId: 9 };
    const answer = this.ask(encodeUdpAnnounce(ids, request(said)), said.at, said.now);
    return decodeUdpAnnounce(answer ?? new Uint8Array(0), said.at.startsWith("["));
  }
}

/** The words of an error, undefined for other answers. */
function words(answer: Uint8Array | undefined): string | undefined {
  if (answer === undefined || readUdpHeader(answer)?.action !== UdpAction.error) return undefined;
  return toUtf8(answer.subarray(8));
}

Deno.test("UdpResponder: peers meet, seeders and leechers are counted", () => {
  const clients = new Clients({ intervalSeconds: 900 });
  const first = clients.announce({ at: "192.0.2.1:6881", left: 0, event: "started" });
  assert.deepEqual(first, { interval: 900, complete: 1, incomplete: 0, peers: [] });
  const second = clients.announce({ at: "192.0.2.2:6882", left: 5, event: "started" });
  assert.deepEqual(second, {
    interval: 900,
    complete: 1,
    incomplete: 1,
    peers: [{ ip: "192.0.2.1", port: 6881 }],
  });
  const gone = clients.announce({ at: "192.0.2.1:6881", left: 0, event: "stopped" });
  assert.deepEqual([gone.complete, gone.incomplete, gone.peers], [0, 1, []]);
  assert.equal(clients.tracker.stats.announces, 3);
});

Deno.test("UdpResponder: peers of HTTP and UDP are in one swarm", () => {
  const clients = new Clients();
  announce(clients.tracker, { at: "192.0.2.1:6881", key: "0DEADBEE" });
  assert.equal(clients.announce({ at: "192.0.2.2:6882" }).peers.length, 1);
  // The same client says goodbye over UDP, with its key as a number.
  const { incomplete } = clients.announce({ at: "192.0.2.1:6881", key: "deadbee", event: "stopped" });
  assert.equal(incomplete, 1);
});

Deno.test("UdpResponder: each family is told of its own peers, as many as it wants", () => {
  const clients = new Clients({ maxNumwant: 200 });
  for (let i = 0; i < 100; i++) {
    announce(clients.tracker, { at: `192.0.2.${i}:6881` });
    announce(clients.tracker, { at: `[2001:db8::${i}]:6881` });
  }
  assert.equal(clients.announce({ at: "198.51.100.1:1", numwant: 80 }).peers.length, 80);
  const { incomplete, peers } = clients.announce({ at: "[2001:db8:1::1]:1", numwant: 60 });
  assert.equal(incomplete, 202);
  assert.equal(peers.length, 60);
  assert.ok(peers.every(({ ip }) => ip.startsWith("2001:db8::")));
  // HTTP goes on naming both.
  assert.equal(announce(clients.tracker, { at: "198.51.100.9:1", numwant: 200 }).peers.length, 200);
});

Deno.test("UdpResponder: no answer is longer than 1,232 bytes, whatever is wanted", () => {
  const clients = new Clients({ maxNumwant: 1000, defaultNumwant: 1000 });
  for (let i = 0; i < 250; i++) {
    announce(clients.tracker, { at: `192.0.2.${i}:6881` });
    announce(clients.tracker, { at: `[2001:db8::${i}]:6881` });
  }
  for (const numwant of [undefined, 1000, 2 ** 31 - 1]) {
    assert.equal(clients.announce({ at: "198.51.100.1:1", numwant }).peers.length, 201);
    assert.equal(clients.announce({ at: "[2001:db8:1::1]:1", numwant }).peers.length, 67);
  }
  assert.equal(clients.announce({ at: "198.51.100.1:1", numwant: 0 }).peers.length, 0);
});

Deno.test("UdpResponder: an IPv6 asker that names an IPv4 address is still told of IPv6 peers", () => {
  const clients = new Clients({ allowIpParameter: true });
  announce(clients.tracker, { at: "192.0.2.1:6881" });
  announce(clients.tracker, { at: "[2001:db8::1]:6881" });
  const at = "[2001:db8::2]:6882";
  const datagram = encodeUdpAnnounce(
    { connectionId: clients.connect(at), transactionId: 1 },
    request({ at }),
  );
  datagram.set([203, 0, 113, 1], 84);
  assert.deepEqual(decodeUdpAnnounce(clients.ask(datagram, at) ?? datagram, true).peers, [
    { ip: "2001:db8::1", port: 6881 },
  ]);
});

Deno.test("UdpResponder: a scrape counts in the order of the question, unknown info hashes as nothing", () => {
  const clients = new Clients();
  clients.announce({ at: "192.0.2.1:1", swarm: "b", left: 0, event: "completed" });
  clients.announce({ at: "192.0.2.2:1", swarm: "b" });
  const ids = { connectionId: clients.connect("192.0.2.3:1"), transactionId: 3 };
  const answer = clients.ask(encodeUdpScrape(ids, [id("unknown"), id("b")]), "192.0.2.3:1");
  assert.deepEqual(decodeUdpScrape(answer ?? new Uint8Array(0), 2), [
    { complete: 0, downloaded: 0, incomplete: 0 },
    { complete: 1, downloaded: 1, incomplete: 1 },
  ]);
  assert.equal(clients.tracker.stats.scrapes, 1);
  assert.match(
    words(clients.ask(encodeUdpScrape(ids, [id("b")]).subarray(0, 16), "192.0.2.3:1")) ?? "",
    /info_hash/,
  );
});

Deno.test("UdpResponder: a connection id is of the address, not of the port, and ends", () => {
  const clients = new Clients();
  const connectionId = clients.connect("192.0.2.1:1");
  const ask = (at: string, now: number) =>
    words(clients.ask(encodeUdpAnnounce({ connectionId, transactionId: 1 }, request({ at })), at, now));
  assert.equal(ask("192.0.2.1:2", 0), undefined);
  assert.equal(ask("192.0.2.1:1", WINDOW_MS), undefined);
  assert.match(ask("192.0.2.9:1", 0) ?? "", /Connection id/);
  assert.match(ask("192.0.2.1:1", 2 * WINDOW_MS) ?? "", /Connection id/);
  assert.equal(clients.tracker.stats.rejected, 2);
});

Deno.test("UdpResponder: whoever has no connection id gets nothing longer than what it sent, whatever that is", () => {
  const clients = new Clients();
  for (let i = 0; i < 60; i++) announce(clients.tracker, { at: `192.0.2.${i}:6881`, swarm: "a" });
  const random = new SeededRandom(41);
  const ids = { connectionId: NEVER_GIVEN, transactionId: 1 };
  const questions = [
    encodeUdpConnect(1),
    encodeUdpAnnounce(ids, request({ at: "192.0.2.99:1" })),
    encodeUdpScrape(ids, [id("a")]),
    encodeUdpScrape(ids, [id("a")]).subarray(0, 16),
    concat([encodeUdpConnect(1), new Uint8Array(100)]),
  ];
  for (let i = 0; i < 10_000; i++) {
    const question = i < 5 ? questions[i] as Uint8Array : mutate(questions[i % 5] as Uint8Array, random);
    const answer = clients.ask(question, "203.0.113.1:53");
    if (answer === undefined) continue;
    assert.ok(answer.length <= question.length, `seed ${random.seed}, number ${i}`);
    assert.ok(readUdpHeader(answer)?.action === UdpAction.connect || words(answer) !== undefined);
  }
  assert.equal(clients.tracker.peers.size, 60);
});

Deno.test("UdpResponder answers what is malformed with an error or not at all: 10,000 mutations", () => {
  const clients = new Clients();
  const random = new SeededRandom(15);
  const at = "192.0.2.1:6881";
  const ids = { connectionId: clients.connect(at), transactionId: 1 };
  const questions = [
    encodeUdpAnnounce(
      { ...ids, urlData: "/announce?passkey=1" },
      request({ at, key: "abc", event: "started" }),
    ),
    encodeUdpScrape(ids, [id("a"), id("b"), id("c")]),
  ];
  let answered = 0;
  for (let i = 0; i < 10_000; i++) {
    const question = mutate(questions[i % 2] as Uint8Array, random);
    // The connection id stays whole, else most would get no further.
    question.set(ids.connectionId.subarray(0, question.length));
    try {
      const answer = clients.ask(question, at);
      // A mutated action may say connect, which begins with something else than a connection id.
      if (answer === undefined) {
        assert.ok(question.length < 16 || toHex(question.slice(8, 12)) === "00000000");
      } else if (words(answer) === undefined) answered++;
    } catch (error) {
      throw new Error(`seed ${random.seed}, number ${i}`, { cause: error });
    }
  }
  assert.ok(answered > 1000, `only ${answered} of the mutated questions were whole`);
});

Deno.test("UdpResponder tells why it refuses", () => {
  const clients = new Clients({ maxPeers: 1 });
  clients.announce({ at: "192.0.2.1:1" });
  assert.throws(() => clients.announce({ at: "192.0.2.2:1" }), /refuses: got "Tracker is full"/);
  const at = "192.0.2.1:1";
  const datagram = encodeUdpAnnounce(
    { connectionId: clients.connect(at), transactionId: 1 },
    request({ at }),
  );
  datagram[11] = 77;
  assert.equal(words(clients.ask(datagram, at)), "Unknown action");
});
