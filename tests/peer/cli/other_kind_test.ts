import assert from "node:assert/strict";
import { ExitCode } from "../../../peer/cli/exit_code.ts";
import { seed } from "../../../peer/cli/seed.ts";
import { verify } from "../../../peer/cli/verify.ts";
import { createTorrent } from "../../../peer/create_torrent.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const COMMANDS = {
  verify: (torrent: string, path: string) => verify(torrent, path, {}),
  seed: (torrent: string, path: string) => seed(torrent, path, { host: "127.0.0.1", noResume: true }),
};

for (const [verb, command] of Object.entries(COMMANDS)) {
  Deno.test(`${verb} says what to name instead of a file where a folder is wanted, and the other way round`, async () => {
    await using dir = await makeTempDir();
    const album = dir.join("album");
    const song = dir.join("album", "one.flac");
    await Deno.mkdir(album);
    await Deno.writeTextFile(song, "la");
    await Deno.writeFile(dir.join("album.torrent"), await createTorrent({ path: album }));
    await Deno.writeFile(dir.join("song.torrent"), await createTorrent({ path: song }));
    await assert.rejects(command(dir.join("album.torrent"), song), {
      code: ExitCode.input,
      message: `Cannot ${verb} ${song}: must be the folder of the torrent's files: got a file: ` +
        'name the folder, "album" if it has kept its name',
    });
    await assert.rejects(command(dir.join("song.torrent"), album), {
      code: ExitCode.input,
      message: `Cannot ${verb} ${album}: must be the torrent's only file: got a folder: ` +
        'name the file, "one.flac" if it has kept its name',
    });
  });
}
