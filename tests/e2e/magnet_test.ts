// A magnet link on the peer's command line: through the tracker, without one, in vain, and one that is none.

import assert from "node:assert/strict";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { PeerProcess, runToEnd, TrackerProcess } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

Deno.test("peer takes a magnet link, gets the metadata and then the data, and tells of both", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir, { size: 3_000_001, announce: tracker.announce });
  const { infoHash } = await parseMetainfo(await Deno.readFile(torrent));
  await using seeder = new PeerProcess([torrent, path]);
  await seeder.event("announced", (event) => event.ok);
  const magnet = `magnet:?xt=urn:btih:${infoHash.hex}&tr=${encodeURIComponent(tracker.announce)}`;
  await using leecher = new PeerProcess([magnet, `${dir}/copy`, "--exit"]);
  const metadata = await leecher.event("metadata");
  assert.deepEqual([metadata.infoHash, metadata.name, metadata.totalLength], [
    infoHash.hex,
    "data.bin",
    3_000_001,
  ]);
  assert.equal(await leecher.exited(), 0);
  assert.equal(await sha1(`${dir}/copy`), await sha1(path));
  const states = new Set(leecher.all("progress").map(({ state }) => state));
  assert.equal([...states][0], "metadata");
  // One peer to the tracker from the search to the end: it started once, and completed.
  const told = leecher.all("announced").map(({ event }) => event);
  assert.deepEqual(told, ["started", "completed", "stopped"]);
});

Deno.test("a magnet link whose peers nobody knows is looked for until Ctrl-C, which leaves with 130", async () => {
  await using temp = await makeTempDir();
  await using leecher = new PeerProcess([`magnet:?xt=urn:btih:${"ab".repeat(20)}`, `${temp.path}/copy`]);
  const { state, peers } = await leecher.event("progress");
  assert.deepEqual([state, peers], ["metadata", 0]);
  assert.equal(await leecher.process.stop(), 130);
  assert.equal(leecher.events.at(-1)?.type, "stopped");
  await assert.rejects(Deno.stat(`${temp.path}/copy`), Deno.errors.NotFound);
});

Deno.test("a link that is no torrent's leaves with 2 and says why", async () => {
  const { code, complaints } = await runToEnd("peer", "peer/main.ts", ["0", "magnet:?xt=urn:sha1:x", "copy"]);
  assert.equal(code, 2);
  assert.match(complaints, /^Cannot parse magnet link: "xt" must be/m);
});
