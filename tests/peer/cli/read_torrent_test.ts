import assert from "node:assert/strict";
import { ExitCode } from "../../../peer/cli/exit_code.ts";
import { readTorrent } from "../../../peer/cli/read_torrent.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { makeTorrentFile } from "../../support/torrent_file.ts";

Deno.test("readTorrent() tells an address from a file that is missing", async () => {
  await using dir = await makeTempDir();
  const file = dir.join("none.torrent");
  const rows = [
    [file, "there is no such file"],
    ["magnet:?xt=urn:btih:00", "an address is no file: name a .torrent file"],
    ["https://localhost/a.torrent", "an address is no file: name a .torrent file"],
  ] as const;
  for (const [path, reason] of rows) {
    await assert.rejects(readTorrent(path), {
      code: ExitCode.input,
      message: `Cannot read ${path}: ${reason}`,
    });
  }
});

Deno.test({
  name: "readTorrent() doesn't read on for ever where no length is said, and reads a pipe to its end",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await assert.rejects(readTorrent("/dev/zero"), {
      code: ExitCode.input,
      message: /^Cannot read \/dev\/zero: it is too large for a \.torrent: got \d+ bytes$/,
    });
    await using dir = await makeTempDir();
    const { torrent } = await makeTorrentFile(dir.path, { size: 100 });
    const pipe = dir.join("pipe");
    assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    const [metainfo] = await Promise.all([
      readTorrent(pipe),
      Deno.writeFile(pipe, await Deno.readFile(torrent)),
    ]);
    assert.equal(metainfo.name, "data.bin");
  },
});
