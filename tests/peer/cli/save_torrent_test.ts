import assert from "node:assert/strict";
import { create } from "../../../peer/cli/create.ts";
import { ExitCode } from "../../../peer/cli/exit_code.ts";
import { refuseExisting, saveTorrent } from "../../../peer/cli/save_torrent.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const BYTES = new TextEncoder().encode("de");

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("saveTorrent() leaves nothing behind where it can't write", async () => {
  await using dir = await makeTempDir();
  const target = dir.join("a.torrent");
  await Deno.mkdir(target);
  await assert.rejects(saveTorrent(target, BYTES, { force: true }), { code: ExitCode.disk });
  assert.deepEqual(await names(dir.path), ["a.torrent"]);
  await Deno.remove(target);
  await saveTorrent(target, BYTES, {});
  assert.deepEqual(await Deno.readFile(target), BYTES);
});

Deno.test("saveTorrent() says that a folder is missing where one is", async () => {
  await using dir = await makeTempDir();
  const target = dir.join("none", "a.torrent");
  await assert.rejects(saveTorrent(target, BYTES, {}), {
    code: ExitCode.disk,
    message: `Cannot write ${target}: there is no such folder: make it first`,
  });
});

Deno.test("create says before it reads the data where no .torrent can be", async () => {
  await using dir = await makeTempDir();
  const rows = [
    [dir.join("none", "a.torrent"), "there is no such folder: make it first"],
    [dir.path, "it is a folder: name a file"],
  ] as const;
  for (const [output, reason] of rows) {
    // The data is missing, too, which is found when it is read.
    await assert.rejects(create(dir.join("data"), { output, force: true }), {
      code: ExitCode.disk,
      message: `Cannot write ${output}: ${reason}`,
    });
  }
});

Deno.test("refuseExisting() takes - for what it is elsewhere, standard output, and ./- for a file", async () => {
  for (const force of [false, true]) {
    await assert.rejects(refuseExisting("-", { force }), {
      code: ExitCode.input,
      message: "Cannot write a .torrent to standard output: name a file: ./- for one of that name",
    });
  }
  await refuseExisting("./-", {});
});

Deno.test("what an ended run has left is named before anything is hashed, and stays unless writing is forced", async () => {
  await using dir = await makeTempDir();
  const target = dir.join("a.torrent");
  await Deno.writeTextFile(`${target}.part`, "somebody's");
  const message =
    `Cannot write ${target}: ${target}.part is in the way, perhaps of a run that was ended: remove it`;
  await assert.rejects(refuseExisting(target, {}), { code: ExitCode.input, message });
  await assert.rejects(saveTorrent(target, BYTES, {}), { code: ExitCode.input, message });
  assert.equal(await Deno.readTextFile(`${target}.part`), "somebody's");
  await saveTorrent(target, BYTES, { force: true });
  assert.deepEqual(await names(dir.path), ["a.torrent"]);
});

Deno.test("saveTorrent() never removes a folder with something in it that is in its way", async () => {
  await using dir = await makeTempDir();
  const target = dir.join("a.torrent");
  await Deno.mkdir(`${target}.part`);
  await Deno.writeTextFile(`${target}.part/mine`, "mine");
  await assert.rejects(saveTorrent(target, BYTES, { force: true }), {
    message: /a\.torrent\.part is in the way/,
  });
  assert.deepEqual(await names(`${target}.part`), ["mine"]);
});

Deno.test({
  name: "saveTorrent() keeps the mode of what it replaces, and a link that leads there",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    await Deno.mkdir(dir.join("kept"));
    const place = dir.join("kept", "real.torrent");
    await Deno.writeTextFile(place, "old", { mode: 0o600 });
    await Deno.symlink("kept/real.torrent", dir.join("a.torrent"));
    await saveTorrent(dir.join("a.torrent"), BYTES, { force: true });
    assert.equal(await Deno.readLink(dir.join("a.torrent")), "kept/real.torrent");
    assert.deepEqual(await Deno.readFile(place), BYTES);
    assert.equal(((await Deno.stat(place)).mode ?? 0) & 0o777, 0o600);
    assert.deepEqual([await names(dir.path), await names(dir.join("kept"))], [["a.torrent", "kept"], [
      "real.torrent",
    ]]);
  },
});
