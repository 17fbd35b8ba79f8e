import assert from "node:assert/strict";
import { fromBinary } from "../../protocol/mod.ts";
import { AdminState } from "../../tracker/admin_state.ts";
import { Keeper } from "../../tracker/keeper.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { announce, id, newTracker } from "./announcing.ts";

const UNIX = 1_700_000_000_000;

interface Kept {
  tracker: Tracker;
  admin: AdminState;
  keeper: Keeper;
  logged: string[];
}

function keep(
  path: string,
  { now = 0, unix = UNIX, intervalSeconds = 1800, maxSwarmPeers = 9999 } = {},
): Kept {
  const tracker = newTracker({ intervalSeconds, maxSwarmPeers });
  const admin = new AdminState(tracker, { version: "1", now: 0 });
  const logged: string[] = [];
  const keeper = Keeper.open(path, { tracker, admin, log: (line) => logged.push(line) });
  keeper.restore({ now, unix });
  return { tracker, admin, keeper, logged };
}

/** What a process that ends now leaves: the files as they are, without a word of farewell. */
async function killed(dir: TempDir): Promise<string> {
  await Deno.mkdir(dir.join("left"), { recursive: true });
  for await (const { name, isFile } of Deno.readDir(dir.path)) {
    if (isFile) await Deno.copyFile(dir.join(name), dir.join(`left/${name}`));
  }
  return dir.join("left/t.sqlite");
}

const ended = { now: 0, unix: UNIX };

Deno.test("completed counts are written within ten seconds: a sudden end loses no more", async () => {
  await using dir = await makeTempDir();
  const first = keep(dir.join("t.sqlite"));
  first.keeper.tick({ now: 0, unix: UNIX });
  for (let i = 0; i < 3; i++) {
    announce(first.tracker, { at: `192.0.2.${i}:1`, left: 0, event: "completed", now: i * 1000 });
  }
  for (let now = 1000; now <= 10_000; now += 1000) first.keeper.tick({ now, unix: UNIX + now });
  announce(first.tracker, { at: "192.0.2.9:1", left: 0, event: "completed" });

  const second = keep(await killed(dir));
  const swarm = second.tracker.swarms.find(id("a"));
  assert.equal(second.tracker.swarms.completed(swarm), 3);
  announce(second.tracker, { at: "192.0.2.9:1", left: 0, event: "completed" });
  await second.keeper.close(ended);
  const third = keep(dir.join("left/t.sqlite"));
  assert.equal(third.tracker.swarms.completed(third.tracker.swarms.find(id("a"))), 4);
  await Promise.all([first.keeper.close(ended), third.keeper.close(ended)]);
});

Deno.test("a count goes with its swarm", async () => {
  await using dir = await makeTempDir();
  const first = keep(dir.join("t.sqlite"));
  announce(first.tracker, { at: "192.0.2.1:1", left: 0, event: "completed" });
  first.keeper.tick({ now: 5000, unix: UNIX });
  announce(first.tracker, { at: "192.0.2.1:1", event: "stopped" });
  first.tracker.reap(90_000_000);
  assert.equal(first.tracker.swarms.size, 0);
  first.keeper.tick({ now: 90_000_000, unix: UNIX });
  await first.keeper.close(ended);
  const second = keep(dir.join("t.sqlite"));
  assert.equal(second.tracker.swarms.size, 0);
  await second.keeper.close(ended);
});

Deno.test("an orderly end keeps the swarms, and the next start brings them back in the background", async () => {
  await using dir = await makeTempDir();
  const first = keep(dir.join("t.sqlite"), { unix: Date.now() });
  const now = performance.now();
  for (let i = 0; i < 3000; i++) {
    announce(first.tracker, { at: `10.0.${i >> 8}.${i & 255}:1`, left: i % 2, now, key: `k${i}` });
  }
  await first.keeper.close({ now, unix: Date.now() });

  const second = keep(dir.join("t.sqlite"), { unix: Date.now() });
  assert.equal(second.tracker.keySeed, first.tracker.keySeed);
  while (second.tracker.size < 3000) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(second.tracker.seeders, 1500);
  await second.keeper.close(ended);
  assert.deepEqual(second.logged, []);
});

Deno.test("who was told a longer interval before a restart is waited for after it, once", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("t.sqlite");
  await keep(path).keeper.close(ended);
  const second = keep(path, { intervalSeconds: 300 });
  assert.equal(second.tracker.peerTimeout(0), 2730);
  second.keeper.tick({ now: 2_730_000, unix: UNIX });
  await second.keeper.close({ now: 2_730_000, unix: UNIX });
  const third = keep(path, { intervalSeconds: 300 });
  assert.equal(third.tracker.peerTimeout(0), 480);
  await third.keeper.close(ended);
});

Deno.test("a snapshot that is cut off gives back what is whole of it, and says so", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("t.sqlite");
  const first = keep(path);
  for (let i = 0; i < 3000; i++) {
    announce(first.tracker, { at: `10.0.${i >> 8}.${i & 255}:1`, now: performance.now() });
  }
  await first.keeper.close(ended);
  const { size } = await Deno.stat(`${path}.swarms`);
  await Deno.truncate(`${path}.swarms`, size - 10);
  const second = keep(path);
  while (second.logged.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.match(second.logged[0] ?? "", /^Cannot read the snapshot: its end is missing: \d+ peers are back/);
  assert.ok(second.tracker.size > 1000 && second.tracker.size < 3000);
  await second.keeper.close(ended);

  await Deno.writeTextFile(`${path}.swarms`, "something else altogether, and long enough");
  const third = keep(path);
  while (third.logged.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.match(third.logged[0] ?? "", /^Cannot read the snapshot: it is none/);
  await third.keeper.close(ended);
});

Deno.test("how many peers of a snapshot have no room under a lower limit is said", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("t.sqlite");
  const first = keep(path);
  for (let i = 0; i < 5; i++) announce(first.tracker, { at: `192.0.2.${i}:1`, now: performance.now() });
  await first.keeper.close(ended);
  const second = keep(path, { maxSwarmPeers: 2 });
  while (second.logged.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(second.logged, [
    `No room for 3 peers of ${path}.swarms: the limits are lower than they were`,
  ]);
  assert.equal(second.tracker.size, 2);
  await second.keeper.close(ended);
});

Deno.test("a tracker that ends before all swarms are back leaves the snapshot as it was", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("t.sqlite");
  const first = keep(path);
  for (let i = 0; i < 5000; i++) {
    announce(first.tracker, { at: `10.0.${i >> 8}.${i & 255}:1`, now: performance.now() });
  }
  await first.keeper.close(ended);
  const before = await Deno.readFile(`${path}.swarms`);
  const second = keep(path);
  await second.keeper.close(ended);
  assert.ok(second.tracker.size < 5000);
  assert.deepEqual(await Deno.readFile(`${path}.swarms`), before);
});

Deno.test("lists are there after a sudden end, whatever was being done", async () => {
  await using dir = await makeTempDir();
  const first = keep(dir.join("t.sqlite"));
  const hex = fromBinary(id("a")).toHex();
  first.keeper.data.addEntries("deny", [hex]);
  const second = keep(await killed(dir));
  assert.deepEqual(second.tracker.admission.lists.entries("deny"), [hex]);
  assert.throws(() => announce(second.tracker, { at: "192.0.2.1:1" }), /not allowed/);
  await Promise.all([first.keeper.close(ended), second.keeper.close(ended)]);
});
