// A whole tracker with a store: what it serves while the store is there, and while it isn't.

import assert from "node:assert/strict";
import { Hono } from "hono";
import {
  decode,
  decodeAnnounceResponse,
  decodeScrapeResponse,
  decodeUdpConnect,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  formatIp,
} from "../../../protocol/mod.ts";
import { announceHandler, type AnnounceParts } from "../../../tracker/announce_route.ts";
import type { AppEnv } from "../../../tracker/app.ts";
import { parseClientAddress } from "../../../tracker/client_address.ts";
import { AskerAddresses } from "../../../tracker/forwarded.ts";
import { createTracker } from "../../../tracker/mod.ts";
import { scrapeRoute } from "../../../tracker/scrape_route.ts";
import { SharedSwarms } from "../../../tracker/store/shared_swarms.ts";
import { StoreClock } from "../../../tracker/store/store_clock.ts";
import { StoreError } from "../../../tracker/store/store_link.ts";
import { Subnets } from "../../../tracker/subnets.ts";
import { UdpResponder } from "../../../tracker/udp_responder.ts";
import { noRedis, RedisServer } from "../../support/redis_server.ts";
import { id, newTracker, request } from "../announcing.ts";
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

Deno.test("who is refused is told of with its address, although others have asked before the store has answered", async () => {
  const tracker = newTracker();
  const answers = new SharedSwarms(tracker, {
    link: {
      isUp: false,
      run: () => Promise.reject(new StoreError("it is away", { isOutage: true })),
      tell() {},
    },
    clock: new StoreClock(0),
    random: () => 0,
    secret: new Uint8Array(20),
    log() {},
  });
  const refused: unknown[] = [];
  tracker.stats.tail = {
    onAnnounce() {},
    onRejected: (protocol, _error, from) => refused.push([protocol, from && formatIp(from)]),
  };
  const parts = { tracker, answers, askers: new AskerAddresses(new Subnets()), now: () => 0, log() {} };
  const from = { remoteAddr: { transport: "tcp" as const, hostname: "192.0.2.1", port: 50_000 } };
  const announce = announceHandler(parts as unknown as AnnounceParts);
  const scrape = new Hono<AppEnv>().get("/scrape", scrapeRoute(parts));
  const udp = new UdpResponder(tracker, answers.connectionKey, answers);
  const address = () => parseClientAddress("192.0.2.1") as Uint8Array;
  const ask = (datagram: Uint8Array) => {
    udp.space.set(datagram);
    return udp.answer(datagram.length, address(), 0);
  };
  const connectionId = decodeUdpConnect((await ask(encodeUdpConnect(5)) as Uint8Array).slice());
  const ids = { connectionId, transactionId: 9 };
  for (
    const answered of [
      () => announce(new Request(`http://t.example/announce?${LEAST}`), from),
      () => scrape.request(`http://t.example/scrape?info_hash=${HASH}`, undefined, from),
      () => ask(encodeUdpAnnounce(ids, request({ at: "192.0.2.1:6881" }))),
      () => ask(encodeUdpScrape(ids, [id("a")])),
    ]
  ) {
    const answer = answered();
    parseClientAddress("198.51.100.2");
    await answer;
  }
  assert.deepEqual(refused, ["http", "http", "udp", "udp"].map((protocol) => [protocol, "192.0.2.1"]));
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
