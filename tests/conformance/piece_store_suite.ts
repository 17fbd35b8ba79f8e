// What every PieceStore promises (engine/ports.ts), as tests that run against each implementation.

import assert from "node:assert/strict";
import type { Metainfo } from "../../protocol/metainfo.ts";
import { BLOCK_LENGTH, LONG_BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import type { PieceStore } from "../../peer/engine/ports.ts";
import type { Disk } from "../../peer/storage/disk.ts";
import type { SpanSource } from "../../peer/storage/read_cache.ts";
import { type MadeTorrent, type MadeTorrentOptions, makeTorrent } from "../support/make_torrent.ts";
import { pieceMessages } from "../support/piece_messages.ts";
import { sharedBytes } from "../support/shared_bytes.ts";

/** A store that is ready for pieces, and how to get rid of it. */
export interface OpenStore extends AsyncDisposable {
  store: PieceStore & SpanSource & Pick<Disk, "readSpan">;
}

const LAYOUTS: { name: string; options: MadeTorrentOptions }[] = [
  { name: "one file", options: { files: 100_000, pieceLength: 16_384 } },
  { name: "one piece shorter than a block", options: { files: 5, pieceLength: 16_384 } },
  { name: "pieces that fill the torrent exactly", options: { files: 65_536, pieceLength: 16_384 } },
  { name: "a piece length that is no power of two", options: { files: 10_007, pieceLength: 1_000 } },
  { name: "files without bytes at both ends", options: { files: [0, 40_000, 0, 1, 0], pieceLength: 16_384 } },
  { name: "pieces across many small files", options: { files: Array(200).fill(99), pieceLength: 16_384 } },
  {
    name: "padding files",
    options: {
      files: [
        { path: ["a"], length: 10_000 },
        { path: [".pad", "6384"], length: 6_384, isPadding: true },
        { path: ["b", "c"], length: 20_000 },
      ],
      pieceLength: 16_384,
    },
  },
];

/** Registers the tests. `open` makes an empty store for a torrent. */
export function pieceStoreSuite(name: string, open: (metainfo: Metainfo) => Promise<OpenStore>): void {
  for (const layout of LAYOUTS) {
    Deno.test(`${name} gives back every piece it stored: ${layout.name}`, async () => {
      const torrent = await makeTorrent(layout.options);
      await using opened = await open(torrent.metainfo);
      await storeAll(torrent, opened.store);
      const { layout: pieces } = torrent.metainfo;
      for (let i = 0; i < pieces.pieceCount; i++) {
        const read = sharedBytes(pieces.pieceLengthAt(i));
        await opened.store.readSpan(i, 0, read);
        assert.deepEqual(read, torrent.piece(i));
        for (const blockLength of [BLOCK_LENGTH, LONG_BLOCK_LENGTH]) {
          const messages = pieceMessages(i, 0, torrent.piece(i), blockLength);
          const inMessages = sharedBytes(messages.length);
          await opened.store.readMessages(i, 0, inMessages, blockLength);
          assert.deepEqual(inMessages, messages);
        }
      }
    });
  }

  Deno.test(`${name} refuses a piece with a wrong hash and leaves the buffer as it was`, async () => {
    const torrent = await makeTorrent();
    await using opened = await open(torrent.metainfo);
    const bad = torrent.piece(1);
    bad[7] = (bad[7] as number) ^ 1;
    const expected = bad.slice();
    assert.equal(await opened.store.finish(1, bad), "bad-hash");
    assert.deepEqual(bad, expected);
    assert.equal(await opened.store.finish(1, torrent.piece(1)), "stored");
  });

  Deno.test(`${name} refuses one piece in another's place`, async () => {
    const torrent = await makeTorrent();
    await using opened = await open(torrent.metainfo);
    assert.equal(await opened.store.finish(0, torrent.piece(1)), "bad-hash");
  });

  Deno.test(`${name} stores a short last piece that lies in a longer buffer, and leaves it as it was`, async () => {
    const torrent = await makeTorrent({ files: 40_000 });
    await using opened = await open(torrent.metainfo);
    // As the pool hands it out.
    const buffer = sharedBytes(32_768).subarray(0, 40_000 - 32_768);
    buffer.set(torrent.piece(1));
    assert.equal(await opened.store.finish(1, buffer), "stored");
    assert.deepEqual(buffer, torrent.piece(1));
  });

  Deno.test(`${name} takes many pieces at once, in any order`, async () => {
    const torrent = await makeTorrent({ files: [100_000, 1, 250_000], pieceLength: 16_384 });
    await using opened = await open(torrent.metainfo);
    const count = torrent.metainfo.layout.pieceCount;
    const order = Array.from({ length: count }, (_, i) => (i * 7 + 3) % count);
    assert.equal(new Set(order).size, count);
    const verdicts = await Promise.all(order.map((i) => opened.store.finish(i, torrent.piece(i))));
    assert.deepEqual(verdicts, order.map(() => "stored"));
    for (const i of order) {
      const read = sharedBytes(torrent.metainfo.layout.pieceLengthAt(i));
      await opened.store.readSpan(i, 0, read);
      assert.deepEqual(read, torrent.piece(i));
    }
  });

  Deno.test(`${name} takes a piece a second time`, async () => {
    const torrent = await makeTorrent();
    await using opened = await open(torrent.metainfo);
    assert.equal(await opened.store.finish(0, torrent.piece(0)), "stored");
    assert.equal(await opened.store.finish(0, torrent.piece(0)), "stored");
  });

  Deno.test(`${name} reads from the middle of a piece into a view of a larger buffer`, async () => {
    const torrent = await makeTorrent({ files: [30_000, 30_000, 30_000] });
    await using opened = await open(torrent.metainfo);
    await storeAll(torrent, opened.store);
    const memory = sharedBytes(20_000);
    await opened.store.readSpan(1, 1_234, memory.subarray(0, 12_345));
    assert.deepEqual(memory.subarray(0, 12_345), torrent.piece(1).subarray(1_234, 1_234 + 12_345));
    assert.ok(memory.subarray(12_345).every((byte) => byte === 0));
  });

  Deno.test(`${name} reads messages from the middle of a piece into a view of a larger buffer`, async () => {
    const torrent = await makeTorrent({ files: [30_000, 30_000, 30_000], pieceLength: 65_536 });
    await using opened = await open(torrent.metainfo);
    await storeAll(torrent, opened.store);
    const expected = pieceMessages(0, 1_234, torrent.piece(0).subarray(1_234, 1_234 + 45_678));
    const memory = sharedBytes(60_000);
    await opened.store.readMessages(0, 1_234, memory.subarray(0, expected.length), BLOCK_LENGTH);
    assert.deepEqual(memory.slice(0, expected.length), expected);
    assert.ok(memory.subarray(expected.length).every((byte) => byte === 0));
  });
}

async function storeAll(torrent: MadeTorrent, store: PieceStore): Promise<void> {
  for (let i = 0; i < torrent.metainfo.layout.pieceCount; i++) {
    assert.equal(await store.finish(i, torrent.piece(i)), "stored");
  }
}
