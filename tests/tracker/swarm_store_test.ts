import assert from "node:assert/strict";
import { toBinary } from "../../protocol/mod.ts";
import { Arena } from "../../tracker/arena.ts";
import { SWARM_WORDS } from "../../tracker/swarm.ts";
import { SwarmStore } from "../../tracker/swarm_store.ts";
import { seededRandom } from "../support/random.ts";
import { id } from "./announcing.ts";

function newStore(seed = 1): SwarmStore {
  return new SwarmStore(new Arena(SWARM_WORDS), new Arena(), seed);
}

/** The names of the swarms, latest change first. */
function order(store: SwarmStore): string[] {
  const names: string[] = [];
  for (let swarm = store.newest; swarm !== 0; swarm = store.older(swarm)) {
    names.push(toBinary(store.infoHash(swarm)).replace(/\.+$/, ""));
  }
  return names;
}

Deno.test("SwarmStore lists swarms by their last change", () => {
  const store = newStore();
  const [a, b, c] = [store.add(id("a")), store.add(id("b")), store.add(id("c"))] as const;
  assert.deepEqual(order(store), ["c", "b", "a"]);
  store.advance();
  store.touch(a);
  assert.deepEqual(order(store), ["a", "c", "b"]);
  store.touch(c);
  store.touch(a);
  assert.deepEqual(order(store), ["c", "a", "b"]);
  assert.deepEqual([store.changedAt(a), store.changedAt(b)], [2, 1]);
  store.remove(a);
  assert.deepEqual(order(store), ["c", "b"]);
  store.remove(b);
  store.remove(c);
  assert.deepEqual([order(store), store.newest, store.oldest], [[], 0, 0]);
});

Deno.test("SwarmStore agrees with a Map and a list through 20,000 random steps", () => {
  const random = seededRandom(3);
  const store = newStore(99);
  const model = new Map<string, number>();
  for (let step = 0; step < 20_000; step++) {
    const name = String(Math.floor(random() * 500));
    const swarm = store.find(id(name));
    assert.equal(swarm, model.get(name) ?? 0);
    store.advance();
    if (swarm === 0) {
      model.set(name, store.add(id(name)));
    } else if (random() < 0.5) {
      store.touch(swarm);
      model.delete(name);
      model.set(name, swarm);
    } else {
      store.remove(swarm);
      model.delete(name);
    }
  }
  assert.equal(store.size, model.size);
  assert.deepEqual(order(store), [...model.keys()].reverse());
  assert.ok(store.places <= 502, "places are not used again");
});

Deno.test("a swarm's record keeps every field, and a new one starts at zero", () => {
  const store = newStore();
  const first = store.add(id("a"));
  store.noteLeft(first, 2 ** 40 + 5);
  store.noteLeft(first, 7);
  store.countCompleted(first);
  store.countCompleted(first);
  store.noteAnnounce(first, 12_345);
  assert.deepEqual(
    [store.largestLeft(first), store.completed(first), store.lastAnnounce(first)],
    [2 ** 40 + 5, 2, 12_345],
  );
  store.remove(first);
  const second = store.add(id("b"));
  assert.equal(second, first);
  assert.deepEqual(
    [store.largestLeft(second), store.completed(second), store.lastAnnounce(second)],
    [0, 0, 0],
  );
});
