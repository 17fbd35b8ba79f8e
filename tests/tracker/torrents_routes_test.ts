import assert from "node:assert/strict";
import { encodeMetainfo, parseMagnet, parseMetainfo } from "../../protocol/mod.ts";
import type { Removed, SwarmsAnswer, TorrentsAnswer, UploadsAnswer } from "../../tracker/admin_api.ts";
import { LEAST, TestApp } from "./http.ts";

const metainfoOf = (name: string) =>
  encodeMetainfo({ name, pieceLength: 16384, pieces: new Uint8Array(20), length: 5000 }) as Uint8Array<
    ArrayBuffer
  >;
const METAINFO = metainfoOf("Good & <b>bold.iso");
const { infoHash } = await parseMetainfo(METAINFO);
/** Another .torrent of the same info hash. */
const NEWER = encodeMetainfo({
  name: "Good & <b>bold.iso",
  pieceLength: 16384,
  pieces: new Uint8Array(20),
  length: 5000,
  trackers: [["http://tracker.example/announce"]],
}) as Uint8Array<ArrayBuffer>;

async function upload(app: TestApp, body: Uint8Array<ArrayBuffer> = METAINFO): Promise<Response> {
  return await app.admin("/api/torrents", { method: "POST", body });
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
  const swarms = await app.json<SwarmsAnswer>("/api/swarms");
  assert.deepEqual(swarms.rows.map(({ name, totalBytes }) => [name, totalBytes]), [[
    torrent.name,
    5000,
  ]]);
  const all = await app.json<TorrentsAnswer>("/api/torrents");
  assert.deepEqual([all.total, all.torrents[0]?.infoHash], [1, infoHash.hex]);
});

Deno.test("a registered torrent is served in mode listed, until it is removed", async () => {
  const app = await TestApp.create();
  const announce = `/announce?${
    LEAST.replace(/info_hash=[^&]+/, `info_hash=${infoHash.hex.replace(/../g, "%$&")}`)
  }`;
  await app.admin("/api/lists", { method: "PUT", body: '{"mode":"listed"}' });
  assert.ok((await app.bencode(announce)).has("failure reason"));
  await upload(app);
  assert.equal(await app.failure(announce), undefined);
  const remove = () => app.json<Removed>(`/api/torrents/${infoHash.hex}`, { method: "DELETE" });
  const removed = await remove();
  assert.ok(removed.changed && removed.undo !== null);
  assert.deepEqual(await remove(), { changed: false, undo: null });
  assert.ok((await app.bencode(announce)).has("failure reason"));
  assert.equal((await app.admin(`/api/torrents/${infoHash.hex}`)).status, 404);
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
    assert.equal((await app.admin(path)).status, 404);
  });
}

Deno.test("torrents from a place on that can't be are not those from the first on", async () => {
  const app = await TestApp.create();
  const response = await app.admin("/api/torrents?offset=-1");
  assert.equal(response.status, 400);
  assert.match((await response.json()).error, /^Cannot read the query/);
});

Deno.test("torrents are found by a part of their name or info hash, the newest first, also one that came back", async () => {
  const app = await TestApp.create();
  const hashes = new Map<string, string>();
  for (const name of ["Debian 12", "Fedora", "debian 13"]) {
    hashes.set(name, (await (await upload(app, metainfoOf(name))).json()).infoHash);
    app.now += 1000;
  }
  const find = async (query = "") => {
    const { all, torrents, total } = await app.json<TorrentsAnswer>(`/api/torrents${query}`);
    return { all, names: torrents.map(({ name }) => name), total };
  };
  const everything = { all: 3, names: ["debian 13", "Fedora", "Debian 12"], total: 3 };
  assert.deepEqual(await find(), everything);
  assert.deepEqual(await find("?search=%20DEBIAN"), { all: 3, names: ["debian 13", "Debian 12"], total: 2 });
  assert.deepEqual(await find("?search=debian&offset=1"), { all: 3, names: ["Debian 12"], total: 2 });
  assert.deepEqual(await find("?search=arch"), { all: 3, names: [], total: 0 });
  const fedora = hashes.get("Fedora") ?? "";
  for (const part of [fedora, fedora.toUpperCase(), fedora.slice(3, 22)]) {
    assert.deepEqual(await find(`?search=${part}`), { all: 3, names: ["Fedora"], total: 1 });
  }
  const { undo } = await app.json<Removed>(`/api/torrents/${fedora}`, { method: "DELETE" });
  await app.json(`/api/undo/${undo}`, { method: "POST" });
  assert.deepEqual(await find(), everything);
});

Deno.test("of more torrents than come at a time the newest come first", async () => {
  const app = await TestApp.create();
  for (let i = 0; i < 1001; i++) await app.keeper.registry.register(metainfoOf(`${i}.iso`), i);
  const first = await app.json<TorrentsAnswer>("/api/torrents");
  assert.deepEqual([first.torrents.length, first.torrents[0]?.name, first.total], [1000, "1000.iso", 1001]);
  const rest = await app.json<TorrentsAnswer>("/api/torrents?offset=1000");
  assert.deepEqual(rest.torrents.map(({ name }) => name), ["0.iso"]);
});

Deno.test("what is no torrent is refused with what is wrong, and what is too long unread", async () => {
  const app = await TestApp.create();
  const refused = await upload(app, new TextEncoder().encode("d4:infoi1ee"));
  assert.equal(refused.status, 400);
  assert.match((await refused.json()).error, /^Cannot parse metainfo/);
  assert.equal((await upload(app, new Uint8Array((16 << 20) + 1))).status, 413);
  assert.deepEqual(app.logged, []);
});

Deno.test("a torrent that was removed is put back with undo, once, and within ten minutes", async () => {
  const app = await TestApp.create();
  await upload(app);
  const path = `/api/torrents/${infoHash.hex}`;
  const before = await app.json(path);
  const { undo } = await app.json<Removed>(path, { method: "DELETE" });
  assert.deepEqual(await app.json(`/api/undo/${undo}`, { method: "POST" }), { changed: true });
  assert.deepEqual(await app.json(path), before);
  assert.deepEqual(await app.json(`/api/undo/${undo}`, { method: "POST" }), { changed: false });
  const again = await app.json<Removed>(path, { method: "DELETE" });
  app.now += 10 * 60_000;
  assert.deepEqual(await app.json(`/api/undo/${again.undo}`, { method: "POST" }), { changed: false });
});

Deno.test("undo puts no torrent over one that was uploaded since, and can be used once that is removed", async () => {
  const app = await TestApp.create();
  await upload(app);
  const path = `/api/torrents/${infoHash.hex}`;
  const { undo } = await app.json<Removed>(path, { method: "DELETE" });
  assert.equal((await (await upload(app, NEWER)).json()).infoHash, infoHash.hex);
  const download = async () => await (await app.get(`/torrents/${infoHash.hex}.torrent`)).bytes();
  const refused = await app.admin(`/api/undo/${undo}`, { method: "POST" });
  assert.equal(refused.status, 400);
  assert.deepEqual(await refused.json(), {
    error: "Cannot put back the torrent: it was registered again since. Remove that one first",
  });
  assert.deepEqual(await download(), NEWER);
  await app.json(path, { method: "DELETE" });
  assert.deepEqual(await app.json(`/api/undo/${undo}`, { method: "POST" }), { changed: true });
  assert.deepEqual(await download(), METAINFO);
});

Deno.test("several torrents are registered together, and those that can't be are named", async () => {
  const app = await TestApp.create();
  const body = new FormData();
  body.append("file", new File([METAINFO], "good.torrent"));
  body.append("file", new File(["nonsense"], "bad.torrent"));
  const { results } = await app.json<UploadsAnswer>("/api/torrents", { method: "POST", body });
  const [good, bad] = results;
  assert.ok(good !== undefined && "torrent" in good && good.torrent.infoHash === infoHash.hex);
  assert.ok(bad !== undefined && "error" in bad && bad.file === "bad.torrent");
  assert.match(bad.error, /^Cannot parse metainfo/);
  const type = { "content-type": "multipart/form-data; boundary=x" };
  assert.equal(
    (await app.admin("/api/torrents", { method: "POST", body: "no form", headers: type })).status,
    400,
  );
});
