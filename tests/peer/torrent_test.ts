// What a torrent's user may do in the middle of its news, and what may not be asked of it.

import assert from "node:assert/strict";
import { Client, type FilePriority, StorageError, type TorrentEvent } from "../../peer/mod.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("Torrent that fails ends once, and as one that has failed, if it is removed on the news of that", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent({ files: 100_000 });
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const torrent = await client.add(metainfo, { path: temp.path }); // a folder
  const events: TorrentEvent["type"][] = [];
  let removed: Promise<void> | undefined;
  torrent.subscribe((event) => {
    events.push(event.type);
    if (event.type === "error") removed = client.remove(torrent);
  });
  await assert.rejects(torrent.completed(), StorageError);
  await removed;
  assert.equal(torrent.state, "failed");
  assert.deepEqual(events.filter((type) => type !== "progress"), ["started", "error", "stopped"]);
  assert.deepEqual(client.torrents, []);
  await client.close();
});

Deno.test("Torrent that is stopped on the news of its completion has been completed", async () => {
  await using temp = await makeTempDir();
  const { metainfo, writeTo } = await makeTorrent({ files: 100_000 });
  await writeTo(temp.join("original"));
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const torrent = await client.add(metainfo, { path: temp.join("original") });
  torrent.subscribe((event) => event.type === "complete" && torrent.stop());
  await torrent.completed();
  await torrent.stop();
  assert.equal(torrent.state, "stopped");
  await client.close();
});

Deno.test("Torrent.setPriority() refuses a priority that there is not, and changes nothing", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent({ files: [100_000, 100_000] });
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const torrent = await client.add(metainfo, { path: temp.join("out") });
  for (const priority of ["bogus", "toString", 1, undefined]) {
    const message = `Cannot set a priority: it must be one of skip, low, normal, high: got ${priority}`;
    assert.throws(() => torrent.setPriority(1, priority as FilePriority), { name: "RangeError", message });
  }
  assert.equal(torrent.priority(1), "normal");
  assert.throws(() => torrent.setPriority(2, "bogus" as FilePriority), /index must be 0 to 1: got 2/);
  await client.close();
});
