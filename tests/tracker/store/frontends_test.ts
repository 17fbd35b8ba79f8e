// A whole tracker with a store: what it serves while the store is there, and while it isn't.

import assert from "node:assert/strict";
import { decode, decodeAnnounceResponse, decodeScrapeResponse } from "../../../protocol/mod.ts";
import { createTracker } from "../../../tracker/mod.ts";
import { noRedis, RedisServer } from "../../support/redis_server.ts";
import { HASH, LEAST } from "../http.ts";

async function get(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return await response.bytes();
}

Deno.test({
  name:
    "a tracker with a store over HTTP: compact, dictionary, scrape, metrics, health; failures when it is gone" +
    (noRedis === undefined ? "" : ` (skipped: ${noRedis})`),
  ignore: noRedis !== undefined,
  async fn() {
    await using server = await RedisServer.start();
    const logged: string[] = [];
    const tracker = createTracker({
      ...{ port: 0, host: "127.0.0.1", store: server.url, adminAssets: "/does/not/exist" },
      log: (line) => logged.push(line),
    });
    try {
      const { port } = await tracker.start();
      const base = `http://127.0.0.1:${port}`;
      await get(`${base}/announce?${LEAST}&left=0&event=completed`);
      const second = LEAST.replace("6881", "6882");
      assert.deepEqual(decodeAnnounceResponse(await get(`${base}/announce?${second}&left=9`)).peers, [
        { ip: "127.0.0.1", port: 6881 },
      ]);
      const [named] = decodeAnnounceResponse(await get(`${base}/announce?${second}&left=9&compact=0`)).peers;
      assert.equal(new TextDecoder().decode(named?.peerId), "-SE0100-abcdefghijkl");
      const scrape = decodeScrapeResponse(await get(`${base}/scrape?info_hash=${HASH}`));
      assert.deepEqual([...scrape.values()], [{ complete: 1, downloaded: 1, incomplete: 1 }]);
      const metrics = new TextDecoder().decode(await get(`${base}/metrics`));
      assert.match(metrics, /^seedling_tracker_store_up 1$/m);
      assert.match(metrics, /announces_total\{protocol="http",event="completed"\} 1/);
      assert.equal(JSON.parse(new TextDecoder().decode(await get(`${base}/health`))).status, "ok");

      await server.stop();
      for (const path of [`/announce?${second}&left=9`, `/scrape?info_hash=${HASH}`]) {
        const answer = decode(await get(base + path));
        assert.ok(answer instanceof Map);
        assert.equal(
          new TextDecoder().decode(answer.get("failure reason") as Uint8Array),
          "Tracker cannot reach its store",
        );
        assert.equal(answer.get("retry in"), 2);
      }
      const health = await fetch(`${base}/health`);
      assert.equal(health.status, 503);
      assert.equal((await health.json()).status, "store unavailable");
      const after = new TextDecoder().decode(await get(`${base}/metrics`));
      assert.match(after, /^seedling_tracker_store_up 0$/m);
      assert.match(after, /rejections_total\{protocol="http",reason="store_unavailable"\} 2/);
      // The connection that was lost, and the next one that was refused: each once.
      const told = logged.filter((line) => line.startsWith("Cannot use the store"));
      assert.ok(told.length >= 1 && told.length <= 2, logged.join("\n"));
    } finally {
      await tracker.close();
    }
  },
});

Deno.test("a store must be named by a URL of its kind, and a wrong one isn't repeated: a password may be in it", () => {
  for (
    const store of [
      "localhost:6379",
      "http://localhost",
      "redis:///0",
      "redis://h/db",
      "redis://u:secret@h/1?x",
    ]
  ) {
    assert.throws(() => createTracker({ store }), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, /^Cannot use the store: must be redis:\/\//);
      return !error.message.includes("secret");
    });
  }
});
