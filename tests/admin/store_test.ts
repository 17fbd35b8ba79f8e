import assert from "node:assert/strict";
import { Store } from "../../admin/store.ts";
import { hash, historyPoint, peerRow, state, swarmRow, TOTALS } from "./states.ts";

const full = <Row>(changed: Row[]) => ({ full: true, changed, removed: [] });
const delta = <Row>(changed: Row[], removed: string[] = []) => ({ full: false, changed, removed });

function names(store: Store): (string | null)[] {
  return store.swarms.visible.value.map(({ name }) => name);
}

Deno.test("Store.apply() moves the cursor, so that the next poll asks for changes only", () => {
  const store = new Store();
  assert.deepEqual(store.cursor, { epoch: "", revision: 0 });
  assert.equal(store.apply(state({ revision: 7 }), 0), true);
  assert.deepEqual(store.cursor, { epoch: "first", revision: 7 });
});

Deno.test("Store.apply() takes totals and rows in", () => {
  const store = new Store();
  store.apply(
    state({ totals: { ...TOTALS, swarms: 1 }, swarms: full([swarmRow({ name: "old", seeders: 1 })]) }),
    0,
  );
  store.apply(state({ swarms: delta([swarmRow({ name: "new", seeders: 2 })]), history: delta([]) }), 0);
  assert.equal(store.totals.value?.swarms, 0);
  assert.deepEqual(names(store), ["new"]);
});

Deno.test("Store.apply() begins anew when the tracker was restarted", () => {
  const store = new Store();
  store.apply(state({ swarms: full([swarmRow({ name: "before" })]) }), 0);
  const swarms = full([swarmRow({ infoHash: hash("b"), name: "after" })]);
  assert.equal(store.apply(state({ epoch: "second", revision: 1, swarms }), 0), true);
  assert.deepEqual(names(store), ["after"]);
});

Deno.test("Store.apply() refuses changes to a state that it doesn't have, and asks for everything", () => {
  const store = new Store();
  store.apply(state({ swarms: full([swarmRow({ name: "kept" })]) }), 0);
  assert.equal(store.apply(state({ epoch: "second", swarms: delta([]) }), 0), false);
  assert.deepEqual(names(store), ["kept"]);
  assert.deepEqual(store.cursor, { epoch: "", revision: 0 });
});

Deno.test("Store.apply() asks for everything when it gets a delta of peers that it never had", () => {
  const store = new Store();
  store.apply(state(), 0);
  store.open(hash("a"));
  const answer = (peers: ReturnType<typeof delta<ReturnType<typeof peerRow>>>) =>
    state({ swarms: delta([]), swarm: { ...swarmRow(), peers } });
  assert.equal(store.apply(answer(delta([peerRow()])), 0), false);
  assert.equal(store.hasPeers.value, false);
  assert.equal(store.apply(answer(full([peerRow()])), 0), false, "this epoch was given up");
  assert.equal(
    store.apply({ ...answer(full([peerRow()])), swarms: full([]) }, 0),
    true,
  );
  assert.equal(store.apply(answer(delta([peerRow({ address: "192.0.2.2:1" })])), 0), true);
  assert.equal(store.peers.size.value, 2);
});

Deno.test("Store.swarm is the overview's row until its own answer comes, then that", () => {
  const store = new Store();
  store.apply(state({ swarms: full([swarmRow({ name: "row", seeders: 1 })]) }), 0);
  store.open(hash("a"));
  assert.equal(store.swarm.value?.seeders, 1);
  store.apply(state({ swarms: delta([]), swarm: { ...swarmRow({ seeders: 5 }), peers: full([]) } }), 0);
  assert.equal(store.swarm.value?.seeders, 5);
  assert.equal("peers" in (store.swarm.value ?? {}), false);
});

Deno.test("Store.swarm is undefined while unknown and null when there is no such swarm", () => {
  const store = new Store();
  store.open(hash("c"));
  assert.equal(store.swarm.value, undefined);
  store.apply(state({ swarm: null }), 0);
  assert.equal(store.swarm.value, null);
});

Deno.test("Store.open() forgets the peers of the swarm before", () => {
  const store = new Store();
  store.open(hash("a"));
  store.apply(state({ swarm: { ...swarmRow(), peers: full([peerRow()]) } }), 0);
  store.open(hash("b"));
  assert.equal(store.peers.size.value, 0);
  assert.equal(store.hasPeers.value, false);
  assert.equal(store.swarm.value, undefined);
});

Deno.test("Store.history takes points over by time and keeps one hour", () => {
  const store = new Store();
  store.apply(state({ history: full([historyPoint(100), historyPoint(200)]) }), 0);
  store.apply(
    state({ history: delta([historyPoint(3650), historyPoint(200, { seeders: 9 }), historyPoint(3750)]) }),
    0,
  );
  assert.deepEqual(store.history.value.map(({ time, seeders }) => [time, seeders]), [
    [200, 9],
    [3650, 0],
    [3750, 0],
  ]);
});

Deno.test("Store.clock is the tracker's and goes on between answers", () => {
  const store = new Store();
  store.tick(500);
  assert.equal(store.clock.value, 0, "nothing is known of the tracker's clock yet");
  store.apply(state({ now: 1_000_000 }), 1000);
  store.tick(4000);
  assert.equal(store.clock.value, 1_003_000);
  assert.equal(store.answeredAt.value, 1_000_000);
});

Deno.test("Store.swarms are sorted by name with the nameless last, and numbers in names counted", () => {
  const store = new Store();
  store.apply(
    state({
      swarms: full([
        swarmRow({ infoHash: hash("1"), name: null }),
        swarmRow({ infoHash: hash("2"), name: "part 10" }),
        swarmRow({ infoHash: hash("3"), name: "Part 9" }),
      ]),
    }),
    0,
  );
  store.swarms.sort.value = { column: "name", descending: false };
  assert.deepEqual(names(store), ["Part 9", "part 10", null]);
});

Deno.test("Store.swarms are found by a part of the name or of the info hash", () => {
  const store = new Store();
  store.apply(
    state({
      swarms: full([
        swarmRow({ infoHash: hash("a"), name: "Debian.iso" }),
        swarmRow({ infoHash: "dead" + "0".repeat(36), name: null }),
      ]),
    }),
    0,
  );
  store.swarms.search("DEB");
  assert.deepEqual(names(store), ["Debian.iso"]);
  store.swarms.search("DEAD");
  assert.deepEqual(names(store), [null]);
});

Deno.test("Store.peers are sorted by progress with the unknown below everything", () => {
  const store = new Store();
  store.open(hash("a"));
  const peers = full([
    peerRow({ address: "192.0.2.1:1", progress: null }),
    peerRow({ address: "192.0.2.2:1", progress: 0 }),
    peerRow({ address: "192.0.2.3:1", progress: 1 }),
  ]);
  store.apply(state({ swarm: { ...swarmRow(), peers } }), 0);
  assert.deepEqual(store.peers.visible.value.map(({ progress }) => progress), [1, 0, null]);
});
