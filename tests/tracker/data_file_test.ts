import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { AccessLists } from "../../tracker/access_lists.ts";
import { DataFile } from "../../tracker/data_file.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const HASH = "\x00\xffabcdefghijklmnopqr";

Deno.test("DataFile keeps lists, mode and torrents", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("t.sqlite");
  const torrent = { infoHash: HASH, name: "Näme", totalBytes: 2 ** 40, files: 3, addedAt: 1_700_000_000_000 };
  const first = DataFile.open(path);
  first.addEntries("deny", ["ab".repeat(20), "cd".repeat(20)]);
  first.addEntries("addresses", ["10.0.0.0/8"]);
  first.addEntries("deny", ["ab".repeat(20), "00".repeat(20)]);
  first.removeEntries("deny", ["cd".repeat(20)]);
  first.setSetting("mode", "listed");
  first.addTorrent(torrent, Uint8Array.of(1, 2, 3));
  first.close();

  const again = DataFile.open(path);
  const lists = new AccessLists();
  again.loadLists(lists);
  assert.equal(lists.mode, "listed");
  assert.deepEqual(lists.entries("deny"), ["ab".repeat(20), "00".repeat(20)]);
  assert.deepEqual(lists.entries("addresses"), ["10.0.0.0/8"]);
  assert.deepEqual(again.torrents(), [torrent]);
  assert.deepEqual(again.metainfo(HASH), Uint8Array.of(1, 2, 3));
  again.removeTorrent(HASH);
  assert.deepEqual(again.torrents(), []);
  assert.equal(again.metainfo(HASH), undefined);
  again.close();
  again.close();
});

Deno.test("DataFile without a path is in memory", () => {
  const data = DataFile.open();
  data.addEntries("clients", ["-XX"]);
  const lists = new AccessLists();
  data.loadLists(lists);
  assert.deepEqual(lists.entries("clients"), ["-XX"]);
  data.close();
});

Deno.test("DataFile refuses a file that another tracker has open", async () => {
  await using dir = await makeTempDir();
  const data = DataFile.open(dir.join("t.sqlite"));
  assert.throws(() => DataFile.open(dir.join("t.sqlite")), {
    name: "TrackerStartError",
    kind: "data",
    message: /another tracker uses it\. Choose another with --data/,
  });
  data.close();
});

Deno.test("DataFile refuses a database that isn't its own, one of a later version, and what is none", async () => {
  await using dir = await makeTempDir();
  const foreign = new DatabaseSync(dir.join("foreign.sqlite"));
  foreign.exec("CREATE TABLE a (b)");
  foreign.close();
  assert.throws(() => DataFile.open(dir.join("foreign.sqlite")), /it is another program's database/);
  DataFile.open(dir.join("later.sqlite")).close();
  const later = new DatabaseSync(dir.join("later.sqlite"));
  later.exec("PRAGMA user_version = 99");
  later.close();
  assert.throws(() => DataFile.open(dir.join("later.sqlite")), /another version: 99/);
  await Deno.writeTextFile(dir.join("text.sqlite"), "This is not a database at all, but a text. ".repeat(50));
  assert.throws(
    () => DataFile.open(dir.join("text.sqlite")),
    /Cannot keep data in .*: file is not a database/,
  );
  assert.throws(
    () => DataFile.open(dir.join("no/such/folder.sqlite")),
    /Cannot keep data in .*unable to open/,
  );
});
