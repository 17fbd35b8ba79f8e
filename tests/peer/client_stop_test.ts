// How long a client takes to leave, in simulated time.

import assert from "node:assert/strict";
import { Client, type Torrent } from "../../peer/mod.ts";
import { HurriedTimers } from "../support/hurried_timers.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("Client.close() gives up trackers and peers that are silent within two seconds", async () => {
  await using temp = await makeTempDir();
  // Both take connections and never say a word.
  using tracker = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using peer = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const torrent = await makeTorrent({
    files: 100_000,
    pieceLength: 16384,
    trackers: [[`http://127.0.0.1:${tracker.addr.port}/announce`]],
  });
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const leeching = await client.add(torrent.metainfo, {
    path: temp.join("copy"),
    stateDir: temp.join("state"),
  });
  leeching.addPeers([{ ip: "127.0.0.1", port: peer.addr.port }]);
  const conns = await Promise.all([tracker.accept(), peer.accept()]);
  for (const conn of conns) await conn.read(new Uint8Array(1)); // both have been asked: nothing else is under way
  using timers = new HurriedTimers();
  await client.close();
  assert.ok(timers.passedMs > 0, "the silent tracker was waited for");
  assert.ok(timers.passedMs <= 2_000, `it takes ${timers.passedMs} ms`);
  assert.equal(leeching.state, "stopped");
  for (const conn of conns) conn.close();
});

Deno.test("Client takes on nothing more from close() on, nor what add() has begun with before", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent({ files: 100_000, pieceLength: 16384 });
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const early = client.add(metainfo, { path: temp.join("early") });
  const closing = client.close();
  const late = client.add(metainfo, { path: temp.join("late") });
  const refused = { message: `Cannot add ${metainfo.name}: the client is closed` };
  await Promise.all([assert.rejects(early, refused), assert.rejects(late, refused)]);
  const magnet = `magnet:?xt=urn:btih:${metainfo.infoHash.hex}`;
  assert.throws(() => client.find(magnet), /the client is closed/);
  await assert.rejects(client.add(magnet, { path: temp.join("late") }), /the client is closed/);
  await closing;
  assert.deepEqual(client.torrents, []);
});

Deno.test("Client.close() ends all there is before it says that one torrent's end has failed", async () => {
  await using temp = await makeTempDir();
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const [failing, other] = await Promise.all([1, 2].map(async (seed) => {
    const { metainfo, writeTo } = await makeTorrent({ seed });
    const path = temp.join(`${seed}`);
    await writeTo(path);
    return await client.add(metainfo, { path });
  })) as [Torrent, Torrent];
  await Promise.all([failing.completed(), other.completed()]); // the disk threads are up
  const stop = failing.stop.bind(failing);
  failing.stop = () => Promise.all([stop(), Promise.reject(new Error("no"))]).then(() => {});
  const search = client.find("magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567");
  await assert.rejects(client.close(), { message: "no" });
  assert.deepEqual([failing, other, search].map(({ state }) => state), ["stopped", "stopped", "stopped"]);
});
