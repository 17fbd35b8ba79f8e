import assert from "node:assert/strict";
import { encodeMetainfo, parseMetainfo } from "../../protocol/mod.ts";
import type { SwarmsAnswer } from "../../tracker/admin_api.ts";
import { announce, id } from "./announcing.ts";
import { TestApp } from "./http.ts";

const hex = (name: string) => new TextEncoder().encode(id(name)).toHex();
const at = (n: number) => `192.0.2.${n}:6881`;

async function swarms(app: TestApp, query = ""): Promise<SwarmsAnswer> {
  return await app.json<SwarmsAnswer>(`/api/swarms?${query}`);
}

/** The names of the rows' swarms in their order. */
async function names(app: TestApp, query: string): Promise<string[]> {
  const { keys } = await swarms(app, query);
  return (keys ?? []).map((key) => new TextDecoder().decode(Uint8Array.fromHex(key)).replace(/\.+$/, ""));
}

function torrentOf(name: string, length: number): Uint8Array<ArrayBuffer> {
  const metainfo = encodeMetainfo({ name, length, pieceLength: 1 << 20, pieces: new Uint8Array(20) });
  return metainfo as Uint8Array<ArrayBuffer>;
}

/** "one" has a leecher, "two" two seeders, "three" both of each; "four" is empty, and was completed. */
async function busy(): Promise<TestApp> {
  const app = await TestApp.create();
  const { tracker } = app;
  announce(tracker, { swarm: "one", at: at(1), left: 700, now: 1000 });
  announce(tracker, { swarm: "two", at: at(1), left: 0, now: 2000 });
  announce(tracker, { swarm: "two", at: at(2), left: 0, now: 2000 });
  announce(tracker, { swarm: "three", at: at(1), left: 0, now: 3000 });
  announce(tracker, { swarm: "three", at: at(2), left: 900, now: 3000 });
  announce(tracker, { swarm: "four", at: at(1), left: 0, event: "completed", now: 4000 });
  announce(tracker, { swarm: "four", at: at(1), left: 0, event: "stopped", now: 4000 });
  app.tick(5);
  return app;
}

for (
  const { order, query } of [
    { query: "", order: ["four", "three", "two", "one"] },
    { query: "sort=lastAnnounce&order=asc", order: ["one", "two", "three", "four"] },
    { query: "sort=seeders", order: ["two", "three", "four", "one"] },
    { query: "sort=leechers", order: ["one", "three", "four", "two"] },
    { query: "sort=peers", order: ["three", "two", "one", "four"] },
    { query: "sort=completed", order: ["four", "one", "three", "two"] },
    { query: "sort=size", order: ["three", "one", "four", "two"] },
    { query: "filter=dead", order: ["four"] },
    { query: "filter=no-seeder", order: ["one"] },
    { query: "filter=registered", order: [] },
    { query: `search=${hex("two").slice(0, 9)}`, order: ["two"] },
    { query: "search=nothing", order: [] },
    { query: "offset=1&limit=2&order=asc", order: ["two", "three"] },
    { query: "offset=99&limit=2&order=asc", order: ["four"] },
    { query: "limit=0", order: [] },
  ]
) {
  Deno.test(`GET /api/swarms?${query} has ${order.join(", ") || "nothing"}`, async () => {
    assert.deepEqual(await names(await busy(), query), order);
  });
}

Deno.test("registered torrents are found by name, have no swarm at first, and come before those without one", async () => {
  const app = await busy();
  for (const name of ["Zebra.iso", "apple <script>.iso"]) {
    await app.json("/api/torrents", { method: "POST", body: torrentOf(name, 5000) });
  }
  const { rows, total } = await swarms(app, "search=APPLE");
  assert.equal(total, 1);
  const { infoHash } = await parseMetainfo(torrentOf("apple <script>.iso", 5000));
  assert.deepEqual(rows, [{
    ...{ infoHash: infoHash.hex, name: "apple <script>.iso", totalBytes: 5000 },
    ...{ seeders: 0, leechers: 0, completed: 0, lastAnnounce: null, registered: true, denied: false },
  }]);
  const byName = await swarms(app, "sort=name&order=asc");
  const ordered = (byName.keys ?? []).map((key) =>
    byName.rows.find(({ infoHash }) => infoHash === key)?.name
  );
  assert.deepEqual(ordered, ["apple <script>.iso", "Zebra.iso", null, null, null, null]);
  assert.equal((await swarms(app, "filter=registered")).total, 2);
  assert.equal((await swarms(app, "filter=dead")).total, 3);
});

Deno.test("denied info hashes are rows of their filter, with and without a swarm", async () => {
  const app = await busy();
  await app.json("/api/lists/deny", { method: "POST", body: `${hex("one")}\n${hex("never seen")}` });
  const { rows } = await swarms(app, "filter=denied&sort=leechers");
  assert.deepEqual(rows.map(({ denied, infoHash }) => [infoHash, denied]), [
    [hex("one"), true],
    [hex("never seen"), true],
  ]);
});

Deno.test("who names the last answer is told what changed in its part since, and keeps the cursor when nothing did", async () => {
  const app = await busy();
  const first = await swarms(app, "sort=seeders");
  assert.ok(first.full && first.rows.length === 4);
  const quiet = await swarms(app, `sort=seeders&since=${first.cursor}`);
  assert.deepEqual([quiet.full, quiet.keys, quiet.rows, quiet.cursor], [false, null, [], first.cursor]);

  app.tracker.swarms.advance();
  announce(app.tracker, { swarm: "three", at: at(2), left: 100, now: app.now });
  const next = await swarms(app, `sort=seeders&since=${first.cursor}`);
  assert.deepEqual(next.rows.map(({ infoHash }) => infoHash), [hex("three")]);
  assert.equal(next.keys, null);

  for (const n of [3, 4, 5]) announce(app.tracker, { swarm: "one", at: at(n), left: 0, now: app.now });
  app.tick(30);
  const moved = await swarms(app, `sort=seeders&since=${next.cursor}`);
  assert.deepEqual(moved.keys, [hex("one"), hex("two"), hex("three"), hex("four")]);
  assert.ok(moved.rows.some(({ infoHash, seeders }) => infoHash === hex("one") && seeders === 3));
  assert.ok(
    !moved.rows.some(({ infoHash }) => infoHash === hex("two")),
    "what didn't change isn't told again",
  );
});

Deno.test("a cursor of another part, another way to sort or another run gets everything", async () => {
  const app = await busy();
  const { cursor } = await swarms(app, "sort=seeders&limit=2");
  for (const query of ["sort=seeders&limit=2&offset=2", "sort=leechers&limit=2", "sort=seeders&limit=3"]) {
    const { full, keys, rows } = await swarms(app, `${query}&since=${cursor}`);
    assert.ok(full && keys !== null && rows.length === keys.length, query);
  }
  assert.ok((await swarms(app, "sort=seeders&limit=2&since=run-0000-1")).full);
  assert.ok((await swarms(app, `sort=seeders&limit=2&since=${"x".repeat(1000)}`)).full);
});

Deno.test("a swarm that goes leaves the table, and a change by hand shows at once", async () => {
  const app = await busy();
  const first = await swarms(app);
  announce(app.tracker, { swarm: "one", at: at(1), event: "stopped", now: app.now });
  const without = await swarms(app, `since=${first.cursor}`);
  assert.deepEqual(without.keys, ["four", "three", "two"].map(hex));
  await app.json(`/api/lists/deny/${hex("two")}`, { method: "PUT" });
  const denied = await swarms(app, `since=${without.cursor}`);
  assert.deepEqual(denied.rows.map(({ denied, infoHash }) => [infoHash, denied]), [[hex("two"), true]]);
});

for (
  const query of ["sort=other", "order=up", "filter=x", "offset=-1", "limit=1e3", "offset=%00", "limit="]
) {
  Deno.test(`GET /api/swarms?${query} is refused in words`, async () => {
    const app = await TestApp.create();
    const response = await app.admin(`/api/swarms?${query}`);
    assert.equal(response.status, 400);
    assert.match((await response.json()).error, /^Cannot read the query/);
  });
}
