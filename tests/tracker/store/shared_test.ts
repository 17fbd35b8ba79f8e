// What trackers of one store have in common, and what lies there.

import assert from "node:assert/strict";
import {
  decodeUdpAnnounce,
  decodeUdpConnect,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  toHex,
} from "../../../protocol/mod.ts";
import { AdminState } from "../../../tracker/admin_state.ts";
import { swarmKeys } from "../../../tracker/store/swarm_keys.ts";
import { SwarmPeers as SharedPeers } from "../../../tracker/store/swarm_peers.ts";
import { Moment } from "../../../tracker/moment.ts";
import { OrderCache } from "../../../tracker/order_cache.ts";
import { SwarmPeers } from "../../../tracker/swarm_peers.ts";
import { UdpResponder } from "../../../tracker/udp_responder.ts";
import { WebTracker } from "../../../tracker/web_tracker.ts";
import { noRedis, RedisServer } from "../../support/redis_server.ts";
import { addressOf, id, request } from "../announcing.ts";
import { StoreTracker } from "./stores.ts";

const A = "192.0.2.1:6881";
const B = "192.0.2.2:6881";
const C = "192.0.2.3:6881";
const HEX_A = toHex(new TextEncoder().encode(id("a")));

function redisTest(name: string, fn: (server: RedisServer) => Promise<void>): void {
  Deno.test({
    name: name + (noRedis === undefined ? "" : ` (skipped: ${noRedis})`),
    ignore: noRedis !== undefined,
    async fn() {
      await using server = await RedisServer.start();
      await fn(server);
    },
  });
}

/** So many trackers on a server. */
async function trackers(server: RedisServer, count: number): Promise<StoreTracker[]> {
  return await Promise.all(Array.from({ length: count }, (_, i) => StoreTracker.open(server.url, {}, i + 1)));
}

async function close(opened: StoreTracker[]): Promise<void> {
  for (const tracker of opened) await tracker[Symbol.asyncDispose]();
}

redisTest(
  "peers that each use another tracker meet, and a peer may change its tracker with every announce",
  async (server) => {
    const opened = await trackers(server, 3);
    const [first, second, third] = opened as [StoreTracker, StoreTracker, StoreTracker];
    assert.deepEqual(await first.announce({ at: A, left: 0 }), { complete: 1, incomplete: 0, peers: [] });
    assert.deepEqual(await second.announce({ at: B }), { complete: 1, incomplete: 1, peers: [A] });
    assert.deepEqual(await third.announce({ at: C }), { complete: 1, incomplete: 2, peers: [A, B] });
    // The same peer, by its key, although it has moved and asks another tracker.
    await first.announce({ at: C, key: "k" });
    await second.announce({ at: "192.0.2.4:1", peer: C, key: "k", left: 0, event: "completed" });
    await third.announce({ at: "192.0.2.4:1", peer: C, key: "k", left: 0, event: "completed" });
    const stats = await first.store.swarms.scrape([id("a")], 0);
    assert.deepEqual(stats.get(id("a")), { complete: 2, downloaded: 1, incomplete: 1 });
    assert.deepEqual(opened.map(({ tracker }) => tracker.stats.completed), [0, 1, 0]);
    await close(opened);
  },
);

redisTest("a UDP client may connect to one tracker and announce to another", async (server) => {
  const opened = await trackers(server, 2);
  const [first, second] = opened.map(({ store: { swarms }, tracker }) =>
    new UdpResponder(tracker, swarms.connectionKey, swarms)
  ) as [UdpResponder, UdpResponder];
  const ask = async (responder: UdpResponder, datagram: Uint8Array, at: string) => {
    responder.space.set(datagram);
    return (await responder.answer(datagram.length, addressOf(at), 0))?.slice() ?? new Uint8Array(0);
  };
  const connectionId = decodeUdpConnect(await ask(first, encodeUdpConnect(5), A));
  const ids = { connectionId, transactionId: 9 };
  await ask(second, encodeUdpAnnounce(ids, request({ at: A })), A);
  const other = {
    connectionId: decodeUdpConnect(await ask(second, encodeUdpConnect(5), B)),
    transactionId: 9,
  };
  const answer = await ask(first, encodeUdpAnnounce(other, request({ at: B, left: 0 })), B);
  assert.deepEqual(decodeUdpAnnounce(answer, false).peers, [{ ip: "192.0.2.1", port: 6881 }]);
  const scrape = await ask(second, encodeUdpScrape(other, [id("a")]), B);
  assert.deepEqual(
    [...new Uint32Array(3).keys()].map((i) => new DataView(scrape.buffer).getUint32(8 + 4 * i)),
    [1, 0, 1],
  );
  assert.equal(opened[1]?.tracker.stats.protocols.udp.scrapes, 1);
  await server.stop();
  const refused = new TextDecoder().decode(
    await ask(second, encodeUdpAnnounce(other, request({ at: B })), B),
  );
  assert.match(refused, /Tracker cannot reach its store/);
  await close(opened);
});

redisTest("all keys expire by themselves, and carry their swarm's hash tag", async (server) => {
  const rules = { intervalSeconds: 100, peerTimeoutSeconds: 200, emptySwarmSeconds: 1000 };
  await using tracker = await StoreTracker.open(server.url, rules);
  await tracker.announce({ at: A, key: "k", event: "paused" });
  await tracker.announce({ at: "[2001:db8::1]:1", left: 0 });
  await tracker.announce({ at: B, left: 0, event: "completed", key: "k" });
  // Long after, and with another kind of peer: what is made then has its life, too.
  await tracker.announce({ at: A, key: "k", event: "paused", now: 30_000 });
  await tracker.announce({ at: "[2001:db8::2]:1", now: 31_000 });
  const keys = (await server.command("KEYS", "*")).split("\n").filter((key) => !key.endsWith(":secret"));
  assert.deepEqual(keys.sort(), swarmKeys(id("a")).sort());
  for (const key of keys) {
    const life = Number(await server.command("PTTL", key));
    const most = key.endsWith(":m") ? 1_000_000 : 400_000;
    assert.ok(life > 200_000 && life <= most, `${key} lives for ${life} ms`);
  }
});

redisTest(
  "a swarm that everybody has left leaves nothing behind, unless somebody has completed there",
  async (server) => {
    await using tracker = await StoreTracker.open(server.url);
    for (const swarm of ["brief", "kept"]) {
      for (const at of [A, B]) await tracker.announce({ at, swarm, key: at, event: "paused" });
      if (swarm === "kept") await tracker.announce({ at: A, swarm, key: A, left: 0, event: "completed" });
      for (const at of [A, B]) await tracker.announce({ at, swarm, key: at, event: "stopped" });
    }
    const keys = (await server.command("KEYS", "*")).split("\n").filter((key) => !key.endsWith(":secret"));
    assert.deepEqual(keys, [swarmKeys(id("kept"))[7]]);
  },
);

redisTest("silent peers are taken out by announces, a few at a time", async (server) => {
  await using tracker = await StoreTracker.open(server.url, {
    intervalSeconds: 100,
    peerTimeoutSeconds: 200,
  });
  for (let i = 0; i < 100; i++) await tracker.announce({ at: `198.51.100.${i}:1`, key: `${i}`, numwant: 0 });
  const left = async () => Number(await server.command("HLEN", swarmKeys(id("a"))[5] ?? ""));
  assert.equal(await left(), 100);
  await tracker.announce({ at: A, now: 200_000 });
  assert.equal(await left(), 100 - 20 + 1);
  for (let i = 1; i <= 4; i++) await tracker.announce({ at: A, now: 200_000 + i });
  assert.equal(await left(), 1);
  assert.equal(await server.command("HLEN", swarmKeys(id("a"))[6] ?? ""), "0");
});

redisTest(
  "every tracker knows how many peers and swarms there are, and its page shows them",
  async (server) => {
    const opened = await trackers(server, 2);
    const [first, second] = opened as [StoreTracker, StoreTracker];
    const admin = new AdminState(second.tracker, { version: "9.9", now: 0 });
    const shared = new SharedPeers(second.store.swarms);
    await first.announce({ at: A, left: 0, event: "completed", uploaded: 5 });
    await first.announce({ at: B, left: 500, downloaded: 7, now: 1000 });
    await first.announce({ at: B, left: 400, downloaded: 1007, now: 2000 });
    await first.announce({ at: A, swarm: "b" });
    await shared.prepare(HEX_A, 3000);
    await first.store.swarms.tick(3000);
    await second.store.swarms.tick(3000);
    const { seeders, leechers, swarms } = admin.totals(3000);
    assert.deepEqual({ seeders, leechers, swarms }, { seeders: 1, leechers: 2, swarms: 2 });
    const counts = ["a", "b"].map((name) => {
      const swarm = second.tracker.swarms.find(id(name));
      return [second.tracker.complete(swarm), second.tracker.incomplete(swarm)];
    });
    assert.deepEqual(counts, [[1, 1], [0, 1]]);
    const context = { now: 3000, unix: 1_003_000, tracker: second.tracker, totalBytes: 0 };
    assert.deepEqual(
      shared.rows(new TextEncoder().encode(id("a")), context).map((
        { address, downloadRate, downloaded, lastSeen, left, progress, uploaded },
      ) => [address, uploaded, downloaded, left, downloadRate, progress, lastSeen]),
      [[B, 0, 1007, 400, 1000, null, 1_002_000], [A, 5, 0, 0, 0, 1, 1_000_000]],
    );
    for (const at of [A, B]) await second.announce({ at, event: "stopped", now: 4000 });
    await second.store.swarms.tick(4000);
    await first.store.swarms.tick(4000);
    assert.deepEqual(first.store.swarms.totals, { swarms: 1, seeders: 0, leechers: 1, browsersElsewhere: 0 });
    assert.equal(second.tracker.swarms.find(id("a")), 0);
    await close(opened);
  },
);

redisTest(
  "the totals forget swarms that have fallen silent, though nobody announces there any more",
  async (server) => {
    const rules = { intervalSeconds: 100, peerTimeoutSeconds: 200 };
    await using tracker = await StoreTracker.open(server.url, rules);
    for (let i = 0; i < 300; i++) await tracker.announce({ at: A, swarm: `${i}`, left: i % 2 });
    await tracker.store.swarms.tick(0);
    assert.deepEqual(tracker.store.swarms.totals, {
      swarms: 300,
      seeders: 150,
      leechers: 150,
      browsersElsewhere: 0,
    });
    await tracker.store.swarms.tick(200_000);
    assert.equal(tracker.store.swarms.totals.swarms, 100);
    await tracker.store.swarms.tick(200_000);
    assert.deepEqual(tracker.store.swarms.totals, {
      swarms: 0,
      seeders: 0,
      leechers: 0,
      browsersElsewhere: 0,
    });
    assert.equal(tracker.tracker.swarms.size, 0);
  },
);

redisTest(
  "peers in browsers stay with their tracker: counted with the store's, their completion for all",
  async (server) => {
    const opened = await trackers(server, 2);
    const [first, second] = opened as [StoreTracker, StoreTracker];
    await first.announce({ at: A });
    const sent: string[] = [];
    const web = new WebTracker(first.tracker);
    web.answers = first.store.swarms;
    const connection = {
      endpoint: Uint8Array.from([192, 0, 2, 9, 0, 1]),
      peers: new Map(),
      guests: new Map(),
      send: (text: string) => void sent.push(text),
    };
    const said = { action: "announce", info_hash: id("a"), peer_id: id("w"), left: 0, event: "completed" };
    web.receive(JSON.stringify(said), connection, 0);
    assert.deepEqual([JSON.parse(sent[0] ?? "").complete, JSON.parse(sent[0] ?? "").incomplete], [1, 1]);
    assert.deepEqual(await first.announce({ at: A }), { complete: 1, incomplete: 1, peers: [] });
    assert.deepEqual(await second.announce({ at: A }), { complete: 0, incomplete: 1, peers: [] });
    const there = (await second.store.swarms.scrape([id("a")], 0)).get(id("a"));
    assert.deepEqual(there, { complete: 0, downloaded: 1, incomplete: 1 });
    await close(opened);
  },
);

redisTest(
  "a swarm's peers are a table of each tracker's page, sorted, in parts, and can be dropped there",
  async (server) => {
    const opened = await trackers(server, 2);
    const [first, second] = opened as [StoreTracker, StoreTracker];
    const elsewhere = new SharedPeers(second.store.swarms);
    const clocks = () => ({ now: 0, unix: 1_000_000 });
    const orders = new OrderCache({ now: () => 0, pause: () => Promise.resolve() });
    let time = 0;
    const moment = new Moment(() => time += 1000);
    const peers = new SwarmPeers({
      ...{ tracker: second.tracker, orders, moment, epoch: "run" },
      elsewhere: () => elsewhere,
    });
    const keyed = { key: "k", event: "paused" } as const;
    await first.announce({ at: A, left: 100, downloaded: 5, ...keyed });
    await first.store.swarms.announceOneFamily(request({ at: B, left: 0, downloaded: 9 }), addressOf(B), 0);
    await second.announce({ at: C, left: 1000, downloaded: 7 });
    const open = { swarm: second.tracker.swarms.find(id("a")), infoHash: id("a"), totalBytes: 1000 };
    const ask = async (offset: number, limit: number) => {
      const question = { sort: "downloaded", order: "desc", offset, limit, since: undefined } as const;
      return await peers.answer(open, question, clocks);
    };
    const { rows, total } = await ask(0, 2);
    assert.equal(total, 3);
    assert.deepEqual(
      rows.map((
        { address, partial, progress, protocol },
      ) => [address, protocol, progress, partial]),
      [[B, "udp", 1, false], [C, "http", 0, false]],
    );
    assert.deepEqual((await ask(2, 2)).rows.map((row) => [row.address, row.progress, row.partial]), [[
      A,
      0.9,
      true,
    ]]);
    assert.deepEqual(peers.progress(open).progress, [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    const [a, port] = [addressOf(A), [6881 >> 8, 6881 & 255]];
    const web = { drop: () => assert.fail("it is no browser's") };
    assert.equal(await peers.drop(open, Uint8Array.from([...a, ...port]), web), true);
    assert.equal(await peers.drop(open, Uint8Array.from([...a, ...port]), web), false);
    assert.equal((await ask(0, 2)).total, 2);
    assert.deepEqual((await second.store.swarms.scrape([id("a")], 0)).get(id("a")), {
      ...{ complete: 1, downloaded: 0, incomplete: 1 },
    });
    assert.equal(await server.command("HLEN", swarmKeys(id("a"))[6] ?? ""), "0");
    await close(opened);
  },
);
