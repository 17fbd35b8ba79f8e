import assert from "node:assert/strict";
import { ExitCode } from "../../../peer/cli/exit_code.ts";
import { verify } from "../../../peer/cli/verify.ts";
import { createTorrent } from "../../../peer/create_torrent.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("verify() says what to name instead of a file where a folder is wanted, and the other way round", async () => {
  await using dir = await makeTempDir();
  const album = dir.join("album");
  const song = dir.join("album", "one.flac");
  await Deno.mkdir(album);
  await Deno.writeTextFile(song, "la");
  await Deno.writeFile(dir.join("album.torrent"), await createTorrent({ path: album }));
  await Deno.writeFile(dir.join("song.torrent"), await createTorrent({ path: song }));
  await assert.rejects(verify(dir.join("album.torrent"), song, {}), {
    code: ExitCode.input,
    message: `Cannot verify ${song}: must be the folder of the torrent's files: got a file: ` +
      'name the folder, "album" if it has kept its name',
  });
  await assert.rejects(verify(dir.join("song.torrent"), album, {}), {
    code: ExitCode.input,
    message: `Cannot verify ${album}: must be the torrent's only file: got a folder: ` +
      'name the file, "one.flac" if it has kept its name',
  });
});
