import assert from "node:assert/strict";
import { encode } from "../../protocol/bencode.ts";
import { encodeHandshake, encodeReserved, HANDSHAKE_LENGTH } from "../../protocol/handshake.ts";
import { InfoHash } from "../../protocol/info_hash.ts";
import { formatMagnet } from "../../protocol/magnet.ts";
import { MessageId } from "../../protocol/messages.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { Client } from "../../peer/client.ts";
import { createTorrent } from "../../peer/create_torrent.ts";
import type { TorrentEvent } from "../../peer/events.ts";
import type { MetadataSearch } from "../../peer/metadata_search.ts";
import type { Torrent } from "../../peer/torrent.ts";
import { parseAnnounceQuery } from "../../protocol/announce.ts";
import { createTracker } from "../../tracker/mod.ts";
import { answer } from "../support/fake_tracker.ts";
import { pseudoRandomBytes } from "../support/random.ts";
import { readUpTo, socketPair } from "../support/socket_pair.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const NOBODY = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";

async function seeding(dir: string, size = 300_000) {
  const { torrent, path, sha1 } = await makeTorrentFile(dir, { size, pieceLength: 16384 });
  const metainfo = await parseMetainfo(await Deno.readFile(torrent));
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const seeder = await client.add(metainfo, { path });
  await seeder.completed();
  const magnet = formatMagnet({
    infoHash: metainfo.infoHash,
    trackers: [],
    webSeeds: ["http://127.0.0.1:1/"],
    peers: [{ ip: "127.0.0.1", port: client.port }],
    select: [[0, 0]],
  });
  return { client, metainfo, magnet, path, sha1 };
}

/** A peer that serves a torrent's metadata of which only the hash is right. */
async function serving(dir: string, infoBytes: Uint8Array) {
  const { client, metainfo } = await seeding(dir);
  const infoHash = await InfoHash.of(infoBytes);
  const liar = await client.add({ ...metainfo, infoBytes, infoHash }, { path: `${dir}/data.bin` });
  await liar.completed();
  return { client, link: `magnet:?xt=urn:btih:${infoHash.hex}` };
}

/** A tracker has it on its list. */
function announced(torrent: Torrent): Promise<void> {
  return new Promise((resolve) =>
    torrent.subscribe((event) => event.type === "announced" && event.ok && resolve())
  );
}

/** A list to which each connection is added from now on. */
function connectionsOf(torrent: Torrent): TorrentEvent[] {
  const connections: TorrentEvent[] = [];
  torrent.subscribe((event) =>
    event.type === "peer" && event.action === "connected" && connections.push(event)
  );
  return connections;
}

Deno.test("Client.find() gets the metadata of a magnet link from its peer, and add() goes on with what it has found", async () => {
  await using temp = await makeTempDir();
  const { client, metainfo, magnet, path, sha1 } = await seeding(temp.path);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const events: TorrentEvent[] = [];
  const search = leecher.find(magnet);
  search.subscribe((event) => events.push(event));
  const found = await search.metainfo();
  assert.deepEqual(found.infoBytes, metainfo.infoBytes);
  assert.deepEqual(found.webSeeds, ["http://127.0.0.1:1/"]);
  assert.deepEqual(search.magnet.select, [[0, 0]]);
  assert.equal(search.state, "checking");
  const told = events.find((event) => event.type === "metadata");
  assert.deepEqual(told, {
    type: "metadata",
    infoHash: metainfo.infoHash.hex,
    name: metainfo.name,
    totalLength: 300_000,
    pieces: 19,
    files: 1,
    metadataLength: metainfo.infoBytes.length,
  });
  const first = events.find((event) => event.type === "progress");
  assert.equal(first?.type === "progress" && first.state, "metadata");

  // The peer is known from the search alone, and goes on with it on the connection there is.
  const callers = connectionsOf(client.torrents[0] as Torrent);
  const torrent = await leecher.add(found, { path: `${temp.path}/copy` });
  assert.deepEqual(torrent.magnet, search.magnet);
  await torrent.completed();
  assert.equal(await sha1(`${temp.path}/copy`), await sha1(path));
  assert.equal(events.some(({ type }) => type === "stopped"), false, "the torrent has gone on");
  assert.equal(callers.length, 0, "there was no second connection");
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("Client.add() takes a magnet link, also when the peer has to call", async () => {
  await using temp = await makeTempDir();
  const { client, metainfo, path, sha1 } = await seeding(temp.path);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const adding = leecher.add(`magnet:?xt=urn:btih:${metainfo.infoHash.hex}`, { path: `${temp.path}/copy` });
  const seeder = client.torrents[0] as Torrent;
  const connections = connectionsOf(seeder);
  seeder.addPeers([{ ip: "127.0.0.1", port: leecher.port }]);
  const torrent = await adding;
  await torrent.completed();
  assert.equal(connections.length, 1, "who can't be called is kept");
  assert.equal(await sha1(`${temp.path}/copy`), await sha1(path));
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("a torrent takes who calls after its search has let go of all peers, and before it has any", async () => {
  await using temp = await makeTempDir();
  const { client, magnet } = await seeding(temp.path);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = leecher.find(magnet);
  const found = await search.metainfo();
  const parted = new Promise<void>((resolve) =>
    search.subscribe((event) => event.type === "peer" && event.action === "disconnected" && resolve())
  );
  const { now } = performance;
  performance.now = () => now.call(performance) + 61_000; // somebody has taken his time to choose the files
  try {
    await parted;
    const torrent = await leecher.add(found, { path: temp.join("copy") });
    const [caller, conn] = await socketPair();
    torrent.accept(conn, {
      infoHash: found.infoHash.bytes,
      peerId: new Uint8Array(20).fill(7),
      reserved: encodeReserved({ fast: true, extended: false }),
      protection: "none",
      received: new Uint8Array(),
    }, { ip: "127.0.0.1", port: 1 });
    assert.deepEqual([...await readUpTo(caller, 5)], [0, 0, 0, 1, MessageId.haveNone]);
    caller.close();
  } finally {
    performance.now = now;
    await Promise.all([leecher.close(), client.close()]);
  }
});

Deno.test("a torrent's limits hold on the connections that its search has left", async () => {
  await using temp = await makeTempDir();
  const { client, magnet } = await seeding(temp.path);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const torrent = await leecher.add(magnet, { path: `${temp.path}/copy`, downloadLimit: 200_000 });
  const start = performance.now();
  await torrent.completed();
  // A quarter of a second's budget may come at once.
  const leastMs = (300_000 - 50_000) / 200_000 * 1000;
  assert.ok(performance.now() - start >= leastMs * 0.95);
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("a torrent that is stopped before it is among its peers ends what its search has left", async () => {
  await using temp = await makeTempDir();
  const { client, magnet } = await seeding(temp.path);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const metainfo = await leecher.find(magnet).metainfo();
  const torrent = await leecher.add(metainfo, { path: `${temp.path}/copy` });
  await torrent.stop();
  await leecher.remove(torrent);
  // Not found, but come another way: the search ends, the torrent goes on.
  const other = leecher.find(magnet);
  const waiting = assert.rejects(other.metainfo(), /the search was stopped/);
  const again = await leecher.add(metainfo, { path: `${temp.path}/copy` });
  await waiting;
  assert.equal(other.state, "stopped");
  await again.completed();
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("Client.add() with options that can't be used ends the search, and tells its trackers", async () => {
  await using temp = await makeTempDir();
  const { client, magnet } = await seeding(temp.path);
  const heard: string[] = [];
  const tracker = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    heard.push(parseAnnounceQuery(new URL(request.url).search.slice(1)).event);
    return answer();
  });
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = leecher.find(`${magnet}&tr=http://127.0.0.1:${tracker.addr.port}/announce`);
  const isAnnounced = new Promise<void>((resolve) =>
    search.subscribe((event) => event.type === "announced" && event.ok && resolve())
  );
  const metainfo = await search.metainfo();
  await isAnnounced;
  const path = `${temp.path}/copy`;
  await assert.rejects(leecher.add(metainfo, { path, select: [7] }), RangeError);
  assert.equal(search.peers, 0);
  assert.deepEqual(heard, ["started", "stopped"]);
  const torrent = await leecher.add(metainfo, { path, select: [0] });
  torrent.addPeers([{ ip: "127.0.0.1", port: client.port }]);
  await torrent.completed();
  await Promise.all([leecher.close(), client.close()]);
  await tracker.shutdown();
});

Deno.test("Client.find() refuses a torrent that is here or being looked for, until that is over", async () => {
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = client.find(NOBODY);
  assert.throws(() => client.find(NOBODY), /is being looked for already/);
  assert.throws(() => client.find("http://x/"), { name: "MagnetError" });
  await search.stop();
  assert.equal(search.state, "stopped");
  await assert.rejects(search.metainfo(), /the search was stopped/);
  await client.find(NOBODY).stop();
  await client.close();
});

Deno.test("a search is gone with its end: its callers are answered no more", async () => {
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = client.find(NOBODY);
  /** Bytes of the answer to a handshake. */
  const call = async () => {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: client.port });
    const peerId = new Uint8Array(20).fill(7);
    await conn.write(
      encodeHandshake({ infoHash: search.infoHash.bytes, peerId, reserved: new Uint8Array(8) }),
    );
    return await conn.read(new Uint8Array(HANDSHAKE_LENGTH)).catch(() => null);
  };
  assert.equal(await call(), HANDSHAKE_LENGTH);
  const over = new Promise<void>((resolve) =>
    search.subscribe((event) => {
      // It is out of the way when its end is told.
      if (event.type === "stopped") resolve(client.find(NOBODY).stop());
    })
  );
  await search.stop();
  await over;
  assert.equal(await call(), null);
  await client.close();
});

Deno.test("Client.add() of a magnet link waits until its torrent, which is being removed, has left", async () => {
  await using temp = await makeTempDir();
  const { client, metainfo, magnet } = await seeding(temp.path);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const first = await leecher.add(metainfo, { path: temp.join("copy") });
  const removing = leecher.remove(first);
  const second = await leecher.add(magnet, { path: temp.join("copy") });
  assert.equal(first.state, "stopped");
  await removing;
  await second.completed();
  assert.deepEqual(leecher.torrents, [second]);
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("Client.add() after a search that is about to end waits for it, and tells the trackers anew", async () => {
  await using temp = await makeTempDir();
  const { client, metainfo, magnet } = await seeding(temp.path);
  const heard: string[] = [];
  const tracker = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    heard.push(parseAnnounceQuery(new URL(request.url).search.slice(1)).event);
    return answer();
  });
  const link = `${magnet}&tr=http://127.0.0.1:${tracker.addr.port}/announce`;
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = leecher.find(link);
  const ends: string[] = [];
  search.subscribe((event) => event.type === "stopped" && ends.push(event.type));
  const isAnnounced = new Promise<void>((resolve) =>
    search.subscribe((event) => event.type === "announced" && event.ok && resolve())
  );
  const found = await search.metainfo();
  await isAnnounced;
  void search.stop();
  const torrent = await leecher.add(found, { path: temp.join("copy") });
  await announced(torrent);
  assert.deepEqual([heard, ends], [["started", "stopped", "started"], ["stopped"]]);
  assert.equal(torrent.infoHash.hex, metainfo.infoHash.hex);
  await Promise.all([leecher.close(), client.close()]);
  await tracker.shutdown();
});

Deno.test("Client.close() ends a search, and add() with it", async () => {
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const adding = client.add(NOBODY, { path: "/nowhere" });
  const ended = assert.rejects(adding, /the search was stopped/);
  await client.close();
  await ended;
});

Deno.test("a search that is stopped on the news of the metadata has found them", async () => {
  await using temp = await makeTempDir();
  const { client, metainfo, magnet } = await seeding(temp.path);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = leecher.find(magnet);
  search.subscribe(({ type }) => type === "metadata" && search.stop());
  assert.deepEqual((await search.metainfo()).infoBytes, metainfo.infoBytes);
  await search.stop();
  assert.equal(search.state, "stopped");
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("a search fails when the right metadata make no torrent", async () => {
  await using temp = await makeTempDir();
  const { client, link } = await serving(temp.path, encode({ name: "x" }));
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = leecher.find(`${link}&x.pe=127.0.0.1:${client.port}`);
  const errors: TorrentEvent[] = [];
  search.subscribe((event) => event.type === "error" && errors.push(event));
  await assert.rejects(search.metainfo(), { name: "MetainfoError" });
  assert.equal(search.state, "failed");
  assert.deepEqual(errors.map((event) => event.type === "error" && [event.kind, event.fatal]), [[
    "input",
    true,
  ]]);
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("a search that has failed may be stopped, and begun anew, on the news of that", async () => {
  await using temp = await makeTempDir();
  const { client, link } = await serving(temp.path, encode({ name: "x" }));
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const search = leecher.find(`${link}&x.pe=127.0.0.1:${client.port}`);
  const events: string[] = [];
  const next = new Promise<MetadataSearch>((resolve) =>
    search.subscribe(({ type }) => {
      if (type === "error" || type === "stopped") events.push(type);
      if (type !== "error") return;
      void search.stop();
      resolve(leecher.find(link));
    })
  );
  await assert.rejects(search.metainfo(), { name: "MetainfoError" });
  assert.equal((await next).state, "metadata");
  await search.stop();
  assert.equal(search.state, "failed");
  assert.deepEqual(events, ["error", "stopped"]);
  await Promise.all([leecher.close(), client.close()]);
});

Deno.test("Client.find() after a search that has failed tells the trackers when that one's end is through", async () => {
  await using temp = await makeTempDir();
  const { client, link: magnet } = await serving(temp.path, encode({ name: "x" }));
  const heard: string[] = [];
  const [leaving, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const tracker = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { event } = parseAnnounceQuery(new URL(request.url).search.slice(1));
    if (event === "stopped") {
      leaving.resolve();
      await left.promise;
    } else if (heard.length > 0) {
      left.resolve();
    }
    heard.push(event);
    return answer();
  });
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const link = `${magnet}&tr=http://127.0.0.1:${tracker.addr.port}/announce`;
  const found = (search: MetadataSearch) =>
    new Promise<void>((resolve) =>
      search.subscribe((event) => event.type === "announced" && event.ok && resolve())
    );
  const first = leecher.find(link);
  await found(first);
  first.addPeers([{ ip: "127.0.0.1", port: client.port }]);
  await assert.rejects(first.metainfo(), { name: "MetainfoError" });
  await leaving.promise;
  const second = leecher.find(link);
  const isAnnounced = found(second);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve)); // it could have begun
  left.resolve();
  await isAnnounced;
  assert.deepEqual(heard, ["started", "stopped", "started"]);
  await Promise.all([leecher.close(), client.close()]);
  await tracker.shutdown();
});

Deno.test("a torrent that turns out to be private goes on with one tracker, and with that one's peers", async () => {
  await using temp = await makeTempDir();
  // Names somebody who takes calls and says nothing, as peers from elsewhere would be.
  using stranger = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const calls: Deno.Conn[] = [];
  const listening = (async () => {
    for await (const conn of stranger) calls.push(conn);
  })();
  const heard: string[] = [];
  const isToldToStop = Promise.withResolvers<void>();
  const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { event } = parseAnnounceQuery(new URL(request.url).search.slice(1));
    heard.push(event);
    if (event === "stopped") isToldToStop.resolve();
    return answer({ peers: [{ ip: "127.0.0.1", port: stranger.addr.port }] });
  });
  const tracker = createTracker({ port: 0, host: "127.0.0.1" });
  const { port } = await tracker.start();
  const trackers = [`http://127.0.0.1:${port}/announce`, `http://127.0.0.1:${other.addr.port}/announce`];

  const path = `${temp.path}/original`;
  await Deno.writeFile(path, pseudoRandomBytes(300_000, 1));
  const bytes = await createTorrent({ path, isPrivate: true, trackers: [[trackers[0] as string]] });
  const seeder = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const seeding = await seeder.add(bytes, { path });
  await announced(seeding);
  const leecher = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const magnet = { infoHash: seeding.infoHash, trackers, webSeeds: [], peers: [] };
  const torrent = await leecher.add(magnet, { path: `${temp.path}/copy` });
  await torrent.completed();
  await isToldToStop.promise;
  assert.deepEqual(heard, ["started", "stopped"]);
  assert.ok(calls.length <= 1, "called again after the torrent was known to be private");

  await Promise.all([leecher.close(), seeder.close()]);
  await Promise.all([tracker.close(), other.shutdown()]);
  for (const conn of calls) conn.close();
  stranger.close();
  await listening;
});
