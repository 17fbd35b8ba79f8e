// A config file that changes while the peer runs: what is wanted, and how fast, is changed without a restart.

import assert from "node:assert/strict";
import { createTorrent } from "../../peer/create_torrent.ts";
import { PeerProcess, TrackerProcess } from "../support/programs.ts";
import { pseudoRandomBytes } from "../support/random.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

/** A torrent of two files on disk. */
async function makeAlbum(dir: TempDir, announce: string) {
  const folder = dir.join("album");
  await Deno.mkdir(folder);
  const files = { "a.flac": pseudoRandomBytes(400_000, 1), "b.flac": pseudoRandomBytes(400_000, 2) };
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, bytes);
  const torrent = dir.join("album.torrent");
  await Deno.writeFile(torrent, await createTorrent({ path: folder, trackers: [[announce]] }));
  return { torrent, folder, files };
}

Deno.test("a file that the config file selects while the peer seeds the others is fetched", async () => {
  await using dir = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  const { torrent, folder, files } = await makeAlbum(dir, tracker.announce);
  const [config, copy] = [dir.join("job.json"), dir.join("copy")];
  await Deno.writeTextFile(config, '{ "select": ["a.*"] }');
  await using _seeder = new PeerProcess([torrent, folder]);
  await using leecher = new PeerProcess([torrent, copy, "--config", config]);
  await leecher.event("complete");
  assert.deepEqual(await Deno.readFile(`${copy}/a.flac`), files["a.flac"]);
  await assert.rejects(Deno.stat(`${copy}/b.flac`), Deno.errors.NotFound);

  await Deno.writeTextFile(config, '{ "select": ["*.flac"], "high": ["b.*"], "public-only": true }');
  await leecher.event("complete", () => leecher.all("complete").length === 2);
  assert.deepEqual(await Deno.readFile(`${copy}/b.flac`), files["b.flac"]);
  assert.equal(await leecher.process.stop(), 0);
  const said = leecher.process.complaints;
  assert.match(
    said,
    /job\.json: changed --high, --select\n.*job\.json: --public-only counts from the next start\n/,
  );
});

Deno.test("a limit that the config file lifts is lifted at once; what can't be used changes nothing", async () => {
  await using dir = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir.path, {
    size: 400_000,
    announce: tracker.announce,
  });
  const [config, copy] = [dir.join("job.json"), dir.join("copy")];
  await Deno.writeTextFile(config, '{ "limit-down": 1 }');
  await using _seeder = new PeerProcess([torrent, path]);
  await using leecher = new PeerProcess([torrent, copy, "--exit", "--config", config]);
  await leecher.event("peer");
  await Deno.writeTextFile(config, '{ "limit-down": 0, "select": ["*.mkv"] }');
  await leecher.complaint(/Cannot select \*\.mkv.*All stays as it was/);
  assert.equal(leecher.all("complete").length, 0);
  await Deno.writeTextFile(config, "{}");
  assert.equal(await leecher.exited(), 0);
  assert.equal(await sha1(copy), await sha1(path));
});
