// What an embedding program's callbacks may do to a client: nothing.

import assert from "node:assert/strict";
import { Client } from "../../peer/client.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { ReportedErrors } from "../support/reported_errors.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

Deno.test("a client, its torrents and searches go on when a listener or the log throws, which is reported", async () => {
  await using temp = await makeTempDir();
  using reported = new ReportedErrors();
  const { torrent, path, sha1 } = await makeTorrentFile(temp.path, { size: 100_000, pieceLength: 16384 });
  const metainfo = await parseMetainfo(await Deno.readFile(torrent));
  const throwing = (from: string) => () => {
    throw new Error(`a bug in the ${from}`);
  };
  const own = { hostname: "127.0.0.1", diskWorkers: 1, log: throwing("log") };
  const seeding = new Client(own);
  const seeder = await seeding.add(metainfo, { path });
  seeder.subscribe(throwing("seeder's listener"));
  await seeder.completed();
  const leeching = new Client(own);
  const search = leeching.find(`magnet:?xt=urn:btih:${metainfo.infoHash.hex}`);
  search.subscribe(throwing("search's listener"));
  search.addPeers([{ ip: "127.0.0.1", port: seeding.port }]);
  const leecher = await leeching.add(await search.metainfo(), { path: temp.join("copy") });
  leecher.subscribe(throwing("leecher's listener"));
  await leecher.completed();
  assert.equal(await sha1(temp.join("copy")), await sha1(path));
  await Promise.all([seeding.close(), leeching.close()]);
  assert.deepEqual([seeder.state, leecher.state], ["stopped", "stopped"]);
  const told = reported.errors.map((error) => error instanceof Error ? error.message : String(error));
  assert.deepEqual([...new Set(told)].sort(), [
    "a bug in the leecher's listener",
    "a bug in the log",
    "a bug in the search's listener",
    "a bug in the seeder's listener",
  ]);
});
