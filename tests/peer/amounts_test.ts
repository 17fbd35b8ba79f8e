import assert from "node:assert/strict";
import { Client } from "../../peer/mod.ts";
import { checkAmounts, timerMs } from "../../peer/amounts.ts";
import { scrapeTracker } from "../../peer/scrape_tracker.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir } from "../support/temp_dir.ts";

Deno.test("checkAmounts takes whole numbers, no limit and the default", () => {
  checkAmounts({ none: 0, some: 80, all: Infinity, usual: undefined });
  checkAmounts({ one: 1, all: Infinity, usual: undefined }, { least: 1 });
  const message = "Cannot use some: it must be a whole number, 1 or more: got 0";
  assert.throws(() => checkAmounts({ some: 0 }, { least: 1 }), { name: "RangeError", message });
});

Deno.test("timerMs takes times, of which those that are too long for a timer are its longest", () => {
  assert.deepEqual([0, 0.5, 15_000].map((ms) => timerMs("limit", ms)), [0, 0.5, 15_000]);
  for (const long of [2 ** 31, 2 ** 40, Infinity]) assert.equal(timerMs("limit", long), 2 ** 31 - 1);
  for (const wrong of [NaN, -1, -Infinity, "15"]) {
    const message = `Cannot use limit: it must be a time in milliseconds, 0 or more: got ${wrong}`;
    assert.throws(() => timerMs("limit", wrong as number), { name: "RangeError", message });
  }
});

Deno.test("scrapeTracker() refuses a time limit that there is not", async () => {
  await assert.rejects(scrapeTracker("http://127.0.0.1:9/announce", [], { timeoutMs: NaN }), {
    name: "RangeError",
    message: "Cannot use timeoutMs: it must be a time in milliseconds, 0 or more: got NaN",
  });
});

Deno.test("Client and Client.add() refuse an amount that can't be, also before they look for a magnet link's torrent", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent();
  const client = new Client({ hostname: "127.0.0.1" });
  const magnet = `magnet:?xt=urn:btih:${metainfo.infoHash.hex}`;
  for (const wrong of [NaN, -1, 0.5, -Infinity, "80"]) {
    const refusalOf = (name: string, least = 0) => ({
      name: "RangeError",
      message: `Cannot use ${name}: it must be a whole number, ${least} or more: got ${wrong}`,
    });
    const maxConnections = wrong as number;
    assert.throws(
      () => new Client({ hostname: "127.0.0.1", maxConnections }),
      refusalOf("maxConnections"),
    );
    for (const name of ["maxPeers", "uploadSlots", "bufferBytes", "cacheBytes"]) {
      const refusal = refusalOf(name, name.endsWith("Bytes") ? 1 : 0);
      for (const torrent of [metainfo, magnet]) {
        const added = client.add(torrent, { path: temp.join("out"), [name]: wrong });
        await assert.rejects(added, refusal);
      }
    }
  }
  for (const name of ["bufferBytes", "cacheBytes"]) {
    const message = `Cannot use ${name}: it must be a whole number, 1 or more: got 0`;
    await assert.rejects(client.add(metainfo, { path: temp.join("out"), [name]: 0 }), { message });
  }
  assert.deepEqual(client.torrents, []);
  await client.close();
});
