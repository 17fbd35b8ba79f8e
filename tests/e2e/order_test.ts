// Tracker, seeder and leechers start in any order, and a tracker that comes back is found again.

import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { PeerProcess, TrackerProcess } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

Deno.test("a leecher that starts before the tracker and the seeder completes", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const port = freePort();
  const { torrent, path, sha1 } = await makeTorrentFile(dir, {
    size: 3_000_001,
    announce: `http://127.0.0.1:${port}/announce`,
  });
  await using leecher = new PeerProcess([torrent, `${dir}/copy`, "--exit"]);
  const failed = await leecher.event("announced");
  assert.equal(failed.ok, false);
  await using _tracker = await TrackerProcess.start(port);
  await using seeder = new PeerProcess([torrent, path]);
  assert.equal(await leecher.exited(), 0);
  assert.equal(await sha1(`${dir}/copy`), await sha1(path));
  assert.equal(await seeder.process.stop(), 0);
});

Deno.test("peers find a tracker that was restarted, and the swarm goes on", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const port = freePort();
  const announce = `http://127.0.0.1:${port}/announce`;
  const { torrent, path, sha1 } = await makeTorrentFile(dir, { size: 3_000_001, announce });
  await using seeder = await (async () => {
    // Two seconds between announces: the seeder shall come back by itself soon.
    await using _first = await TrackerProcess.start(port, ["--interval", "2"]);
    const seeder = new PeerProcess([torrent, path]);
    await seeder.event("announced", (event) => event.ok);
    return seeder;
  })();
  await seeder.event("announced", (event) => !event.ok);
  await using _second = await TrackerProcess.start(port, ["--interval", "2"]);
  await using leecher = new PeerProcess([torrent, `${dir}/copy`, "--exit"]);
  assert.equal(await leecher.exited(), 0);
  assert.equal(await sha1(`${dir}/copy`), await sha1(path));
});

Deno.test("a leecher that has become a seeder serves the next one when the first seeder is gone", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir, {
    size: 3_000_001,
    announce: tracker.announce,
  });
  await using seeder = new PeerProcess([torrent, path]);
  await using middle = new PeerProcess([torrent, `${dir}/middle`]);
  await middle.event("complete");
  assert.equal(await seeder.process.stop(), 0);
  await using last = new PeerProcess([torrent, `${dir}/last`, "--exit"]);
  assert.equal(await last.exited(), 0);
  assert.equal(await sha1(`${dir}/last`), await sha1(path));
});

Deno.test("Ctrl-C makes a peer announce `stopped` and leave within two seconds, also while its tracker is silent", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  // Accepts and never answers.
  using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const port = (silent.addr as Deno.NetAddr).port;
  const conns: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const conn of silent) conns.push(conn);
  })();
  const { torrent } = await makeTorrentFile(dir, {
    size: 100_000,
    announce: `http://127.0.0.1:${port}/announce`,
  });
  await using leecher = new PeerProcess([torrent, `${dir}/copy`]);
  await leecher.event("progress", (event) => event.state === "downloading");
  const askedAt = performance.now();
  assert.equal(await leecher.process.stop(), 130);
  assert(performance.now() - askedAt < 2_000);
  assert.equal(leecher.all("stopped").length, 1);
  silent.close();
  await accepting.catch(() => {});
  for (const conn of conns) conn.close();
});
