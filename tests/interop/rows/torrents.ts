// What one program writes into a .torrent, another reads out of it: the same info hash, name, sizes and files.

import assert from "node:assert/strict";
import type { Content } from "../../support/drivers/content.ts";
import { row } from "../support/harness.ts";
import { makeOriginal, makeTorrent, type Original } from "../support/transfer.ts";
import type {
  TorrentFacts,
  TorrentMaker,
  TorrentReader,
} from "../../support/drivers/torrents/torrent_program.ts";

const ANNOUNCE = "http://127.0.0.1:6969/announce";

/** Registers a row: `maker` makes a torrent, `reader` and `witness` say the same of it, and that is the truth. */
export function torrentRow(
  name: string,
  { maker, reader, witness, content }: {
    maker: TorrentMaker;
    reader: TorrentReader;
    witness: TorrentReader;
    content: Content;
  },
): Promise<void> {
  return row(`${name}: ${content.shape}`, [maker, reader, witness], async (stage) => {
    const original = await makeOriginal(stage, content);
    const torrent = await makeTorrent(stage, original, maker, ANNOUNCE);
    const facts = sorted(await reader.read(stage, torrent));
    const { infoHash } = await witness.read(stage, torrent);
    const truth = sorted({ ...describe(original), infoHash });
    // A reader is held to what it tells; each of them tells the info hash, the name and the files.
    const asked = Object.fromEntries(
      Object.keys(facts).map((key) => [key, truth[key as keyof TorrentFacts]]),
    );
    if (facts.files.every((file) => file.length === undefined)) {
      asked["files"] = truth.files.map(({ path }) => ({ path }));
    }
    assert.deepEqual(facts, asked);
  });
}

function describe({ content }: Original): Omit<TorrentFacts, "infoHash"> {
  const { name, totalLength, pieceLength, files, isSingleFile } = content;
  return {
    name,
    totalLength,
    pieceLength,
    pieceCount: Math.ceil(totalLength / pieceLength),
    files: files.map(({ path, length }) => ({ path: isSingleFile ? name : `${name}/${path}`, length })),
    trackers: [ANNOUNCE],
  };
}

// Each program has an order of its own for the files of a folder.
function sorted(facts: TorrentFacts): TorrentFacts {
  return { ...facts, files: facts.files.toSorted((a, b) => a.path < b.path ? -1 : 1) };
}
