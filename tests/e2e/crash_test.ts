// kill -9 in the middle of a download, or Ctrl-C, then the same command again.

import assert from "node:assert/strict";
import { ResumeFile } from "../../peer/storage/resume_file.ts";
import { BLOCK_LENGTH, parseMetainfo } from "../../protocol/mod.ts";
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
    const isSpoilt = round === 2;
    const name = `killed after piece ${killAt} of ${PIECES}${isSpoilt ? ", a byte changed at once" : ""}`;
    await t.step(name, async () => {
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
      if (isSpoilt) await spoilVerifiedByte(copy, path);
      await using second = new PeerProcess([torrent, copy, "--exit"]);
      assert.equal(await second.exited(), 0);
      const [complete] = second.all("complete");
      assert(complete !== undefined);
      const useful = complete.downloaded - complete.wasted;
      assert(
        useful <= SIZE - (verified - (isSpoilt ? 1 : 0)) * PIECE_LENGTH,
        `fetched ${useful} bytes though ${verified} of ${PIECES} pieces were verified`,
      );
      assert.equal(await sha1(copy), await sha1(path));
    });
  }
});

Deno.test("a leecher that was ended with Ctrl-C reads nothing at its next start, and one whose file changed since reads it", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(dir, {
    size: SIZE,
    pieceLength: PIECE_LENGTH,
    announce: tracker.announce,
  });
  const copy = `${dir}/copy`;
  await using seeder = new PeerProcess([torrent, path]);
  await seeder.event("complete");
  await using first = new PeerProcess([torrent, copy]);
  await first.event("piece", (event) => event.have >= 10);
  assert.equal(await first.process.stop(), 130);
  await using second = new PeerProcess([torrent, copy]);
  assert.deepEqual(await checked(second), { have: verifiedAtEnd(first), hashed: 0 });
  await second.event("progress", ({ state }) => state === "downloading");
  await second.process.stop();
  await spoilVerifiedByte(copy, path);
  await using third = new PeerProcess([torrent, copy, "--exit"]);
  assert.deepEqual(await checked(third), { have: verifiedAtEnd(second) - 1, hashed: PIECES });
  assert.equal(await third.exited(), 0);
  assert.equal(await sha1(copy), await sha1(path));
});

Deno.test("what a leecher that was killed had of an unfinished piece is not fetched again", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  await using tracker = await TrackerProcess.start();
  const size = 16 * 1024 * 1024;
  const { torrent, path, sha1 } = await makeTorrentFile(dir, {
    size,
    pieceLength: size,
    announce: tracker.announce,
  });
  const { infoHash, layout } = await parseMetainfo(await Deno.readFile(torrent));
  const copy = `${dir}/copy`;
  await using seeder = new PeerProcess([torrent, path, "--limit-up", "2M"]);
  await seeder.event("complete");
  const state = new ResumeFile(`${dir}/state`, {
    infoHash: infoHash.bytes,
    path: copy,
    layout,
    fileCount: 1,
  });
  let kept = 0;
  {
    await using first = new PeerProcess([torrent, copy]);
    await first.event("progress", ({ downloaded }) => downloaded > 0);
    while (kept === 0) {
      await new Promise((wake) => setTimeout(wake, 50));
      kept = (await state.load())?.kept[0]?.blocks.count ?? 0;
    }
    first.process.signal("SIGKILL");
    await first.exited();
  }
  await using second = new PeerProcess([torrent, copy, "--exit"]);
  assert.equal(await second.exited(), 0);
  assert((second.all("complete")[0]?.downloaded ?? size) <= size - kept * BLOCK_LENGTH);
  assert.equal(await sha1(copy), await sha1(path));
});

async function checked(peer: PeerProcess): Promise<{ have: number; hashed: number }> {
  const { have, hashed } = await peer.event("checked");
  return { have, hashed };
}

/** Pieces that were written when it had left: the last may have been on their way to the disk when it was told to. */
function verifiedAtEnd(peer: PeerProcess): number {
  return (peer.all("progress").at(-1)?.verified ?? 0) / PIECE_LENGTH;
}

/** Changes the first byte of the first piece of `copy` that is as it is in `original`. */
async function spoilVerifiedByte(copy: string, original: string): Promise<void> {
  const [bytes, right] = [await Deno.readFile(copy), await Deno.readFile(original)];
  for (let at = 0; at < right.length; at += PIECE_LENGTH) {
    const isThere = bytes.subarray(at, at + PIECE_LENGTH).every((byte, i) => byte === right[at + i]);
    if (!isThere) continue;
    using file = await Deno.open(copy, { write: true });
    await file.seek(at, Deno.SeekMode.Start);
    await file.write(new Uint8Array([(right[at] as number) ^ 1]));
    return;
  }
  assert.fail("no piece is right yet");
}
