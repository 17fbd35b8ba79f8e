import assert from "node:assert/strict";
import { SwarmFeed } from "../../admin/feeds/swarm_feed.ts";
import { answering, hash, NEVER, rowsAnswer, swarmRow } from "./states.ts";

const missing = () => Response.json({ error: "There is no such swarm" }, { status: 404 });
const found = rowsAnswer([swarmRow()]);
const detail = { ...swarmRow({ name: "film.mkv", seeders: 1 }), now: 1000 };

function feedOf(...answers: unknown[]) {
  const parts = answering(...answers);
  const feed = new SwarmFeed(parts);
  feed.open(hash("a"));
  return { feed, ...parts };
}

Deno.test("SwarmFeed looks whether there is such a swarm, then asks for it and for its peers", async () => {
  const { asked, feed } = feedOf(found, detail, rowsAnswer([]), detail, rowsAnswer([]));
  assert.ok(feed.swarm.value === undefined);
  await feed.load(NEVER);
  const { swarm } = feed;
  assert.equal(swarm.value?.name, "film.mkv");
  await feed.load(NEVER);
  const path = `/api/swarms/${hash("a")}`;
  const peers = `${path}/peers?sort=progress&order=desc&offset=0&limit=100`;
  assert.deepEqual(asked.map(({ path }) => path), [
    `/api/swarms?search=${hash("a")}&limit=1`,
    path,
    peers,
    path,
    `${peers}&since=c1`,
  ]);
});

Deno.test("SwarmFeed takes a swarm that isn't there for a fact, not for a failure", async () => {
  const listed = { listed: false };
  const { feed } = feedOf(
    ...[rowsAnswer([]), listed],
    ...[found, detail, missing(), listed],
    ...[found, missing(), listed],
  );
  for (let i = 0; i < 3; i++) {
    await feed.load(NEVER);
    assert.equal(feed.swarm.value, null);
  }
});

Deno.test("SwarmFeed knows of a hash without a swarm whether it is on the deny list", async () => {
  const [on, off] = [{ listed: true }, { listed: false }];
  const { asked, feed } = feedOf(
    ...[rowsAnswer([]), on],
    ...[rowsAnswer([]), off],
    ...[found, missing(), on],
    ...[found, { ...detail, seeders: 0 }],
  );
  const seen = [];
  for (let i = 0; i < 4; i++) {
    await feed.load(NEVER);
    seen.push(feed.refusal.value);
  }
  assert.deepEqual(seen, ["denied", null, "denied", null]);
  assert.equal(asked[1]?.path, `/api/lists/deny/${hash("a")}`);
});

Deno.test("SwarmFeed says of a swarm that isn't allowed no more than that: it is on no list", async () => {
  const { feed } = feedOf(found, { ...detail, denied: true, onDenyList: false }, rowsAnswer([swarmRow()]));
  await feed.load(NEVER);
  assert.equal(feed.refusal.value, "unlisted");
});

Deno.test("SwarmFeed asks for no peers where there are none", async () => {
  const { asked, feed } = feedOf(found, { ...detail, seeders: 0 });
  await feed.load(NEVER);
  assert.equal(feed.swarm.value?.name, "film.mkv");
  assert.equal(feed.peers.rows.total.value, 0);
  assert.equal(asked.length, 2);
});

Deno.test("SwarmFeed.open() forgets the swarm before", async () => {
  const { feed } = feedOf(found, { ...detail, denied: true, onDenyList: true }, rowsAnswer([swarmRow()]));
  await feed.load(NEVER);
  assert.equal(feed.refusal.value, "denied");
  feed.open(hash("b"));
  assert.equal(feed.swarm.value, undefined);
  assert.equal(feed.refusal.value, null);
  assert.equal(feed.peers.rows.total.value, null);
});

Deno.test("SwarmFeed keeps the order of the peers in the address", () => {
  const { feed } = feedOf();
  feed.restore("?sort=-lastSeen");
  assert.equal(feed.describe(), "?sort=-lastSeen");
  feed.restore("?sort=nonsense");
  assert.equal(feed.describe(), "");
});
