import assert from "node:assert/strict";
import { ExitCode } from "../../../peer/cli/exit_code.ts";
import { readTorrent } from "../../../peer/cli/read_torrent.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

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
