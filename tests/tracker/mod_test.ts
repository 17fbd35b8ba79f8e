import assert from "node:assert/strict";
import {
  decodeAnnounceResponse,
  decodeScrapeResponse,
  encodeMetainfo,
  parseMetainfo,
} from "../../protocol/mod.ts";
import type { Overview, SwarmsAnswer } from "../../tracker/admin_api.ts";
import { createTracker, TrackerStartError } from "../../tracker/mod.ts";
import { freePort } from "../support/free_port.ts";
import { HurriedTimers } from "../support/hurried_timers.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { HASH, LEAST } from "./http.ts";

const HOST = "127.0.0.1";

async function get(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  return await response.bytes();
}

Deno.test("a tracker on a real socket: announce, scrape, state, page", async () => {
  const tracker = createTracker({
    port: 0,
    host: HOST,
    adminAssets: "/does/not/exist",
    adminPublicStats: true,
  });
  try {
    const { hostname, port } = await tracker.start();
    assert.equal(hostname, HOST);
    const base = `http://${HOST}:${port}`;
    await get(`${base}/announce?${LEAST}&left=0&event=completed`);
    const second = decodeAnnounceResponse(
      await get(`${base}/announce?${LEAST.replace("6881", "6882")}&left=9`),
    );
    assert.deepEqual(second.peers, [{ ip: HOST, port: 6881 }]);
    assert.equal(second.externalIp, HOST);
    const scrape = decodeScrapeResponse(await get(`${base}/scrape?info_hash=${HASH}`));
    assert.deepEqual([...scrape.values()], [{ complete: 1, downloaded: 1, incomplete: 1 }]);
    const overview: Overview = await (await fetch(`${base}/api/overview`)).json();
    assert.equal(overview.announces.http, 2);
    assert.ok(Math.abs(overview.now - Date.now()) < 60_000);
    const page = await fetch(`${base}/`);
    assert.match(await page.text(), /admin:build/);
    assert.equal(tracker.stats().swarms, 1);
  } finally {
    await tracker.close();
  }
});

Deno.test("a tracker without a host serves IPv4 and IPv6, and knows an IPv4 client as one", async () => {
  const tracker = createTracker({ port: 0 });
  try {
    const { hostname, port } = await tracker.start();
    const answer = decodeAnnounceResponse(await get(`http://127.0.0.1:${port}/announce?${LEAST}`));
    assert.equal(answer.externalIp, "127.0.0.1");
    // A machine without IPv6 has only the first half.
    if (hostname !== "::") return;
    const other = decodeAnnounceResponse(await get(`http://[::1]:${port}/announce?${LEAST}`));
    assert.equal(other.externalIp, "::1");
    assert.deepEqual(other.peers, [{ ip: "127.0.0.1", port: 6881 }]);
  } finally {
    await tracker.close();
  }
});

Deno.test("close() ends at once with connections open, may be called again, and frees the port", async () => {
  const tracker = createTracker({ port: 0, host: HOST });
  const { port } = await tracker.start();
  using idle = await Deno.connect({ hostname: HOST, port });
  using half = await Deno.connect({ hostname: HOST, port });
  await half.write(new TextEncoder().encode("GET /announce?info"));
  await Promise.all([tracker.close(), tracker.close()]);
  assert.equal(await idle.read(new Uint8Array(1)), null);
  const next = createTracker({ port, host: HOST });
  await next.start();
  await next.close();
});

Deno.test("close() gives up who is slow within five seconds", async () => {
  await using dir = await makeTempDir();
  const data = dir.join("t.sqlite");
  const tracker = createTracker({ port: 0, host: HOST, data, adminToken: "0123456789abcdef" });
  const { port } = await tracker.start();
  const say = async (text: string) => {
    const conn = await Deno.connect({ hostname: HOST, port });
    await conn.write(new TextEncoder().encode(text));
    return conn;
  };
  const upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
  // A WebSocket that answers nothing, and a body that never ends.
  using silent = await say(`GET / HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
  using half = await say(
    "POST /api/lists/deny HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 0123456789abcdef\r\n" +
      "Content-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\nx",
  );
  for (const conn of [silent, half]) assert.ok(await conn.read(new Uint8Array(1000)));
  using timers = new HurriedTimers();
  await tracker.close();
  assert.ok(timers.passedMs >= 1_000, "they were waited for");
  assert.ok(timers.passedMs <= 5_000, `it takes ${timers.passedMs} ms`);
  assert.ok((await Deno.stat(`${data}.swarms`)).size > 0);
});

Deno.test("a tracker that was closed before its start stays closed", async () => {
  const tracker = createTracker({ port: 0, host: HOST });
  await tracker.close();
  await assert.rejects(tracker.start(), /Cannot start the tracker/);
});

Deno.test("a tracker starts once", async () => {
  const tracker = createTracker({ port: 0, host: HOST });
  await tracker.start();
  await assert.rejects(tracker.start(), /Cannot start the tracker: it was started before/);
  await tracker.close();
});

Deno.test("start() names a port in use", async () => {
  const first = createTracker({ port: 0, host: HOST });
  const { port } = await first.start();
  const second = createTracker({ port, host: HOST });
  try {
    await assert.rejects(second.start(), (error) => {
      assert.ok(error instanceof TrackerStartError);
      assert.equal(error.kind, "port-in-use");
      assert.match(error.message, new RegExp(`^Cannot listen on port ${port}: it is in use\\. .*--port$`));
      return true;
    });
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
});

Deno.test("start() names the admin page's port in use, and its flag, also where it is the tracker's own", async () => {
  const first = createTracker({ port: 0, host: HOST });
  const { port } = await first.start();
  const own = freePort();
  const rows = [[0, port], [own, own]] as const;
  try {
    for (const [trackerPort, adminPort] of rows) {
      for (const gate of [{}, { requestTimeoutSeconds: 30 }]) {
        const second = createTracker({ port: trackerPort, host: HOST, adminPort, ...gate });
        await assert.rejects(second.start(), {
          kind: "port-in-use",
          message: `Cannot listen on port ${adminPort}: it is in use. Choose another with --admin-port`,
        });
        await second.close();
      }
    }
  } finally {
    await first.close();
  }
});

Deno.test("start() names an address that this machine doesn't have", async () => {
  const tracker = createTracker({ port: 0, host: "192.0.2.1" });
  await assert.rejects(tracker.start(), (error) => {
    assert.ok(error instanceof TrackerStartError);
    assert.equal(error.kind, "address");
    return true;
  });
  await tracker.close();
});

Deno.test("start() names a folder of torrents that isn't there", async () => {
  const tracker = createTracker({ port: 0, host: HOST, torrents: "/does/not/exist" });
  await assert.rejects(tracker.start(), {
    name: "TrackerStartError",
    kind: "folder",
    message: /\/does\/not\/exist/,
  });
  await tracker.close();
});

Deno.test("createTracker() refuses options out of their limits", () => {
  assert.throws(() => createTracker({ intervalSeconds: -1 }), RangeError);
  assert.throws(() => createTracker({ adminToken: "short" }), RangeError);
});

Deno.test(".torrent files give swarms their names; files that aren't torrents are named once and left out", async () => {
  await using dir = await makeTempDir();
  const torrent = encodeMetainfo({
    name: "Good.iso",
    pieceLength: 16384,
    pieces: new Uint8Array(20),
    length: 5000,
  });
  await Deno.writeFile(dir.join("good.torrent"), torrent);
  await Deno.writeTextFile(dir.join("bad.torrent"), "not bencode");
  await Deno.writeTextFile(dir.join("readme.txt"), "no torrent at all");
  const { infoHash } = await parseMetainfo(torrent);
  const logged: string[] = [];
  const tracker = createTracker({
    port: 0,
    host: HOST,
    torrents: dir.path,
    log: (line) => logged.push(line),
  });
  try {
    const { admin, port } = await tracker.start();
    const hash = infoHash.hex.replace(/../g, "%$&");
    await get(`http://${HOST}:${port}/announce?${LEAST.replace(HASH, hash)}`);
    const headers = { authorization: `Bearer ${admin?.token}` };
    const answer = await fetch(`http://${HOST}:${port}/api/swarms`, { headers });
    const { rows }: SwarmsAnswer = await answer.json();
    assert.deepEqual(rows.map(({ name, totalBytes }) => [name, totalBytes]), [[
      "Good.iso",
      5000,
    ]]);
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? "", /^Cannot use .*bad\.torrent: /);
  } finally {
    await tracker.close();
  }
});
