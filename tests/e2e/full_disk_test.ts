// A disk that fills up in the middle of a download.

import assert from "node:assert/strict";
import { PeerProcess, TrackerProcess } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { mountTinyDisk, whyNoTinyDisk } from "../support/tiny_disk.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const PIECE_LENGTH = 64 * 1024;

const reason = await whyNoTinyDisk();

Deno.test({
  name: reason === undefined
    ? "a full disk ends the download with 3 and names the file; with room again it goes on from what was verified"
    : `a full disk (skipped: ${reason})`,
  ignore: reason !== undefined,
  fn: fillDisk,
});

async function fillDisk(): Promise<void> {
  await using temp = await makeTempDir();
  await using tracker = await TrackerProcess.start();
  const { torrent, path, sha1 } = await makeTorrentFile(temp.path, {
    size: 100 * PIECE_LENGTH,
    pieceLength: PIECE_LENGTH,
    announce: tracker.announce,
  });
  await using seeder = new PeerProcess([torrent, path]);
  await seeder.event("complete");

  await Deno.mkdir(temp.join("disk"));
  await using disk = await mountTinyDisk(temp.join("disk"), 100 * 64 + 256);
  const copy = `${disk.path}/copy`;
  await Deno.writeFile(`${disk.path}/ballast`, new Uint8Array(50 * PIECE_LENGTH).fill(1));

  await using first = new PeerProcess([torrent, copy]);
  assert.equal(await first.exited(), 3);
  const [error] = first.all("error");
  assert(error !== undefined);
  assert.equal(error.kind, "disk");
  assert(error.message.includes(copy), error.message);
  assert.match(error.message, /full/);
  const verified = first.all("piece").length;
  assert(verified > 0);

  await Deno.remove(`${disk.path}/ballast`);
  await using second = new PeerProcess([torrent, copy, "--exit"]);
  assert.equal(await second.exited(), 0);
  const [complete] = second.all("complete");
  assert(complete !== undefined);
  assert(complete.downloaded - complete.wasted <= (100 - verified) * PIECE_LENGTH);
  assert.equal(await sha1(copy), await sha1(path));
}
