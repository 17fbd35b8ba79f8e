// Tracker, seeder and leechers start in any order, and a tracker that comes back is found again.

import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { patiently, PeerProcess, TrackerProcess } from "../support/programs.ts";
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

/** A tracker that hears everything, and answers nothing but announces of one event, if any. */
function taciturnTracker(
  answered?: string,
): { announce: string; heard(event: string): Promise<void> } & AsyncDisposable {
  const heard = new Map<string, PromiseWithResolvers<void>>();
  const of = (event: string) => heard.getOrInsertComputed(event, () => Promise.withResolvers<void>());
  const end = Promise.withResolvers<Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const event = new URL(url).searchParams.get("event") ?? "";
    of(event).resolve();
    return event === answered ? new Response("d8:intervali1800e5:peers0:e") : end.promise;
  });
  return {
    announce: `http://127.0.0.1:${server.addr.port}/announce`,
    heard: (event) => patiently(of(event).promise, `an announce of "${event}"`),
    async [Symbol.asyncDispose]() {
      end.resolve(new Response());
      await server.shutdown();
    },
  };
}

// That it takes less than two seconds, tests/peer/client_stop_test.ts sees by the timers: how long processes take depends
// on what else the machine does.
Deno.test("one Ctrl-C makes a peer leave though its tracker never answers: `stopped`, or anything", async (t) => {
  for (const answered of ["started", undefined]) {
    await t.step(`a tracker that answers ${answered ?? "nothing"}`, async () => {
      await using temp = await makeTempDir();
      await using tracker = taciturnTracker(answered);
      const { torrent } = await makeTorrentFile(temp.path, { size: 100_000, announce: tracker.announce });
      await using leecher = new PeerProcess([torrent, temp.join("copy")]);
      await tracker.heard("started");
      if (answered !== undefined) await leecher.event("announced", ({ ok }) => ok);
      await leecher.event("progress", ({ state }) => state === "downloading");
      leecher.process.signal("SIGINT");
      await tracker.heard("stopped");
      assert.equal(await leecher.exited(), 130);
      assert.equal(leecher.all("stopped").length, 1);
    });
  }
});
