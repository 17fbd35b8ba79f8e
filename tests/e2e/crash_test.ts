// kill -9 in the middle of a download, then the same command again.

import assert from "node:assert/strict";
import { PeerProcess, TrackerProcess } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const PIECE_LENGTH = 256 * 1024;
const PIECES = 800;
const SIZE = PIECE_LENGTH * PIECES;

Deno.test("a leecher that was killed fetches nothing again that it had verified", async (t) => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir, {
    size: SIZE,
    pieceLength: PIECE_LENGTH,
    announce: tracker.announce,
  });
  await using seeder = new PeerProcess([torrent, path]);
  await seeder.event("complete");
  for (let round = 0; round < 3; round++) {
    // The seed of the moment is in the step's name, so that a failure can be repeated.
    const killAt = 1 + Math.floor(Math.random() * (PIECES - 100));
    await t.step(`killed after piece ${killAt} of ${PIECES}`, async () => {
      const copy = `${dir}/copy-${round}`;
      let verified: number;
      {
        await using first = new PeerProcess([torrent, copy]);
        await first.event("piece", (event) => event.have >= killAt);
        first.process.signal("SIGKILL");
        await first.exited();
        assert.equal(first.all("complete").length, 0, "it was killed in the middle");
        verified = Math.max(...first.all("piece").map((event) => event.have));
      }
      await using second = new PeerProcess([torrent, copy, "--exit"]);
      assert.equal(await second.exited(), 0);
      const [complete] = second.all("complete");
      assert(complete !== undefined);
      const useful = complete.downloaded - complete.wasted;
      assert(
        useful <= SIZE - verified * PIECE_LENGTH,
        `fetched ${useful} bytes though ${verified} of ${PIECES} pieces were verified`,
      );
      assert.equal(await sha1(copy), await sha1(path));
    });
  }
});
