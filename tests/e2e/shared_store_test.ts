// Three trackers on one Redis, and a swarm whose peers each use another one: one tracker is killed in the middle of a
// download, Redis is stopped, and started again without its data.

import assert from "node:assert/strict";
import { createTorrent } from "../../peer/create_torrent.ts";
import { decodeAnnounceResponse, TrackerError } from "../../protocol/mod.ts";
import { PeerProcess, TrackerProcess } from "../support/programs.ts";
import { noRedis, RedisServer } from "../support/redis_server.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const SIZE = 1_500_000;
/** Makes the download last until it has been disturbed. */
const SLOWLY = ["--limit-down", "500k"];

async function health({ port }: TrackerProcess): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/health`);
  await response.body?.cancel();
  return response.status;
}

/** Asks until the answer is the one that is waited for; the test's own time limit is the program's. */
async function becomes(tracker: TrackerProcess, status: number): Promise<void> {
  for (let asked = 0; await health(tracker) !== status; asked++) {
    assert.ok(asked < 300, `the health of ${tracker.port} never became ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

Deno.test({
  name: "peers of one swarm use three trackers; one is killed, then their store goes and comes back empty" +
    (noRedis === undefined ? "" : ` (skipped: ${noRedis})`),
  ignore: noRedis !== undefined,
  async fn() {
    await using dir = await makeTempDir();
    await using server = await RedisServer.start();
    const args = ["--host", "127.0.0.1", "--store", server.url];
    await using a = await TrackerProcess.start(0, args);
    await using b = await TrackerProcess.start(0, args);
    await using c = await TrackerProcess.start(0, args);
    const { path, sha1 } = await makeTorrentFile(dir.path, { size: SIZE });
    const torrent = async (announce: string) => {
      const file = dir.join(`${new URL(announce).port}.torrent`);
      await Deno.writeFile(file, await createTorrent({ path, pieceLength: 16_384, trackers: [[announce]] }));
      return file;
    };

    await using seeder = new PeerProcess([await torrent(a.announce), path]);
    await seeder.event("announced", ({ ok }) => ok);
    await using second = new PeerProcess([
      await torrent(b.announce.replace("http", "udp")),
      dir.join("second"),
    ]);
    await second.event("complete");
    await using third = new PeerProcess([await torrent(c.announce), dir.join("third"), ...SLOWLY]);
    await third.event("piece");

    a.process.signal("SIGKILL");
    await a.process.exited;
    await server.stop();
    await Promise.all([b, c].map((tracker) => becomes(tracker, 503)));
    const query = `info_hash=${"%aa".repeat(20)}&peer_id=-XX0000-000000000001&port=1024&left=1`;
    const refused = await (await fetch(`${c.announce}?${query}`)).bytes();
    assert.throws(() => decodeAnnounceResponse(refused), (error) => {
      assert.ok(error instanceof TrackerError);
      assert.match(error.message, /Tracker cannot reach its store/);
      assert.equal(error.retryInSeconds, 120);
      return true;
    });
    await third.event("complete");
    assert.equal(await sha1(dir.join("third")), await sha1(path));
    const told = await third.event("announced", ({ event, ok }) => event === "completed" && !ok);
    assert.match(JSON.stringify(told), /Tracker cannot reach its store/);

    await server.restart();
    await Promise.all([b, c].map((tracker) => becomes(tracker, 200)));
    await using fourth = new PeerProcess([await torrent(c.announce), dir.join("second")]);
    await fourth.event("announced", ({ ok }) => ok);
    await using fifth = new PeerProcess([await torrent(b.announce), dir.join("fifth")]);
    await fifth.event("complete");
    assert.equal(await sha1(dir.join("fifth")), await sha1(path));
  },
});
