import assert from "node:assert/strict";
import { announce, newTracker } from "./announcing.ts";

/** A swarm of so many of each kind; returns its tracker. */
function swarmOf({ leechers4 = 0, seeders4 = 0, leechers6 = 0, seeders6 = 0 }, seed = 1) {
  const tracker = newTracker({ maxNumwant: 1000 }, seed);
  const join = (n: number, left: number, at: (i: number) => string) => {
    for (let i = 0; i < n; i++) announce(tracker, { at: at(i), left, numwant: 0 });
  };
  join(leechers4, 1, (i) => `10.1.${i >> 8}.${i & 255}:1001`);
  join(seeders4, 0, (i) => `10.2.${i >> 8}.${i & 255}:1002`);
  join(leechers6, 1, (i) => `[2001:db8:1::${(i + 1).toString(16)}]:1003`);
  join(seeders6, 0, (i) => `[2001:db8:2::${(i + 1).toString(16)}]:1004`);
  return tracker;
}

for (const size of [1, 2, 5, 63, 64, 65, 130, 500]) {
  Deno.test(`every peer of a swarm of ${size} gets all others, each once, and the right number when it wants fewer`, () => {
    const tracker = swarmOf({ leechers4: size });
    for (let i = 0; i < size; i++) {
      const at = `10.1.${i >> 8}.${i & 255}:1001`;
      const all = announce(tracker, { at, numwant: 1000 }).peers;
      assert.equal(new Set(all).size, size - 1);
      assert.ok(!all.includes(at));
      const some = announce(tracker, { at, numwant: Math.ceil(size / 2) }).peers;
      assert.equal(new Set(some).size, Math.min(Math.ceil(size / 2), size - 1));
      assert.ok(!some.includes(at));
    }
  });
}

Deno.test("every peer of a swarm is named about as often as the others", () => {
  const tracker = swarmOf({ leechers4: 100, seeders4: 60, leechers6: 30, seeders6: 10 });
  const named = new Map<string, number>();
  const rounds = 4000;
  for (let i = 0; i < rounds; i++) {
    const { peers } = announce(tracker, { at: "10.1.0.7:1001", numwant: 20 });
    assert.equal(peers.length, 20);
    for (const peer of peers) named.set(peer, (named.get(peer) ?? 0) + 1);
  }
  assert.equal(named.size, 199);
  const expected = rounds * 20 / 199;
  for (const [peer, times] of named) {
    assert.ok(
      Math.abs(times - expected) < expected * 0.35,
      `${peer} was named ${times} times of ${expected}`,
    );
  }
});

Deno.test("the choice differs from call to call", () => {
  const tracker = swarmOf({ leechers4: 300 });
  const choices = new Set<string>();
  for (let i = 0; i < 20; i++) choices.add(announce(tracker, { at: "10.9.0.1:1", numwant: 10 }).peers.join());
  assert.ok(choices.size > 15);
});

Deno.test("a seeder gets only leechers of both families", () => {
  const tracker = swarmOf({ leechers4: 3, seeders4: 200, leechers6: 2, seeders6: 100 });
  const { peers } = announce(tracker, { at: "10.9.0.1:1", left: 0, numwant: 100 });
  assert.equal(peers.length, 5);
  assert.ok(peers.every((peer) => peer.endsWith(":1001") || peer.endsWith(":1003")));
});
