import assert from "node:assert/strict";
import { Places } from "../../peer/engine/peer_places.ts";
import { Heartbeat } from "../../peer/heartbeat.ts";
import { WaitingCallers } from "../../peer/waiting_callers.ts";
import { isHungUp, socketPair } from "../support/socket_pair.ts";

const MINUTE = 60_000;

function open({ maxPeers, connections = 500 }: { maxPeers?: number; connections?: number } = {}) {
  const places = new Places(connections);
  const heartbeat = new Heartbeat();
  const lines: string[] = [];
  const callers = new WaitingCallers({ maxPeers, places, heartbeat, log: (line) => lines.push(line) });
  /** Returns the caller's end. */
  const call = async (port: number, now: number, { id = port, ip = "192.0.2.1" } = {}) => {
    const [near, far] = await socketPair();
    const [infoHash, peerId, reserved] = [20, 20, 8].map((length) => new Uint8Array(length)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    peerId.fill(id);
    const greeting = { infoHash, peerId, reserved, protection: "none", received: new Uint8Array() } as const;
    callers.accept(near, greeting, { ip, port }, now);
    return far;
  };
  return { callers, call, heartbeat, lines, places };
}

Deno.test("WaitingCallers go on in their order, each with the time of its call, and hold their places until then", async () => {
  const { callers, call, lines, places } = open();
  const far = [await call(1, 10), await call(2, 20)];
  assert.deepEqual([callers.size, places.taken], [2, 2]);
  const passed: [port: number, since: number, taken: number][] = [];
  callers.passTo((conn, _greeting, { port }, since) => {
    passed.push([port, since, places.taken]);
    conn.close();
  });
  assert.deepEqual(passed, [[1, 10, 1], [2, 20, 0]]);
  assert.deepEqual([callers.size, places.taken, lines], [0, 0, []]);
  for (const conn of far) conn.close();
});

Deno.test("WaitingCallers lets nobody wait for whom there is no place, and nobody for too long", async () => {
  const { callers, call, heartbeat, lines, places } = open({ maxPeers: 2 });
  const [first, second] = [await call(1, 0), await call(2, MINUTE)];
  const third = await call(3, MINUTE);
  assert.ok(await isHungUp(third));
  heartbeat.beat(1.4 * MINUTE);
  assert.equal(callers.size, 2);
  heartbeat.beat(1.5 * MINUTE);
  assert.ok(await isHungUp(first));
  assert.deepEqual([callers.size, places.taken, callers.dueAt], [1, 1, 2.5 * MINUTE]);
  callers.close();
  assert.ok(await isHungUp(second));
  const late = await call(4, 2 * MINUTE);
  assert.ok(await isHungUp(late));
  assert.deepEqual([callers.size, places.taken, callers.dueAt], [0, 0, Infinity]);
  assert.deepEqual(lines, [
    "192.0.2.1:3 refused: 2 peers wait already for the end of the check",
    "192.0.2.1:1 refused: its data is still being checked",
    "192.0.2.1:4 refused: the torrent is stopping",
  ]);
  for (const conn of [first, second, third, late]) conn.close();
});

Deno.test("WaitingCallers take no place of a client's that is kept for those whom it calls", async () => {
  const { callers, call, lines, places } = open({ connections: 10 });
  places.taken = 9;
  using far = await call(1, 0);
  assert.ok(await isHungUp(far));
  assert.deepEqual([callers.size, places.taken], [0, 9]);
  assert.deepEqual(lines, ["192.0.2.1:1 refused: 10 peers are connected already"]);
});

Deno.test("WaitingCallers let go of a call that its peer has given up, and called again; nobody else can end it", async () => {
  const { callers, call, lines, places } = open({ maxPeers: 2 });
  const before = await call(1, 0, { id: 7 });
  const again = await call(2, MINUTE, { id: 7 });
  assert.ok(await isHungUp(before));
  const stranger = await call(3, MINUTE, { id: 7, ip: "192.0.2.2" });
  assert.deepEqual([callers.size, places.taken], [2, 2]);
  const third = await call(4, MINUTE, { id: 8 });
  assert.ok(await isHungUp(third));
  const passed: number[] = [];
  callers.passTo((conn, _greeting, { port }) => {
    passed.push(port);
    conn.close();
  });
  assert.deepEqual([passed, places.taken], [[2, 3], 0]);
  assert.deepEqual(lines, [
    "192.0.2.1:1 refused: it has called again",
    "192.0.2.1:4 refused: 2 peers wait already for the end of the check",
  ]);
  for (const conn of [before, again, stranger, third]) conn.close();
});
