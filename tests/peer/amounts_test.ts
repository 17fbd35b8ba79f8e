import assert from "node:assert/strict";
import { Client } from "../../peer/mod.ts";
import { checkAmounts } from "../../peer/amounts.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("checkAmounts takes whole numbers, no limit and the default", () => {
  checkAmounts({ none: 0, some: 80, all: Infinity, usual: undefined });
});

Deno.test("Client and Client.add() refuse an amount that can't be, also before they look for a magnet link's torrent", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent();
  const client = new Client({ hostname: "127.0.0.1" });
  const magnet = `magnet:?xt=urn:btih:${metainfo.infoHash.hex}`;
  for (const wrong of [NaN, -1, 0.5, -Infinity, "80"]) {
    const refusalOf = (name: string) => ({
      name: "RangeError",
      message: `Cannot use ${name}: it must be a whole number, 0 or more: got ${wrong}`,
    });
    const maxConnections = wrong as number;
    assert.throws(
      () => new Client({ hostname: "127.0.0.1", maxConnections }),
      refusalOf("maxConnections"),
    );
    for (const name of ["maxPeers", "uploadSlots", "bufferBytes", "cacheBytes"]) {
      for (const torrent of [metainfo, magnet]) {
        const added = client.add(torrent, { path: temp.join("out"), [name]: wrong });
        await assert.rejects(added, refusalOf(name));
      }
    }
  }
  assert.deepEqual(client.torrents, []);
  await client.close();
});
