import assert from "node:assert/strict";
import { FileMap, resolveFiles } from "../../../peer/storage/file_map.ts";
import { OpenFiles } from "../../../peer/storage/open_files.ts";
import { Parts } from "../../../peer/storage/parts.ts";
import { TorrentFiles } from "../../../peer/storage/torrent_files.ts";
import { WriteWatch } from "../../../peer/storage/write_watch.ts";
import { makeTorrent } from "../../support/make_torrent.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("PartFile of each disk thread is the one that is there, whichever it still has open", async () => {
  for (const [before, after] of [[1, 2], [2, 1]] as const) {
    await using dir = await makeTempDir();
    const { metainfo, piece } = await makeTorrent({ files: [40_000, 40_000, 40_000], pieceLength: 32_768 });
    const files = resolveFiles(metainfo, dir.join("out"));
    const parts = new Parts(dir.join("out"), new FileMap(files), metainfo);
    parts.put(1);
    const description = {
      files,
      root: dir.join("out"),
      pieceLength: 32_768,
      pieces: metainfo.pieces,
      unmade: new Uint8Array(new SharedArrayBuffer(3)),
      writes: new WriteWatch(4).memory,
      parts,
    };
    const open = [new OpenFiles(), new OpenFiles()];
    const [one, other] = open.map((each) => new TorrentFiles(description, each)) as [
      TorrentFiles,
      TorrentFiles,
    ];
    const read = (thread: TorrentFiles, index: number) => {
      const bytes = new Uint8Array(32_768);
      thread.read(index, 0, bytes);
      assert.deepEqual(bytes, piece(index));
    };
    one.create([0, 2]);
    assert.equal(one.finish(before, piece(before)), "stored");
    read(other, before);
    await Deno.remove(parts.path);
    assert.equal(one.finish(after, piece(after)), "stored");
    try {
      read(other, after);
    } finally {
      for (const each of open) each.close();
    }
  }
});
