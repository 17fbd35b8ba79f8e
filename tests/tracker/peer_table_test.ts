import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";
import { NO_LIST, NO_PEER, type PeerIdentity, PeerTable } from "../../tracker/peer_table.ts";
import { Counter } from "../../tracker/peer_record.ts";
import { SWARM_WORDS } from "../../tracker/swarm.ts";
import { SwarmStore } from "../../tracker/swarm_store.ts";
import { seededRandom } from "../support/random.ts";
import { id } from "./announcing.ts";

/** The n-th peer: its address family, id and key all follow from n. */
function identity(n: number): PeerIdentity & { isIp6: boolean } {
  const isIp6 = n % 3 === 0;
  const endpoint = new Uint8Array(isIp6 ? 18 : 6);
  new DataView(endpoint.buffer).setUint32(0, n);
  new DataView(endpoint.buffer).setUint16(endpoint.length - 2, n % 65535 + 1);
  return {
    isIp6,
    endpoint: new Uint16Array(endpoint.buffer),
    peerId: Uint32Array.from([1, n % 5, 3, 4, n]),
    key: n % 2 === 0 ? n : 0,
  };
}

/** A table with so many empty swarms. */
function newTable(count: number) {
  const swarmArena = new Arena(SWARM_WORDS);
  const arena = new Arena();
  const store = new SwarmStore(swarmArena, arena, 1);
  const swarms = Array.from({ length: count }, (_, i) => store.add(id(String(i))));
  const peers = new PeerTable(swarmArena, arena, 2);
  return { peers, swarms, bytes: () => (swarmArena.top + arena.top) * 4 };
}

for (
  const { most, steps } of [
    { most: 10, steps: 5000 },
    { most: 30, steps: 10_000 },
    { most: 200, steps: 20_000 },
    { most: 1000, steps: 40_000 },
    { most: 10_000, steps: 100_000 },
  ]
) {
  Deno.test(`PeerTable agrees with a Map through ${steps} random steps with up to ${most} peers a swarm`, () => {
    const random = seededRandom(most);
    const { peers, swarms } = newTable(most > 1000 ? 1 : 3);
    const model = new Map<string, { swarm: number; n: number; isSeeder: boolean; left: number }>();
    for (let step = 0; step < steps; step++) {
      // It grows, then wavers, then shrinks: all sizes of chunks in both directions.
      const growth = step < steps * 0.4 ? 0.8 : step < steps * 0.7 ? 0.5 : 0.2;
      const swarm = swarms[Math.floor(random() * swarms.length)] as number;
      const n = 1 + Math.floor(random() * most);
      const name = `${swarm} ${n}`;
      const known = model.get(name);
      const list = peers.lists.find(swarm, identity(n).isIp6);
      const position = peers.find(list, identity(n).endpoint);
      assert.equal(position !== NO_PEER, known !== undefined, `step ${step}: ${name}`);
      if (known === undefined) {
        if (random() > growth) continue;
        const isSeeder = random() < 0.4;
        const made = peers.lists.make(swarm, identity(n).isIp6);
        const added = peers.add(made, isSeeder, identity(n));
        peers.update(made, added, { uploaded: 1, downloaded: 2, left: step }, 1);
        model.set(name, { swarm, n, isSeeder, left: step });
        continue;
      }
      assert.equal(peers.counter(list, position, Counter.left), known.left);
      assert.equal(peers.isSeeder(list, position), known.isSeeder);
      assert.ok(peers.hasPeerId(list, position, identity(n).peerId));
      assert.deepEqual([...new Uint32Array(peers.peerId(list, position).buffer)], [...identity(n).peerId]);
      assert.equal(peers.findByKey(list, identity(n)), n % 2 === 0 ? position : NO_PEER);
      if (random() < growth) {
        known.isSeeder = !known.isSeeder;
        const moved = peers.setSeeder(list, position, known.isSeeder);
        assert.equal(moved, peers.find(list, identity(n).endpoint));
      } else {
        peers.remove(list, position);
        model.delete(name);
      }
    }
    assert.equal(peers.size, model.size);
    assert.equal(peers.seeders, [...model.values()].filter(({ isSeeder }) => isSeeder).length);
    for (const swarm of swarms) {
      const listed = [false, true].flatMap((isIp6) => {
        const list = peers.lists.find(swarm, isIp6);
        return Array.from({ length: peers.lists.count(list) }, (_, i) => peers.endpoint(list, i).toHex());
      });
      const expected = [...model.values()].filter((known) => known.swarm === swarm)
        .map(({ n }) => new Uint8Array(identity(n).endpoint.buffer).toHex());
      assert.deepEqual(listed.sort(), expected.sort());
    }
    for (const { swarm, n } of model.values()) {
      const list = peers.lists.find(swarm, identity(n).isIp6);
      peers.remove(list, peers.find(list, identity(n).endpoint));
    }
    assert.equal(peers.size + peers.seeders, 0);
  });
}

Deno.test("PeerTable.reset(), readdress() and adoptKey() leave one peer that is found by what it is now", () => {
  for (const others of [0, 40]) {
    const { peers, swarms } = newTable(1);
    const list = peers.lists.make(swarms[0] as number, false);
    for (let n = 1; n <= others; n++) peers.add(list, false, identity(3 * n + 1));
    const [before, after] = [identity(1000), identity(2000)];
    const position = peers.add(list, true, before);
    peers.reset(list, position, { ...after, endpoint: before.endpoint });
    assert.equal(peers.findByKey(list, before), NO_PEER);
    assert.equal(peers.findByKey(list, after), position);
    peers.readdress(list, position, after.endpoint);
    assert.equal(peers.find(list, before.endpoint), NO_PEER);
    assert.equal(peers.find(list, after.endpoint), position);
    peers.adoptKey(list, position, { ...after, key: 77 });
    assert.equal(peers.findByKey(list, after), NO_PEER);
    assert.equal(peers.findByKey(list, { ...after, key: 77 }), position);
    assert.equal(peers.lists.count(list), others + 1);
  }
});

Deno.test("PeerTable.adoptKey() doesn't take the key of another peer of the same id", () => {
  const { peers, swarms } = newTable(1);
  const list = peers.lists.make(swarms[0] as number, false);
  const peerId = identity(2).peerId;
  const first = peers.add(list, false, { ...identity(2), peerId, key: 5 });
  const second = peers.add(list, false, { ...identity(4), peerId, key: 6 });
  peers.adoptKey(list, second, { ...identity(4), peerId, key: 5 });
  assert.deepEqual([peers.keyOf(list, first), peers.keyOf(list, second)], [5, 6]);
});

Deno.test("no swarm has a list of IPv6 peers before it has such a peer", () => {
  const { peers, swarms } = newTable(1);
  const swarm = swarms[0] as number;
  assert.equal(peers.lists.find(swarm, true), NO_LIST);
  const list = peers.lists.make(swarm, true);
  assert.equal(peers.lists.find(swarm, true), list);
  peers.lists.release(swarm);
  assert.equal(peers.lists.find(swarm, true), NO_LIST);
});

Deno.test("PeerTable gives back all memory of a swarm that comes and goes", () => {
  const { bytes, peers, swarms } = newTable(1);
  const swarm = swarms[0] as number;
  let most = 0;
  for (let round = 0; round < 5; round++) {
    for (let n = 1; n <= 9000; n++) {
      peers.add(peers.lists.make(swarm, identity(n).isIp6), false, identity(n));
    }
    for (let n = 1; n <= 9000; n++) {
      const list = peers.lists.find(swarm, identity(n).isIp6);
      peers.remove(list, peers.find(list, identity(n).endpoint));
    }
    if (round === 1) most = bytes();
  }
  assert.equal(bytes(), most);
});

for (
  const { count, each, swarms: swarmCount } of [
    { swarms: 100, count: 100_000, each: 62 },
    { swarms: 1, count: 100_000, each: 70 },
    { swarms: 50_000, count: 50_000, each: 135 },
  ]
) {
  Deno.test(`PeerTable and SwarmStore hold ${count} peers with keys in ${swarmCount} swarms in at most ${each} bytes each`, () => {
    const { bytes, peers, swarms } = newTable(swarmCount);
    for (let n = 1; n <= count; n++) {
      const endpoint = new Uint8Array(6);
      new DataView(endpoint.buffer).setUint32(0, n);
      peers.add(peers.lists.make(swarms[n % swarmCount] as number, false), n % 400 < 100, {
        endpoint: new Uint16Array(endpoint.buffer),
        peerId: Uint32Array.from([0, 0, n, 0, 0]),
        key: n,
      });
    }
    const held = bytes() / count;
    assert.ok(held <= each, `${held} bytes a peer`);
  });
}
