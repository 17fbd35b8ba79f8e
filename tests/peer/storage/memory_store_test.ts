import assert from "node:assert/strict";
import { MemoryStore } from "../../../peer/storage/memory_store.ts";
import { pieceStoreSuite } from "../../conformance/piece_store_suite.ts";
import { makeTorrent } from "../../support/make_torrent.ts";

pieceStoreSuite("MemoryStore", (metainfo) =>
  Promise.resolve({
    store: new MemoryStore(metainfo),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));

Deno.test("MemoryStore serves the content it was given", async () => {
  const torrent = await makeTorrent();
  const store = new MemoryStore(torrent.metainfo, torrent.content);
  const read = new Uint8Array(32_768);
  await store.readSpan(0, 0, read);
  assert.deepEqual(read, torrent.piece(0));
});
