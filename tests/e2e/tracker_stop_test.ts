// SIGTERM: what is under way is answered, what is to be kept is kept, and nobody who is slow holds the end up.

import assert from "node:assert/strict";
import {
  decodeAnnounceResponse,
  decodeUdpConnect,
  encodeMetainfo,
  encodeUdpConnect,
  parseMetainfo,
} from "../../protocol/mod.ts";
import { ADMIN, patiently, TrackerProcess } from "../support/programs.ts";
import { writeAll } from "../support/socket_pair.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

const HOST = "127.0.0.1";
/** A .torrent of so many pieces has 8 MB: more than the buffers between two programs hold. */
const PIECES = 400_000;
const ANNOUNCE = `GET /announce?info_hash=${"%aa".repeat(20)}&peer_id=${
  "b".repeat(20)
}&port=1 HTTP/1.1\r\nHost: x\r\n`;
const POST = `POST /api/lists/allow HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${ADMIN.authorization}\r\n`;
const HASHES = `${"11".repeat(20)}\n${"22".repeat(20)}\n`;

async function startTracker(dir: TempDir): Promise<TrackerProcess> {
  const flags = [`--allow-read=admin/dist,torrents,${dir.path}`, `--allow-write=${dir.path}`];
  return await TrackerProcess.start(0, ["--data", dir.join("t.sqlite"), "--host", HOST], flags);
}

/** A connection that has said something. */
async function say(tracker: TrackerProcess, text: string): Promise<Deno.Conn> {
  const conn = await Deno.connect({ hostname: HOST, port: tracker.port });
  await conn.write(new TextEncoder().encode(text));
  return conn;
}

/** All that comes until the connection ends. */
async function readAll(conn: Deno.Conn): Promise<Uint8Array> {
  return await new Response(conn.readable).bytes();
}

function bodyOf(answer: Uint8Array): Uint8Array {
  return answer.subarray(new TextDecoder("latin1").decode(answer).indexOf("\r\n\r\n") + 4);
}

/** Registers a large torrent, and returns where it is to be had and how large it is. */
async function registerLarge(tracker: TrackerProcess): Promise<{ path: string; length: number }> {
  const metainfo = encodeMetainfo({
    name: "large",
    pieceLength: 16384,
    pieces: new Uint8Array(20 * PIECES),
    length: 16384 * PIECES,
  });
  const init = { method: "POST", headers: ADMIN, body: metainfo as Uint8Array<ArrayBuffer> };
  const response = await fetch(`http://${HOST}:${tracker.port}/api/torrents`, init);
  assert.equal(response.status, 201, await response.clone().text());
  await response.body?.cancel();
  const { infoHash } = await parseMetainfo(metainfo);
  return { path: `/torrents/${infoHash.hex}.torrent`, length: metainfo.length };
}

Deno.test({
  name: "a tracker that is told to end answers what is under way, and keeps what it has acknowledged",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    let infoHashes: string[] = [];
    {
      await using tracker = await startTracker(dir);
      const { length, path } = await registerLarge(tracker);
      const conns: Deno.Conn[] = [];
      const open = async (text: string) => {
        const conn = await say(tracker, text);
        conns.push(conn);
        return conn;
      };
      const kept = await open(`${ANNOUNCE}\r\n`);
      assert.ok((await kept.read(new Uint8Array(4096)) ?? 0) > 0);
      const large = await open(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const begun = new Uint8Array(15);
      await large.read(begun);
      assert.equal(new TextDecoder().decode(begun), "HTTP/1.1 200 OK");
      const body = await open(
        `${POST}Content-Length: ${HASHES.length}\r\n\r\n${HASHES.slice(0, 50)}`,
      );
      const socket = new WebSocket(`ws://${HOST}:${tracker.port}/`);
      await new Promise((resolve) => socket.onopen = resolve);
      const socketEnded = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
      const udp = Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
      try {
        // While it stands still these come, all whole, and then the signal.
        tracker.process.signal("SIGSTOP");
        const unread = await open(`${ANNOUNCE}\r\n`);
        await writeAll(kept, new TextEncoder().encode(`${ANNOUNCE}\r\n`));
        const half = await open(ANNOUNCE);
        const to: Deno.NetAddr = { transport: "udp", hostname: HOST, port: tracker.port };
        for (let n = 0; n < 3; n++) await udp.send(encodeUdpConnect(n), to);
        tracker.process.signal("SIGTERM");
        tracker.process.signal("SIGCONT");

        // It ends: the rest of the body is on its way.
        assert.equal((await socketEnded).code, 1001);
        await writeAll(body, new TextEncoder().encode(HASHES.slice(50)));
        assert.match(new TextDecoder().decode(await readAll(body)), /^HTTP\/1\.1 200 OK\r\n/);
        for (const conn of [kept, unread]) {
          const { interval } = decodeAnnounceResponse(bodyOf(await readAll(conn)));
          assert.equal(interval, 1800);
        }
        assert.equal((await readAll(half)).length, 0);
        assert.equal(bodyOf(Uint8Array.from([...begun, ...await readAll(large)])).length, length);
        for (let n = 0; n < 3; n++) assert.ok(decodeUdpConnect((await udp.receive())[0]).length === 8);
        assert.equal(await patiently(tracker.process.exited, "the tracker's end"), 0);
        assert.equal(tracker.process.complaints, "");
      } finally {
        udp.close();
        for (const conn of conns) {
          try {
            conn.close();
          } catch {
            // It was read to its end.
          }
        }
      }
      infoHashes = HASHES.trim().split("\n");
    }
    await using again = await startTracker(dir);
    const lists = await (await fetch(`http://${HOST}:${again.port}/api/lists/allow`, { headers: ADMIN }))
      .json();
    assert.deepEqual(lists.entries, infoHashes);
    const scrape = async () =>
      await (await fetch(`http://${HOST}:${again.port}/scrape?info_hash=${"%aa".repeat(20)}`)).text();
    while (!(await scrape()).includes("10:incompletei1e")) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
});

// That five seconds are enough for it, tests/tracker/mod_test.ts sees by the timers.
Deno.test({
  name: "a tracker that is told to end waits for nobody who is slow, and writes its snapshot",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await makeTempDir();
    await using tracker = await startTracker(dir);
    const { path } = await registerLarge(tracker);
    const upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    const slow = [
      await say(tracker, `${ANNOUNCE}\r\n`),
      // Begins and doesn't go on: a request, a body, the reading of an answer, the answer to the end of a WebSocket.
      await say(tracker, ANNOUNCE),
      await say(tracker, `${POST}Content-Length: 99\r\n\r\nx`),
      await say(tracker, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`),
      await say(tracker, `GET / HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`),
    ];
    try {
      for (const conn of [slow[0], slow[3], slow[4]]) await conn?.read(new Uint8Array(100));
      tracker.process.signal("SIGTERM");
      assert.equal(await patiently(tracker.process.exited, "the tracker's end"), 0);
      assert.ok((await Deno.stat(dir.join("t.sqlite.swarms"))).size > 0);
    } finally {
      for (const conn of slow) conn.close();
    }
  },
});
