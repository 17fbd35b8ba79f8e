import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";
import { SWARM_WORDS } from "../../tracker/swarm.ts";
import type { SwarmCounts } from "../../tracker/swarm_counts.ts";
import { type PlaceRules, SwarmPlaces } from "../../tracker/swarm_places.ts";
import { NO_SWARM, SwarmStore } from "../../tracker/swarm_store.ts";
import { id } from "./announcing.ts";

/** Places for swarms of which each has as many peers as is said, and what was forgotten. */
function newPlaces(rules: Partial<PlaceRules>) {
  const swarms = new SwarmStore(new Arena(SWARM_WORDS), new Arena(), 1);
  const [peers, browsers] = [new Map<number, number>(), new Map<number, number>()];
  const counts = {
    get size() {
      return peers.values().reduce((sum, count) => sum + count, 0);
    },
    complete: () => 0,
    incomplete: (swarm: number) => (peers.get(swarm) ?? 0) + (browsers.get(swarm) ?? 0),
    onPorts: (swarm: number) => peers.get(swarm) ?? 0,
    inBrowsers: (swarm: number) => browsers.get(swarm) ?? 0,
  } as unknown as SwarmCounts;
  const forgotten: number[] = [];
  const places = new SwarmPlaces({ maxPeers: 9, maxSwarms: 9, maxSwarmPeers: 9, ...rules }, {
    swarms,
    counts,
    onForget: (swarm) => forgotten.push(swarm),
  });
  return { swarms, peers, browsers, places, forgotten };
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
  assert.equal(places.isFullSwarm(swarm, "onPorts"), false);
  peers.set(swarm, 2);
  assert.equal(places.isFullSwarm(swarm, "onPorts"), true);
  places.rules = { ...places.rules, maxPeers: 2 };
  assert.equal(places.isFullSwarm(swarm, "onPorts"), false);
});

Deno.test("SwarmPlaces.isFullSwarm() counts each kind of peers by itself", () => {
  const { browsers, peers, places } = newPlaces({ maxSwarmPeers: 2 });
  const swarm = places.add(id("a"));
  const areFull = () => [places.isFullSwarm(swarm, "onPorts"), places.isFullSwarm(swarm, "inBrowsers")];
  peers.set(swarm, 2);
  assert.deepEqual(areFull(), [true, false]);
  peers.set(swarm, 1);
  browsers.set(swarm, 2);
  assert.deepEqual(areFull(), [false, true]);
});
