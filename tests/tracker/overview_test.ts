import assert from "node:assert/strict";
import { TrackerRequestError } from "../../protocol/mod.ts";
import type { Overview } from "../../tracker/admin_api.ts";
import { Rates } from "../../tracker/rates.ts";
import { Refusal } from "../../tracker/refusal.ts";
import { announce, id } from "./announcing.ts";
import { LEAST, TestApp, UNIX } from "./http.ts";

const hex = (name: string) => new TextEncoder().encode(id(name)).toHex();

/** A second with so many announces to swarms. */
function second(app: TestApp, swarms: Record<string, number>): void {
  for (const [swarm, times] of Object.entries(swarms)) {
    for (let n = 0; n < times; n++) announce(app.tracker, { swarm, at: `192.0.2.${n + 1}:1`, now: app.now });
    app.tracker.stats.protocols.http.announces.none += times;
  }
  app.tick();
}

Deno.test("the overview has what each protocol was asked, how often, and what was refused and why", async () => {
  const app = await TestApp.create();
  app.tick();
  for (let n = 0; n < 4; n++) {
    await app.bencode(`/announce?${LEAST}&left=5`);
    app.tracker.stats.reject("udp", new Refusal("No", "torrent_denied"));
    app.tick();
  }
  app.tracker.stats.reject("http", new TrackerRequestError("What"));
  await app.bencode(`/scrape?${LEAST}`);
  app.tick();
  const overview = await app.json<Overview>("/api/overview");
  assert.deepEqual(overview.announces, { http: 4, udp: 0, websocket: 0 });
  assert.deepEqual(overview.announcesPerSecond, { http: 0.8, udp: 0, websocket: 0 });
  assert.equal(overview.scrapes.http, 1);
  assert.deepEqual(overview.rejected, [
    { reason: "torrent_denied", count: 4, perSecond: 0.8 },
    { reason: "malformed", count: 1, perSecond: 0.2 },
  ]);
  assert.equal(overview.rejectedPerSecond, 1);
  assert.ok(overview.bytesInPerSecond > 50 && overview.bytesOutPerSecond > 50);
  assert.deepEqual([overview.swarms, overview.peers, overview.leechers, overview.seeders], [1, 1, 1, 0]);
  assert.deepEqual([overview.now, overview.startedAt], [UNIX + 6000, UNIX]);
  assert.ok(overview.memory.residentBytes > 1e6 && overview.memory.storeBytes > 1e5);
});

Deno.test("the overview has the ten swarms that are announced to most, the busiest first", async () => {
  const app = await TestApp.create();
  for (let n = 0; n < 20; n++) {
    second(app, Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`s${i}`, i + 1])));
  }
  const { active } = await app.json<Overview>("/api/overview");
  assert.deepEqual(
    active.map(({ infoHash }) => infoHash),
    [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((i) => hex(`s${i}`)),
  );
  assert.deepEqual([active[0]?.announcesPerSecond, active[0]?.leechers], [12, 12]);
});

Deno.test("the overview has clients by their share, without versions, and those it doesn't know together", async () => {
  const app = await TestApp.create();
  const ids = ["-qB4500-", "-qB4610-", "-qB4500-", "-TR3000-", "<script>", "nobody knows"];
  for (const [n, peer] of ids.entries()) {
    announce(app.tracker, { at: `192.0.2.${n}:1`, peer: `${peer}${n}`.padEnd(20, "x") });
  }
  const { clients } = await app.json<Overview>("/api/overview");
  assert.deepEqual(clients.map(({ client, peers }) => [client, peers]), [
    ["qBittorrent", 3],
    ["Transmission", 1],
    ["", 2],
  ]);
  assert.equal(clients.reduce((sum, { share }) => sum + share, 0), 1);
});

Deno.test("Rates are those of the last five seconds", () => {
  const rates = new Rates();
  assert.deepEqual(rates.perSecond, []);
  for (let n = 0; n <= 10; n++) rates.tick(n * 1000, [n * 7, n < 5 ? 0 : (n - 5) * 10]);
  assert.deepEqual(rates.perSecond, [7, 10]);
});
