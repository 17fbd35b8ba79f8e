// One seeder, eight leechers, 200 MB: whoever has a piece gives it on, so that the seeder need not give it eight times. How
// often it does give it is the machine's doing here, where no line is slow; in simulated time it is a fact
// (tests/peer/engine/swarm_test.ts and trading_test.ts).

import assert from "node:assert/strict";
import { PeerProcess, TrackerProcess } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const SIZE = 200_000_000;
const LEECHERS = 8;

Deno.test("a seeder of 200 MB with eight leechers does not send each of them everything", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir, { size: SIZE, announce: tracker.announce });
  await using seeder = new PeerProcess([torrent, path]);
  await seeder.event("complete");
  await using stack = new AsyncDisposableStack();
  const leechers = Array.from({ length: LEECHERS }, (_, i) => {
    return stack.use(new PeerProcess([torrent, `${dir}/copy-${i}`]));
  });
  await Promise.all(leechers.map((leecher) => leecher.event("complete")));

  for (let i = 0; i < LEECHERS; i++) assert.equal(await sha1(`${dir}/copy-${i}`), await sha1(path));
  assert.equal(await seeder.process.stop(), 0);
  const [stopped] = seeder.all("stopped");
  assert(stopped !== undefined);
  const factor = stopped.uploaded / SIZE;
  console.log(`the seeder sent ${factor.toFixed(2)} times the file`);
  assert(factor < 6, `the seeder sent ${factor.toFixed(2)} times the file`);
});
