// create, info and verify as a user types them.

import assert from "node:assert/strict";
import { fromBinary, parseMagnet, toBinary } from "../../protocol/mod.ts";
import { runToEnd } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const peer = (set: string, ...args: string[]) => runToEnd(set, "peer/main.ts", args);

/** A folder with files of several sizes, an empty one among them. */
async function makeFolder(dir: string): Promise<string> {
  const folder = `${dir}/album`;
  await Deno.mkdir(`${folder}/disc 1`, { recursive: true });
  await Deno.writeFile(`${folder}/cover.jpg`, new Uint8Array(70_000).fill(7));
  await Deno.writeFile(`${folder}/disc 1/01 – intro.flac`, new Uint8Array(50_001).fill(1));
  await Deno.writeFile(`${folder}/disc 1/02.flac`, new Uint8Array(16_384).fill(2));
  await Deno.writeFile(`${folder}/empty.nfo`, new Uint8Array());
  return folder;
}

Deno.test("create, info and verify agree on a folder of files", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const folder = await makeFolder(dir);
  const torrent = `${dir}/album.torrent`;
  const announce = "http://127.0.0.1:6969/announce";
  const created = await peer(
    "create",
    "create",
    folder,
    "-o",
    torrent,
    "--announce",
    announce,
    "-l",
    "16384",
  );
  assert.equal(created.code, 0, created.complaints);

  const shown = await peer("info", "info", torrent, "--json");
  assert.equal(shown.code, 0, shown.complaints);
  const info = JSON.parse(shown.output);
  assert.equal(info.name, "album");
  assert.equal(info.totalLength, 136_385);
  assert.equal(info.pieceLength, 16_384);
  assert.equal(info.pieceCount, 9);
  assert.deepEqual(info.trackers, [[announce]]);
  assert.deepEqual(info.files, [
    { index: 0, path: "cover.jpg", length: 70_000 },
    { index: 1, path: "disc 1/01 – intro.flac", length: 50_001 },
    { index: 2, path: "disc 1/02.flac", length: 16_384 },
    { index: 3, path: "empty.nfo", length: 0 },
  ]);
  assert(created.output.includes(info.infoHash));

  const text = await peer("info", "info", torrent);
  for (const said of ["album", info.infoHash, "136,385", "16 KiB", "01 – intro.flac"]) {
    assert(text.output.includes(said), `${said} in:\n${text.output}`);
  }

  const good = await peer("verify", "verify", torrent, folder);
  assert.equal(good.code, 0, good.complaints);
  assert.match(good.output, /all 9 pieces are good/);
});

Deno.test("verify names the bad pieces and the files they touch, and changes nothing", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  const folder = await makeFolder(dir);
  const torrent = `${dir}/album.torrent`;
  await peer("create", "create", folder, "-o", torrent, "-l", "16384");
  // One byte in the last file, whose bytes lie in pieces 7 and 8; and a file that is gone.
  await using file = await Deno.open(`${folder}/disc 1/02.flac`, { write: true });
  await file.seek(16_383, Deno.SeekMode.Start);
  await file.write(new Uint8Array([99]));

  const bad = await peer("verify", "verify", torrent, folder);
  assert.equal(bad.code, 1, bad.complaints);
  assert.match(bad.output, /1 of 9 pieces/);
  assert.match(bad.output, /: 8$/m);
  assert.match(bad.output, /disc 1\/02\.flac: 1 of 2 pieces/);

  await Deno.remove(`${folder}/cover.jpg`);
  const json = JSON.parse((await peer("verify", "verify", torrent, folder, "--json")).output);
  assert.equal(json.complete, false);
  assert.deepEqual(json.badPieces, [0, 1, 2, 3, 4, 8]);
  assert.deepEqual(json.badFiles.map((file: { path: string }) => file.path), [
    "cover.jpg",
    "disc 1/01 – intro.flac",
    "disc 1/02.flac",
  ]);
  await assert.rejects(Deno.stat(`${folder}/cover.jpg`), Deno.errors.NotFound);
});

Deno.test("verify names an empty file that is missing, and leaves with 1", async () => {
  await using temp = await makeTempDir();
  const folder = temp.join("album");
  await Deno.mkdir(folder);
  for (const [name, text] of [["a.txt", "seed"], ["b.nfo", ""], ["c.txt", "more"]] as const) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  const torrent = temp.join("album.torrent");
  await peer("create", "create", folder, "-o", torrent);
  assert.equal((await peer("verify", "verify", torrent, folder)).code, 0);

  await Deno.remove(`${folder}/b.nfo`);
  const bad = await peer("verify", "verify", torrent, folder);
  assert.equal(bad.code, 1, bad.complaints);
  assert.equal(bad.output, `${folder}: its one piece is good, but 1 empty file is missing\n  b.nfo: missing`);
  const json = JSON.parse((await peer("verify", "verify", torrent, folder, "--json")).output);
  assert.equal(json.complete, false);
  assert.deepEqual(json.badPieces, []);
  assert.deepEqual(json.badFiles, [{ path: "b.nfo", pieces: 0, badPieces: 0 }]);

  await Deno.remove(folder, { recursive: true });
  const none = await peer("verify", "verify", torrent, folder);
  assert.equal(none.code, 1, none.complaints);
  assert.match(none.output, /1 of 1 piece is missing or wrong: 0, and 1 empty file is missing$/m);
  assert.match(none.output, /^ {2}a\.txt: 1 of 1 piece\n {2}b\.nfo: missing\n {2}c\.txt: 1 of 1 piece$/m);
});

Deno.test("create does not overwrite without --force and makes nothing of nothing", async () => {
  await using temp = await makeTempDir();
  const dir = temp.path;
  await Deno.writeTextFile(`${dir}/a.txt`, "seed");
  await Deno.writeTextFile(`${dir}/a.torrent`, "precious");
  const refused = await peer("create", "create", `${dir}/a.txt`, "-o", `${dir}/a.torrent`);
  assert.equal(refused.code, 2);
  assert.match(refused.complaints, /exists.*--force/);
  assert.equal(await Deno.readTextFile(`${dir}/a.torrent`), "precious");
  const forced = await peer("create", "create", `${dir}/a.txt`, "-o", `${dir}/a.torrent`, "--force");
  assert.equal(forced.code, 0, forced.complaints);
  assert.equal((await peer("verify", "verify", `${dir}/a.torrent`, `${dir}/a.txt`)).code, 0);

  const missing = await peer("create", "create", `${dir}/none`, "-o", `${dir}/b.torrent`);
  assert.equal(missing.code, 2);
  assert(missing.complaints.includes(`${dir}/none`));
  await assert.rejects(Deno.stat(`${dir}/b.torrent`), Deno.errors.NotFound);
});

Deno.test("create of what no torrent can be made of is bad input, and no fault of the disk", async () => {
  await using temp = await makeTempDir();
  await Deno.writeTextFile(temp.join("empty"), "");
  await Deno.mkdir(temp.join("folder"));
  await Deno.mkdir(temp.join("circle"));
  await Deno.symlink("itself", temp.join("circle", "itself"));
  for (const name of ["empty", "folder", "circle"]) {
    const { code, complaints } = await peer(
      "create",
      "create",
      temp.join(name),
      "-o",
      temp.join("x.torrent"),
    );
    assert.equal(code, 2, complaints);
    assert(complaints.includes(temp.join(name)), complaints);
  }
});

Deno.test("create makes the same torrent again where the last one lies in the folder that it is made of", async () => {
  await using temp = await makeTempDir();
  const folder = await makeFolder(temp.path);
  const torrent = `${folder}/album.torrent`;
  const hashes = [];
  for (let i = 0; i < 2; i++) {
    const made = await peer("create", "create", folder, "-o", torrent, "--force");
    assert.equal(made.code, 0, made.complaints);
    hashes.push((await infoOf(torrent)).infoHash);
    assert.equal((await peer("verify", "verify", torrent, folder)).code, 0);
  }
  assert.equal(hashes[0], hashes[1]);
  const itself = await peer(
    "create",
    "create",
    `${folder}/cover.jpg`,
    "-o",
    `${folder}/cover.jpg`,
    "--force",
  );
  assert.equal(itself.code, 2);
  assert.match(itself.complaints, /choose another place for the \.torrent/);
  assert.equal((await Deno.stat(`${folder}/cover.jpg`)).size, 70_000);
});

Deno.test("edit changes trackers, web seeds and comment around the info hash, and odd fields stay", async () => {
  await using temp = await makeTempDir();
  const torrent = temp.join("a.torrent");
  await Deno.writeTextFile(temp.join("a.txt"), "seed");
  await peer("create", "create", temp.join("a.txt"), "-o", torrent, "-a", "http://one/announce", "-c", "old");
  const before = await infoOf(torrent);
  // A field that we know nothing of, in its place between the others.
  const bytes = toBinary(await Deno.readFile(torrent));
  await Deno.writeFile(torrent, fromBinary(bytes.replace("4:infod", "4:huhui7e4:infod")));

  const edited = await peer(
    "peer",
    "edit",
    torrent,
    ...["-a", "http://two/announce", "-a", "udp://three:1"],
    ...["-w", "http://web/a.txt"],
    ...["-c", "été"],
  );
  assert.equal(edited.code, 0, edited.complaints);
  const after = await infoOf(torrent);
  assert.equal(after.infoHash, before.infoHash);
  assert.deepEqual(after.trackers, [["http://two/announce"], ["udp://three:1"]]);
  assert.deepEqual(after.webSeeds, ["http://web/a.txt"]);
  assert.equal(after.comment, "été");
  assert(toBinary(await Deno.readFile(torrent)).includes("4:huhui7e4:info"));

  const bare = await peer(
    "peer",
    "edit",
    torrent,
    "--no-announce",
    "--no-web-seed",
    "--no-comment",
    "-o",
    temp.join("b.torrent"),
  );
  assert.equal(bare.code, 0, bare.complaints);
  const { trackers, webSeeds, comment, infoHash } = await infoOf(temp.join("b.torrent"));
  assert.deepEqual([trackers, webSeeds, comment, infoHash], [[], [], undefined, before.infoHash]);
  assert.equal((await infoOf(torrent)).comment, "été", "the first one is as it was");
  const taken = await peer("peer", "edit", torrent, "-c", "new", "-o", temp.join("b.torrent"));
  assert.equal(taken.code, 2);
  assert.match(taken.complaints, /b\.torrent: it exists: choose another name$/m, "edit has no --force");
});

Deno.test("edit changes the info hash only if that is allowed, and nothing if nothing is said", async () => {
  await using temp = await makeTempDir();
  const torrent = temp.join("a.torrent");
  await Deno.writeTextFile(temp.join("a.txt"), "seed");
  await peer("create", "create", temp.join("a.txt"), "-o", torrent);
  const before = await infoOf(torrent);
  const refused = await peer("peer", "edit", torrent, "--private");
  assert.equal(refused.code, 2);
  assert.match(refused.complaints, /--allow-new-info-hash/);
  assert.deepEqual(await infoOf(torrent), before);
  const nothing = await peer("peer", "edit", torrent);
  assert.equal(nothing.code, 2);
  assert.match(nothing.complaints, /what to change/);
  const url = await peer("peer", "edit", torrent, "-a", "no url");
  assert.equal(url.code, 2);
  const both = await peer("peer", "edit", torrent, "--no-announce", "-a", "http://one/announce");
  assert.equal(both.code, 2);
  assert.match(both.complaints, /^Cannot use both --announce and --no-announce: leave one out$/m);
  assert.deepEqual(await infoOf(torrent), before);
  const allowed = await peer("peer", "edit", torrent, "--private", "--allow-new-info-hash");
  assert.equal(allowed.code, 0, allowed.complaints);
  const after = await infoOf(torrent);
  assert.equal(after.private, true);
  assert.notEqual(after.infoHash, before.infoHash);
  const again = await peer("peer", "edit", torrent, "--private");
  assert.equal(again.code, 0, "it is private already: there is nothing to allow");
  assert.deepEqual(await infoOf(torrent), after);
  assert.equal((await peer("verify", "verify", torrent, temp.join("a.txt"))).code, 0);
  await peer("peer", "edit", torrent, "--no-private", "--allow-new-info-hash");
  assert.equal((await infoOf(torrent)).infoHash, before.infoHash);
});

Deno.test("magnet prints a link that says what the torrent says", async () => {
  await using temp = await makeTempDir();
  const torrent = temp.join("a.torrent");
  await Deno.writeTextFile(temp.join("a & b.txt"), "seed");
  const web = "http://web/a";
  await peer(
    "create",
    "create",
    temp.join("a & b.txt"),
    "-o",
    torrent,
    "-a",
    "http://one/announce",
    "-w",
    web,
  );
  const { code, output } = await peer("info", "magnet", torrent);
  assert.equal(code, 0);
  const magnet = parseMagnet(output);
  const { infoHash, name } = await infoOf(torrent);
  assert.equal(magnet.infoHash.hex, infoHash);
  assert.deepEqual([magnet.name, magnet.exactLength], [name, 4]);
  assert.deepEqual([magnet.trackers, magnet.webSeeds], [["http://one/announce"], [web]]);
});

async function infoOf(torrent: string) {
  const { output, complaints } = await peer("info", "info", torrent, "--json");
  assert.equal(complaints, "");
  return JSON.parse(output);
}
