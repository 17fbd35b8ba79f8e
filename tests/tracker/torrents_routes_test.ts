import assert from "node:assert/strict";
import { encodeMetainfo, parseMagnet, parseMetainfo } from "../../protocol/mod.ts";
import type { StateSnapshot } from "../../tracker/admin_api.ts";
import { LEAST, TestApp } from "./http.ts";

const METAINFO = encodeMetainfo({
  name: "Good & <b>bold.iso",
  pieceLength: 16384,
  pieces: new Uint8Array(20),
  length: 5000,
}) as Uint8Array<ArrayBuffer>;
const { infoHash } = await parseMetainfo(METAINFO);
const HERE = { from: "127.0.0.1", headers: { host: "localhost" } };

async function upload(app: TestApp, body: Uint8Array<ArrayBuffer> = METAINFO): Promise<Response> {
  return await app.get("/api/torrents", { ...HERE, method: "POST", body });
}

Deno.test("a torrent that is uploaded is offered as download and magnet, and gives its swarm a name", async () => {
  const app = await TestApp.create();
  const announce = `/announce?${
    LEAST.replace(/info_hash=[^&]+/, `info_hash=${infoHash.hex.replace(/../g, "%$&")}`)
  }`;
  await app.bencode(announce);
  const created = await upload(app);
  assert.equal(created.status, 201);
  const torrent = await created.json();
  assert.deepEqual([torrent.infoHash, torrent.name, torrent.totalBytes, torrent.files], [
    infoHash.hex,
    "Good & <b>bold.iso",
    5000,
    1,
  ]);
  const magnet = parseMagnet(torrent.magnet);
  assert.equal(magnet.infoHash.hex, infoHash.hex);
  assert.equal(magnet.name, torrent.name);
  assert.deepEqual(magnet.trackers, ["http://localhost/announce"]);

  const download = await app.get(new URL(torrent.download).pathname);
  assert.equal(download.headers.get("content-type"), "application/x-bittorrent");
  assert.equal(download.headers.get("x-content-type-options"), "nosniff");
  assert.deepEqual(await download.bytes(), METAINFO);
  const state: StateSnapshot = await (await app.get("/api/state")).json();
  assert.deepEqual(state.swarms.changed.map(({ name, totalBytes }) => [name, totalBytes]), [[
    torrent.name,
    5000,
  ]]);
  const all = await (await app.get("/api/torrents")).json();
  assert.deepEqual([all.total, all.torrents[0].infoHash], [1, infoHash.hex]);
});

Deno.test("a registered torrent is served in mode listed, until it is removed", async () => {
  const app = await TestApp.create();
  const announce = `/announce?${
    LEAST.replace(/info_hash=[^&]+/, `info_hash=${infoHash.hex.replace(/../g, "%$&")}`)
  }`;
  await app.get("/api/lists", { ...HERE, method: "PUT", body: '{"mode":"listed"}' });
  assert.ok((await app.bencode(announce)).has("failure reason"));
  await upload(app);
  assert.equal(await app.failure(announce), undefined);
  const remove = { ...HERE, method: "DELETE" };
  assert.deepEqual(await (await app.get(`/api/torrents/${infoHash.hex}`, remove)).json(), { changed: true });
  assert.deepEqual(await (await app.get(`/api/torrents/${infoHash.hex}`, remove)).json(), { changed: false });
  assert.ok((await app.bencode(announce)).has("failure reason"));
  assert.equal((await app.get(`/api/torrents/${infoHash.hex}`)).status, 404);
  assert.equal((await app.get(`/torrents/${infoHash.hex}.torrent`)).status, 404);
});

for (
  const path of [
    "/torrents/x.torrent",
    `/torrents/${infoHash.hex}`,
    "/torrents/..%2Fx.torrent",
    "/api/torrents/x",
  ]
) {
  Deno.test(`GET ${path} is not there`, async () => {
    const app = await TestApp.create();
    await upload(app);
    assert.equal((await app.get(path)).status, 404);
  });
}

Deno.test("what is no torrent is refused with what is wrong, and what is too long unread", async () => {
  const app = await TestApp.create();
  const refused = await upload(app, new TextEncoder().encode("d4:infoi1ee"));
  assert.equal(refused.status, 400);
  assert.match((await refused.json()).error, /^Cannot parse metainfo/);
  assert.equal((await upload(app, new Uint8Array((16 << 20) + 1))).status, 413);
  assert.deepEqual(app.logged, []);
});
