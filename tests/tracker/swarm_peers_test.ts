import assert from "node:assert/strict";
import { encodeMetainfo, parseMetainfo } from "../../protocol/mod.ts";
import type { Changed, PeerRow, PeersAnswer, SwarmDetail } from "../../tracker/admin_api.ts";
import { addressOf, announce, id, request } from "./announcing.ts";
import { TestApp, UNIX } from "./http.ts";

const HEX = new TextEncoder().encode(id("a")).toHex();
const PEERS = `/api/swarms/${HEX}/peers`;

/** Four peers, of which one listens on IPv6 and announces over UDP. */
async function busy(): Promise<TestApp> {
  const app = await TestApp.create();
  const { tracker } = app;
  announce(tracker, { at: "192.0.2.10:1", peer: "-TR3000-", left: 1000 });
  announce(tracker, { at: "192.0.2.9:1", peer: "-qB4500-", left: 250, downloaded: 750, now: 1000 });
  announce(tracker, { at: "192.0.2.8:1", peer: "-SE0100-", left: 0, uploaded: 5000, now: 2000 });
  const six = request({ at: "[2001:db8::1]:51413", peer: "-LT20B0-", left: 500 });
  tracker.announceOneFamily(six, addressOf("[2001:db8::1]:51413"), 3000);
  app.tick(5);
  return app;
}

async function ips(app: TestApp, query: string): Promise<(string | undefined)[]> {
  const { keys } = await app.json<PeersAnswer>(`${PEERS}?${query}`);
  return (keys ?? []).map((key) => /(\d+|::1)\]?:\d+$/.exec(key)?.[1]);
}

for (
  const { order, query } of [
    { query: "", order: ["::1", "8", "9", "10"] },
    { query: "sort=address&order=asc", order: ["8", "9", "10", "::1"] },
    { query: "sort=client&order=asc", order: ["::1", "9", "8", "10"] },
    { query: "sort=progress", order: ["8", "9", "::1", "10"] },
    { query: "sort=uploaded&limit=1", order: ["8"] },
    { query: "sort=downloaded&limit=1", order: ["9"] },
    { query: "sort=protocol&limit=1", order: ["::1"] },
    { query: "sort=lastSeen&order=asc&offset=1&limit=2", order: ["9", "8"] },
  ]
) {
  Deno.test(`GET …/peers?${query} has ${order.join(", ")}`, async () => {
    assert.deepEqual(await ips(await busy(), query), order);
  });
}

Deno.test("a peer's row has its client by name, what it came by, and what it said", async () => {
  const app = await busy();
  const { rows, total } = await app.json<PeersAnswer>(`${PEERS}?sort=protocol&limit=1`);
  assert.equal(total, 4);
  assert.deepEqual(rows, [{
    ...{
      address: "[2001:db8::1]:51413",
      client: "libtorrent 2.0.11",
      uploaded: 0,
      downloaded: 0,
      left: 500,
    },
    peerId: new TextEncoder().encode(id("-LT20B0-")).toHex(),
    ...{ progress: 0.5, uploadRate: 0, downloadRate: 0, lastSeen: UNIX + 3000 },
    ...{ protocol: "udp", partial: false },
  }]);
});

Deno.test("who names the last answer is told of the peers that have announced since", async () => {
  const app = await busy();
  const first = await app.json<PeersAnswer>(`${PEERS}?sort=address&order=asc`);
  const quiet = await app.json<PeersAnswer>(`${PEERS}?sort=address&order=asc&since=${first.cursor}`);
  assert.deepEqual([quiet.full, quiet.keys, quiet.rows], [false, null, []]);
  announce(app.tracker, { at: "192.0.2.9:1", peer: "-qB4500-", left: 100, now: app.now });
  const next = await app.json<PeersAnswer>(`${PEERS}?sort=address&order=asc&since=${first.cursor}`);
  assert.deepEqual(next.rows.map(({ address, left }) => [address, left]), [["192.0.2.9:1", 100]]);
  assert.equal(next.keys, null);
});

Deno.test("a peer that is dropped is told to nobody, until it announces again", async () => {
  const app = await busy();
  for (const address of ["192.0.2.9:1", "%5B2001:db8::1%5D:51413"]) {
    const path = `${PEERS}/${address}`;
    assert.deepEqual(await app.json<Changed>(path, { method: "DELETE" }), { changed: true });
    assert.deepEqual(await app.json<Changed>(path, { method: "DELETE" }), { changed: false });
  }
  assert.deepEqual(await ips(app, "sort=address&order=asc"), ["8", "10"]);
  const { peers } = announce(app.tracker, { at: "192.0.2.99:1" });
  assert.deepEqual(peers, ["192.0.2.10:1", "192.0.2.8:1"]);
  announce(app.tracker, { at: "192.0.2.9:1", peer: "-qB4500-", left: 0 });
  assert.ok(announce(app.tracker, { at: "192.0.2.99:1" }).peers.includes("192.0.2.9:1"));
});

Deno.test("the last peer that is dropped takes its swarm with it", async () => {
  const app = await TestApp.create();
  announce(app.tracker, { at: "192.0.2.1:1" });
  await app.json(`${PEERS}/192.0.2.1:1`, { method: "DELETE" });
  assert.equal((await app.admin(PEERS)).status, 404);
  assert.equal(app.tracker.swarms.size, 0);
});

for (
  const address of [
    "x",
    "192.0.2.1",
    "192.0.2.1:",
    "192.0.2.1:65536",
    "2001:db8::1:1",
    "[192.0.2.1]:1",
    "[::g]:1",
  ]
) {
  Deno.test(`no peer is dropped at ${address}`, async () => {
    const app = await busy();
    const response = await app.admin(`${PEERS}/${encodeURIComponent(address)}`, { method: "DELETE" });
    assert.equal(response.status, 400);
    assert.match((await response.json()).error, /^Cannot drop this peer/);
    assert.equal(app.tracker.size, 4);
  });
}

Deno.test("a swarm's details have the spread of progress, and its hour from the first look on", async () => {
  const app = await busy();
  const detail = () => app.json<SwarmDetail>(`/api/swarms/${HEX.toUpperCase()}`);
  const first = await detail();
  assert.deepEqual(first.progress, [1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1]);
  assert.deepEqual([first.unknownProgress, first.files, first.download, first.name], [0, null, null, null]);
  assert.match(first.magnet, new RegExp(`^magnet:\\?xt=urn:btih:${HEX}`));
  assert.deepEqual(first.history.seeders, [1]);
  app.tick(30);
  const { history } = await detail();
  assert.deepEqual(history.leechers, [3, 3, 3, 3]);
  assert.equal(history.time.length, 4);
});

Deno.test("a registered torrent's details have its files without padding, before anybody has announced it", async () => {
  const app = await TestApp.create();
  const metainfo = encodeMetainfo({
    name: "Album",
    pieceLength: 16384,
    pieces: new Uint8Array(20),
    files: [{ path: ["cd", "1.flac"], length: 100 }, { path: ["2.flac"], length: 16000 }],
    isPrivate: true,
  }) as Uint8Array<ArrayBuffer>;
  const { infoHash } = await parseMetainfo(metainfo);
  await app.json("/api/torrents", { method: "POST", body: metainfo });
  const detail = await app.json<SwarmDetail>(`/api/swarms/${infoHash.hex}`);
  assert.deepEqual(detail.files, [{ path: "cd/1.flac", bytes: 100 }, { path: "2.flac", bytes: 16000 }]);
  assert.deepEqual([detail.fileCount, detail.pieceLength, detail.private], [2, 16384, true]);
  assert.deepEqual([detail.addedAt, detail.registered, detail.seeders], [UNIX, true, 0]);
  assert.equal(detail.download, `http://localhost/torrents/${infoHash.hex}.torrent`);
});

Deno.test("progress of a large swarm is scaled up from a sample", async () => {
  const app = await TestApp.create();
  for (let n = 0; n < 25_000; n++) {
    const at = `198.${51 + (n >> 16)}.${n >> 8 & 255}.${n & 255}:1`;
    announce(app.tracker, { at, left: n % 2 === 0 ? 1000 : 100, numwant: 0 });
  }
  const { progress } = await app.json<SwarmDetail>(`/api/swarms/${HEX}`);
  const sum = progress.reduce((all, each) => all + each, 0);
  assert.ok(Math.abs(sum - 25_000) < 5, `${sum}`);
  assert.ok(Math.abs((progress[0] ?? 0) - 12_500) < 5 && Math.abs((progress[9] ?? 0) - 12_500) < 5);
});

Deno.test("peers of a store that trackers share are in the table, too, with what is known of them", async () => {
  const app = await busy();
  const row: PeerRow = {
    ...{
      address: "198.51.100.1:6881",
      peerId: "00".repeat(20),
      client: "aria2 1.36.0",
      uploaded: 1,
      downloaded: 2,
    },
    ...{ left: 0, progress: 1, uploadRate: 0, downloadRate: 0, lastSeen: UNIX + 9000 },
    ...{ protocol: "udp", partial: false },
  };
  const prepared: (string | undefined)[] = [];
  app.service.parts.admin.elsewhere = {
    prepare: (swarm) => Promise.resolve(void prepared.push(swarm)),
    rows: () => [row],
    drop: () => Promise.resolve(false),
  };
  const { rows } = await app.json<PeersAnswer>(`${PEERS}?sort=progress`);
  assert.deepEqual(rows, [row]);
  assert.ok(prepared.includes(HEX));
});

Deno.test("a peer whose swarm goes while the store is asked isn't dropped from the one that takes its place", async () => {
  const app = await TestApp.create();
  const { tracker } = app;
  const at = "192.0.2.10:1";
  announce(tracker, { at });
  app.service.parts.admin.elsewhere = {
    prepare: () => Promise.resolve(),
    rows: () => [],
    drop: () => {
      announce(tracker, { at, event: "stopped" });
      announce(tracker, { at, swarm: "b" });
      return Promise.resolve(false);
    },
  };
  assert.equal((await app.json<Changed>(`${PEERS}/${at}`, { method: "DELETE" })).changed, false);
  assert.equal(tracker.statsOf(id("b")).incomplete, 1);
});

Deno.test("a swarm that goes while its page is open is one without peers from then on", async () => {
  const app = await TestApp.create();
  announce(app.tracker, { at: "192.0.2.10:1", peer: "-TR3000-", left: 1000 });
  assert.equal((await app.json<SwarmDetail>(`/api/swarms/${HEX}`)).leechers, 1);
  announce(app.tracker, { at: "192.0.2.10:1", peer: "-TR3000-", left: 1000, event: "stopped" });
  app.tick(5);
  assert.equal((await app.json<SwarmDetail>(`/api/swarms/${HEX}`)).leechers, 0);
  assert.deepEqual((await app.json<PeersAnswer>(PEERS)).rows, []);
  const other = "ff".repeat(20);
  assert.equal((await app.admin(`/api/swarms/${other}`)).status, 404);
  assert.equal((await app.admin(`/api/swarms/${other}/peers`)).status, 404);
});
