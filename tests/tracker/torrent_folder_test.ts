import assert from "node:assert/strict";
import { encodeMetainfo } from "../../protocol/mod.ts";
import { TorrentFolder } from "../../tracker/torrent_folder.ts";
import { makeTempDir } from "../support/temp_dir.ts";

function torrent(name: string): Uint8Array {
  return encodeMetainfo({ name, pieceLength: 16384, pieces: new Uint8Array(20), length: 100 });
}

Deno.test("TorrentFolder.read() follows what comes, changes and goes", async () => {
  await using dir = await makeTempDir();
  const folder = new TorrentFolder(dir.path, (line) => assert.fail(line));
  const names = async () => [...(await folder.read()).values()].map(({ name }) => name).sort();
  assert.deepEqual(await names(), []);
  await Deno.writeFile(dir.join("a.torrent"), torrent("one"));
  await Deno.writeFile(dir.join("b.torrent"), torrent("two"));
  assert.deepEqual(await names(), ["one", "two"]);
  await Deno.remove(dir.join("b.torrent"));
  await Deno.writeFile(dir.join("a.torrent"), torrent("renamed"));
  assert.deepEqual(await names(), ["renamed"]);
});

Deno.test("TorrentFolder.read() complains about a file once, not at every look", async () => {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("bad.torrent"), "d4:infod");
  await Deno.mkdir(dir.join("folder.torrent"));
  const logged: string[] = [];
  const folder = new TorrentFolder(dir.path, (line) => logged.push(line));
  await folder.read();
  await folder.read();
  assert.equal(logged.length, 1);
});

Deno.test("TorrentFolder.read() fails when the folder can't be read", async () => {
  await assert.rejects(new TorrentFolder("/does/not/exist", () => {}).read(), Deno.errors.NotFound);
});
