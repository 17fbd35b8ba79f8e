import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";
import { SWARM_WORDS } from "../../tracker/swarm.ts";
import type { SwarmCounts } from "../../tracker/swarm_counts.ts";
import { type PlaceRules, SwarmPlaces } from "../../tracker/swarm_places.ts";
import { NO_SWARM, SwarmStore } from "../../tracker/swarm_store.ts";
import { id } from "./announcing.ts";

type Counts = Map<number, number>;

/** Places for swarms of which each has as many peers as is said, and what was forgotten. */
function newPlaces(rules: Partial<PlaceRules>) {
  const swarms = new SwarmStore(new Arena(SWARM_WORDS), new Arena(), 1);
  const [peers, peers6, browsers] = [0, 0, 0].map(() => new Map<number, number>()) as [
    Counts,
    Counts,
    Counts,
  ];
  const counts = {
    get taken() {
      return peers.values().reduce((sum, count) => sum + count, 0);
    },
    complete: () => 0,
    incomplete: (swarm: number) => (peers.get(swarm) ?? 0) + (browsers.get(swarm) ?? 0),
    onIp4: (swarm: number) => peers.get(swarm) ?? 0,
    onIp6: (swarm: number) => peers6.get(swarm) ?? 0,
    inBrowsers: (swarm: number) => browsers.get(swarm) ?? 0,
  } as unknown as SwarmCounts;
  const forgotten: number[] = [];
  const places = new SwarmPlaces({ maxPeers: 9, maxSwarms: 9, maxSwarmPeers: 9, ...rules }, {
    swarms,
    counts,
    onForget: (swarm) => forgotten.push(swarm),
  });
  return { swarms, peers, peers6, browsers, places, forgotten };
}

Deno.test("SwarmPlaces takes nobody when the tracker has all the peers it takes, into old swarms or new", () => {
  const { peers, places } = newPlaces({ maxPeers: 2 });
  const swarm = places.enter(id("a"));
  assert.equal(places.enter(id("a")), swarm);
  peers.set(swarm, 2);
  assert.equal(places.isFull, true);
  for (const name of ["a", "b"]) {
    assert.throws(() => places.enter(id(name)), { message: "Tracker is full", reason: "full", retryIn: 5 });
    assert.equal(places.readmit(id(name)), NO_SWARM);
  }
  places.rules = { ...places.rules, maxPeers: 3 };
  assert.equal(places.enter(id("a")), swarm);
});

Deno.test("SwarmPlaces.add() makes room by forgetting the swarm that has been empty longest, and none with peers", () => {
  const { peers, places, forgotten, swarms } = newPlaces({ maxSwarms: 2 });
  const [first, second] = [places.add(id("a")), places.add(id("b"))];
  peers.set(second, 1);
  assert.notEqual(places.add(id("c")), NO_SWARM);
  assert.deepEqual(forgotten, [first]);
  assert.equal(swarms.find(id("a")), NO_SWARM);
  assert.throws(() => places.add(id("d")), /full/); // now the longest unchanged one has a peer
  assert.equal(places.readmit(id("d")), NO_SWARM);
  assert.equal(places.readmit(id("b")), second);
});

Deno.test("SwarmPlaces forgets an empty swarm for a peer that was known before a restart, not for a count", () => {
  const { places, forgotten, swarms } = newPlaces({ maxSwarms: 1 });
  const first = places.remember(id("a"));
  assert.equal(places.remember(id("a")), first);
  assert.equal(places.remember(id("b")), NO_SWARM);
  assert.deepEqual([forgotten, swarms.size], [[], 1]);
  assert.notEqual(places.readmit(id("b")), NO_SWARM);
  assert.deepEqual([forgotten, swarms.size], [[first], 1]);
});

Deno.test("SwarmPlaces.forgetIfEmpty() keeps swarms with peers, and those whose completions are remembered", () => {
  const { peers, places, forgotten, swarms } = newPlaces({});
  const [busy, completed, empty] = [places.add(id("a")), places.add(id("b")), places.add(id("c"))];
  peers.set(busy, 1);
  swarms.countCompleted(completed);
  assert.deepEqual([busy, completed, empty].map((swarm) => places.forgetIfEmpty(swarm)), [
    false,
    false,
    true,
  ]);
  assert.deepEqual(forgotten, [empty]);
});

Deno.test("SwarmPlaces.isFullSwarm() counts against the limit of swarms only if that is the smaller one", () => {
  const { peers, places } = newPlaces({ maxSwarmPeers: 2 });
  const swarm = places.add(id("a"));
  peers.set(swarm, 1);
  assert.equal(places.isFullSwarm(swarm, "onIp4"), false);
  peers.set(swarm, 2);
  assert.equal(places.isFullSwarm(swarm, "onIp4"), true);
  places.rules = { ...places.rules, maxPeers: 2 };
  assert.equal(places.isFullSwarm(swarm, "onIp4"), false);
});

Deno.test("SwarmPlaces.isFullSwarm() counts each kind of peers by itself, and each family", () => {
  const { browsers, peers, peers6, places } = newPlaces({ maxSwarmPeers: 2 });
  const swarm = places.add(id("a"));
  const kinds = ["onIp4", "onIp6", "inBrowsers"] as const;
  for (const [i, counts] of [peers, peers6, browsers].entries()) {
    counts.set(swarm, 2);
    assert.deepEqual(
      kinds.map((kind) => places.isFullSwarm(swarm, kind)),
      [0, 1, 2].map((each) => each === i),
    );
    counts.set(swarm, 1);
  }
});
