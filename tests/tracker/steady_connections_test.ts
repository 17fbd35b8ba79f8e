import assert from "node:assert/strict";
import { SteadyConnections } from "../../tracker/steady_connections.ts";

const A = { hostname: "192.0.2.1", port: 5000 };

/** Has a connection ask in turns 1 to `last`, `every` milliseconds apart. What it is called then, turn by turn. */
function ask(connections: SteadyConnections, last: number, { every = 1, connection = A } = {}): string[] {
  return Array.from({ length: last }, (_, i) => connections.note({ ...connection }, i + 1, i * every));
}

Deno.test("a connection is new, then known, and steady once it has asked in more than 64 further turns", () => {
  const kinds = ask(new SteadyConnections(), 70);
  assert.equal(kinds[0], "new");
  assert.ok(kinds.slice(1, 65).every((kind) => kind === "known"));
  assert.ok(kinds.slice(65).every((kind) => kind === "steady"));
});

Deno.test("questions of one turn count once, and the second of them doesn't wait, however steady it was", () => {
  const connections = new SteadyConnections();
  for (let i = 0; i < 1000; i++) assert.notEqual(connections.note(A, 1, i / 1000), "steady");
  assert.equal(ask(connections, 70).at(-1), "steady");
  assert.equal(connections.note(A, 70, 70), "known");
  assert.equal(connections.note(A, 71, 70), "steady");
});

Deno.test("who says nothing for a second begins anew", () => {
  assert.ok(!ask(new SteadyConnections(), 200, { every: 1000 }).includes("known"));
  const connections = new SteadyConnections();
  assert.equal(ask(connections, 100, { every: 999 }).at(-1), "steady");
  assert.equal(connections.note(A, 101, 99 * 999 + 1000), "new");
});

Deno.test("one port of two addresses, and ports that share a place, are told apart", () => {
  for (const other of [{ hostname: "192.0.2.2", port: 5000 }, { hostname: "192.0.2.1", port: 5000 + 1024 }]) {
    const connections = new SteadyConnections();
    ask(connections, 100);
    assert.equal(connections.note(other, 101, 100), "new");
    assert.equal(connections.note(A, 102, 100), "new");
  }
});
