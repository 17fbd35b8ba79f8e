import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";
import { type PeerIdentity, PeerTable } from "../../tracker/peer_table.ts";
import { Counter } from "../../tracker/peer_record.ts";
import { PEER_KINDS } from "../../tracker/swarm.ts";
import { SwarmStore } from "../../tracker/swarm_store.ts";
import { seededRandom } from "../support/random.ts";
import { id } from "./announcing.ts";

/** The n-th peer: its address family, id and key all follow from n. */
function identity(n: number): PeerIdentity {
  const endpoint = new Uint8Array(n % 3 === 0 ? 18 : 6);
  new DataView(endpoint.buffer).setUint32(0, n);
  new DataView(endpoint.buffer).setUint16(endpoint.length - 2, n % 65535 + 1);
  return { endpoint, peerId: Uint32Array.from([n, 2, 3, 4, 5]), key: n % 2 === 0 ? n : 0 };
}

for (
  const { most, steps } of [{ most: 10, steps: 5000 }, { most: 200, steps: 20_000 }, {
    most: 1000,
    steps: 40_000,
  }]
) {
  Deno.test(`PeerTable agrees with a Map through ${steps} random steps with up to ${most} peers a swarm`, () => {
    const random = seededRandom(most);
    const arena = new Arena();
    const swarms = new SwarmStore(arena, 1);
    const peers = new PeerTable(arena, 2);
    const places = [swarms.add(id("one")), swarms.add(id("two")), swarms.add(id("three"))];
    const model = new Map<string, { swarm: number; n: number; isSeeder: boolean; left: number }>();
    for (let step = 0; step < steps; step++) {
      // It grows, then wavers, then shrinks: all sizes of chunks in both directions.
      const growth = step < steps * 0.4 ? 0.8 : step < steps * 0.7 ? 0.5 : 0.2;
      const swarm = places[Math.floor(random() * 3)] as number;
      const n = 1 + Math.floor(random() * most);
      const name = `${swarm} ${n}`;
      const known = model.get(name);
      const peer = peers.find(swarm, identity(n).endpoint);
      assert.equal(peer !== 0, known !== undefined, `step ${step}: ${name}`);
      if (known === undefined) {
        if (random() > growth) continue;
        const isSeeder = random() < 0.4;
        const added = peers.add(swarm, isSeeder, identity(n));
        peers.update(added, { uploaded: 1, downloaded: 2, left: step }, 1);
        model.set(name, { swarm, n, isSeeder, left: step });
        continue;
      }
      assert.equal(peers.counter(peer, Counter.left), known.left);
      assert.equal(peers.isSeeder(peer), known.isSeeder);
      assert.ok(peers.hasPeerId(peer, identity(n).peerId));
      assert.equal(peers.findByKey(swarm, identity(n)), n % 2 === 0 ? peer : 0);
      if (random() < growth) {
        known.isSeeder = !known.isSeeder;
        peers.setSeeder(peer, known.isSeeder);
      } else {
        peers.remove(peer);
        model.delete(name);
      }
    }
    assert.equal(peers.size, model.size);
    assert.equal(peers.seeders, [...model.values()].filter(({ isSeeder }) => isSeeder).length);
    for (const swarm of places) {
      const listed = PEER_KINDS.flatMap((kind) =>
        Array.from({ length: peers.lists.count(swarm, kind) }, (_, i) => {
          const peer = peers.lists.at(swarm, kind, i);
          assert.equal(peers.lists.positionOf(peer), i);
          return peers.endpoint(peer).toHex();
        })
      );
      const expected = [...model.values()].filter((known) => known.swarm === swarm)
        .map(({ n }) => identity(n).endpoint.toHex());
      assert.deepEqual(listed.sort(), expected.sort());
    }
    for (const { swarm, n } of model.values()) peers.remove(peers.find(swarm, identity(n).endpoint));
    assert.equal(peers.size + peers.seeders, 0);
  });
}

Deno.test("PeerTable gives back all memory of a swarm that comes and goes", () => {
  const arena = new Arena();
  const swarm = new SwarmStore(arena, 1).add(id("one"));
  const peers = new PeerTable(arena, 2);
  let bytes = 0;
  for (let round = 0; round < 5; round++) {
    for (let n = 1; n <= 5000; n++) peers.add(swarm, false, identity(n));
    for (let n = 1; n <= 5000; n++) peers.remove(peers.find(swarm, identity(n).endpoint));
    if (round === 0) bytes = arena.bytes;
  }
  assert.equal(arena.bytes, bytes);
});

Deno.test("PeerTable holds 100,000 peers of 100 swarms in at most 90 bytes each, keys and half-full chunks included", () => {
  const arena = new Arena();
  const swarms = new SwarmStore(arena, 1);
  const peers = new PeerTable(arena, 2);
  const places = Array.from({ length: 100 }, (_, i) => swarms.add(id(String(i))));
  for (let n = 1; n <= 100_000; n++) {
    const endpoint = new Uint8Array(6);
    new DataView(endpoint.buffer).setUint32(0, n);
    peers.add(places[n % 100] as number, n % 400 < 100, {
      endpoint,
      peerId: Uint32Array.from([n, 0, 0, 0, 0]),
      key: n,
    });
  }
  const each = (arena.bytes + peers.indexBytes) / 100_000;
  assert.ok(each <= 90, `${each} bytes a peer`);
});
