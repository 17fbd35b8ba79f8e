import assert from "node:assert/strict";
import type { PeerAddress } from "../../protocol/mod.ts";
import { Dials } from "../../peer/dials.ts";
import { PeerPool } from "../../peer/engine/peer_pool.ts";
import { Places } from "../../peer/engine/peer_places.ts";

/** Listens and says nothing: a dial of it lasts until it is given up. */
function silentPeers(count: number): { addresses: PeerAddress[] } & Disposable {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  return {
    addresses: listeners.map(({ addr }) => ({ ip: "127.0.0.1", port: (addr as Deno.NetAddr).port })),
    [Symbol.dispose]() {
      for (const listener of listeners) listener.close();
    },
  };
}

interface Plan {
  addresses: PeerAddress[];
  maxPeers?: number;
  /** Places of the client. */
  most?: number;
  size?: number;
  outgoing?: number;
}

function newDials({ addresses, maxPeers = 80, most = 500, size = 0, outgoing = 0 }: Plan) {
  const pool = new PeerPool();
  pool.add(addresses, "user", 0);
  const places = new Places(most);
  const bugs: unknown[] = [];
  const dials = new Dials({
    infoHash: new Uint8Array(20),
    peerId: new Uint8Array(20),
    pool,
    maxPeers,
    places,
    encryption: "off",
    taken: { size, outgoing },
    onAnswer: () => assert.fail("somebody answered"),
    onBug: (error) => bugs.push(error),
  });
  return { dials, places, pool, bugs };
}

Deno.test("Dials calls as many as there are places, and gives each place back", async (t) => {
  using peers = silentPeers(20);
  const { addresses } = peers;
  const cases: [name: string, plan: Omit<Plan, "addresses">, expected: number][] = [
    ["sixteen at a time", {}, 16],
    ["seven tenths of a torrent's places", { maxPeers: 10 }, 7],
    ["those that callers may not have, when all others are taken", { maxPeers: 20, size: 18 }, 2],
    ["none of those once we have called so many", { maxPeers: 20, size: 18, outgoing: 2 }, 0],
    ["none beyond a torrent's places", { maxPeers: 20, size: 20 }, 0],
    ["none beyond the client's", { most: 3 }, 3],
  ];
  for (const [name, plan, expected] of cases) {
    await t.step(name, async () => {
      const { bugs, dials, places } = newDials({ addresses, ...plan });
      dials.more(0);
      dials.more(0);
      assert.deepEqual([dials.size, places.taken], [expected, expected]);
      await dials.close({ comesBack: false });
      assert.deepEqual([dials.size, places.taken], [0, 0]);
      dials.more(1e9);
      assert.equal(dials.size, 0);
      assert.deepEqual(bugs, []);
    });
  }
});

Deno.test("Dials.close() leaves addresses that come back to be dialled at once, others to a back-off", async () => {
  using peers = silentPeers(1);
  for (const comesBack of [true, false]) {
    const { dials, pool } = newDials(peers);
    dials.more(performance.now());
    await dials.close({ comesBack });
    const now = performance.now();
    assert.equal(pool.next(now) !== undefined, comesBack);
  }
});
