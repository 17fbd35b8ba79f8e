import assert from "node:assert/strict";
import { encodeMetainfo, parseMetainfo, toHex } from "../../protocol/mod.ts";
import { fromBinary } from "../../protocol/bytes.ts";
import { DataFile, type RegisteredTorrent } from "../../tracker/data_file.ts";
import { Slices } from "../../tracker/sliced_order.ts";
import { TorrentRegistry } from "../../tracker/torrent_registry.ts";
import { id } from "./announcing.ts";

const METAINFO = encodeMetainfo({
  ...{ name: "New.iso", pieceLength: 16384, pieces: new Uint8Array(20), length: 5000 },
});

/** Data that has this many torrents, each added a millisecond after the one before. */
function dataOf(count: number): DataFile {
  const torrent = (n: number): RegisteredTorrent => ({
    ...{ infoHash: id(`torrent ${n}`), name: `Torrent ${n}.iso`, totalBytes: n, files: 1, addedAt: n },
  });
  const data = DataFile.open();
  data.torrents = () => Array.from({ length: count }, (_, n) => torrent(n));
  return data;
}

for (const search of ["", "torrent 4", toHex(fromBinary(id("torrent 4999")))]) {
  Deno.test(`find(${JSON.stringify(search)}) lets everything else have its turn, and finds the newest first`, async () => {
    const data = dataOf(5000);
    const registry = new TorrentRegistry(data, () => {});
    const all = [...registry.all.values()].reverse();
    let now = 0;
    let pauses = 0;
    const slices = new Slices({
      now: () => now += 1, // each look at the clock takes its time
      pause: () => Promise.resolve(void pauses++),
    });
    const found = await registry.find(search, slices);
    const expected = all.filter(({ infoHash, name }) =>
      name.toLowerCase().includes(search) || toHex(fromBinary(infoHash)) === search
    );
    assert.deepEqual(found, expected);
    assert.ok(pauses >= 5, `${pauses} pauses`);
    data.close();
  });
}

Deno.test("find() has a torrent once that is removed and put back while others are looked at", async () => {
  const data = dataOf(1000);
  const all = data.torrents();
  const { infoHash: { binary: infoHash } } = await parseMetainfo(METAINFO);
  data.torrents = () => [{ ...all[0] as RegisteredTorrent, infoHash }, ...all];
  const registry = new TorrentRegistry(data, () => {});
  let now = 0;
  const pause = async () => {
    if (registry.remove(infoHash)) await registry.restore(METAINFO, 0);
  };
  const found = await registry.find("", new Slices({ now: () => now += 2, pause }));
  assert.equal(found.length, 1001);
  data.close();
});

Deno.test("of many torrents the one that comes, is replaced or goes is told, and no other is looked at", async () => {
  const data = dataOf(1000);
  const told: string[] = [];
  const registry = new TorrentRegistry(data, (infoHash) => told.push(infoHash));
  const { infoHash } = await registry.register(METAINFO, 2000);
  await registry.register(METAINFO, 3000);
  assert.ok(registry.remove(infoHash));
  assert.ok(!registry.remove(infoHash));
  assert.deepEqual(told, [infoHash, infoHash, infoHash]);
  data.close();
});
