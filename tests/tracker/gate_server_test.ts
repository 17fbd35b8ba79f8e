// The gate before Deno.serve, on real sockets: PROXY heads, certificates that change, requests that never end.

import assert from "node:assert/strict";
import { connect as connectTls } from "node:tls";
import { decodeAnnounceResponse } from "../../protocol/mod.ts";
import { createTracker, type TrackerHandle, type TrackerOptions } from "../../tracker/mod.ts";
import { HurriedTimers } from "../support/hurried_timers.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { SECOND_CERT, SECOND_KEY, TEST_KEY, writeTestCert } from "../support/test_cert.ts";
import { LEAST } from "./http.ts";

const HOST = "127.0.0.1";
const ANNOUNCE = `GET /announce?${LEAST} HTTP/1.1\r\nHost: x\r\n`;
const V1 = "PROXY TCP4 192.0.2.7 203.0.113.1 51000 6969\r\n";
const V2 = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x09\xcb\0\x71\x01\xc7\x38\x1b\x39";

async function withTracker(
  options: TrackerOptions,
  body: (port: number, logged: string[], tracker: TrackerHandle) => Promise<void>,
): Promise<void> {
  const logged: string[] = [];
  const tracker = createTracker({
    port: 0,
    host: HOST,
    udp: false,
    adminAssets: "/does/not/exist",
    log: (line) => logged.push(line),
    ...options,
  });
  try {
    await body((await tracker.start()).port, logged, tracker);
  } finally {
    await tracker.close();
  }
}

/** Says it, byte by byte a char, and returns all that is answered until the connection ends. */
async function exchange(port: number, text: string): Promise<Uint8Array> {
  using conn = await Deno.connect({ hostname: HOST, port });
  await conn.write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  const parts: number[] = [];
  const buffer = new Uint8Array(4096);
  for (;;) {
    const n = await conn.read(buffer).catch(() => null);
    if (n === null) return Uint8Array.from(parts);
    parts.push(...buffer.subarray(0, n));
  }
}

/** The body of the last of the answers. */
function bodyOf(answer: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(answer);
  return answer.subarray(text.lastIndexOf("\r\n\r\n") + 4);
}

for (
  const { head, name, from } of [
    { name: "as text", head: V1, from: "192.0.2.7" },
    { name: "in binary", head: V2, from: "192.0.2.9" },
    { name: "of the proxy itself", head: "PROXY UNKNOWN\r\n", from: HOST },
  ]
) {
  Deno.test(`a PROXY head ${name} says where all requests of a connection come from`, async () => {
    await withTracker({ trustProxy: [HOST], proxyProtocol: true }, async (port) => {
      const answer = await exchange(port, `${head}${ANNOUNCE}\r\n${ANNOUNCE}Connection: close\r\n\r\n`);
      const { complete, externalIp, incomplete } = decodeAnnounceResponse(bodyOf(answer));
      assert.deepEqual({ complete, externalIp, incomplete }, {
        complete: 0,
        externalIp: from,
        incomplete: 1,
      });
    });
  });
}

Deno.test("behind a PROXY head X-Forwarded-For counts if who it names is a trusted proxy as well", async () => {
  const request = `${ANNOUNCE}X-Forwarded-For: 198.51.100.5\r\nConnection: close\r\n\r\n`;
  await withTracker({ trustProxy: [HOST], proxyProtocol: true }, async (port) => {
    assert.equal(decodeAnnounceResponse(bodyOf(await exchange(port, V1 + request))).externalIp, "192.0.2.7");
  });
  await withTracker({ trustProxy: [HOST, "192.0.2.0/24"], proxyProtocol: true }, async (port) => {
    assert.equal(
      decodeAnnounceResponse(bodyOf(await exchange(port, V1 + request))).externalIp,
      "198.51.100.5",
    );
  });
});

Deno.test("reload() takes other proxies, for the PROXY protocol as for headers, unless there would be none", async () => {
  await withTracker({ trustProxy: ["203.0.113.1"], proxyProtocol: true }, async (port, _, tracker) => {
    const last = `${ANNOUNCE}Connection: close\r\n\r\n`;
    assert.equal(decodeAnnounceResponse(bodyOf(await exchange(port, last))).externalIp, HOST);
    tracker.reload({ trustProxy: ["127.0.0.0/8"] });
    assert.equal(decodeAnnounceResponse(bodyOf(await exchange(port, V1 + last))).externalIp, "192.0.2.7");
    assert.throws(() => tracker.reload({ trustProxy: [] }), /trustProxy must name the proxies/);
    assert.throws(() => tracker.reload({ trustProxy: ["x"] }), /Cannot trust the proxy "x"/);
    assert.equal(decodeAnnounceResponse(bodyOf(await exchange(port, V1 + last))).externalIp, "192.0.2.7");
  });
});

Deno.test("a proxy that says nothing of its client is cut off, and the operator told once", async () => {
  await withTracker({ trustProxy: [HOST], proxyProtocol: true }, async (port, logged) => {
    for (let n = 0; n < 2; n++) assert.equal((await exchange(port, `${ANNOUNCE}\r\n`)).length, 0);
    assert.deepEqual(logged, [
      `The proxy ${HOST} doesn't speak the PROXY protocol: Cannot read a PROXY head: there is none`,
    ]);
  });
});

Deno.test("a PROXY head from anybody else is no request, and changes nothing", async () => {
  await withTracker({ trustProxy: ["203.0.113.1"], proxyProtocol: true }, async (port) => {
    const refused = new TextDecoder().decode(await exchange(port, `${V1}${ANNOUNCE}\r\n`));
    assert.match(refused, /^HTTP\/1\.1 400 /);
    const answer = await exchange(port, `${ANNOUNCE}Connection: close\r\n\r\n`);
    assert.equal(decodeAnnounceResponse(bodyOf(answer)).externalIp, HOST);
  });
});

Deno.test("the PROXY protocol wants proxies to be named", () => {
  assert.throws(() => createTracker({ proxyProtocol: true }), /trustProxy must name the proxies/);
});

Deno.test("a WebSocket goes through the gate", async () => {
  await withTracker({ requestTimeoutSeconds: 30 }, async (port) => {
    const socket = new WebSocket(`ws://${HOST}:${port}/`);
    await new Promise((resolve) => socket.onopen = resolve);
    const announce = { action: "announce", info_hash: "a".repeat(20), peer_id: "b".repeat(20), left: 1 };
    socket.send(JSON.stringify({ ...announce, numwant: 0 }));
    const { data } = await new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
    assert.equal(JSON.parse(data).incomplete, 1);
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });
});

Deno.test("with a time limit a request that doesn't end is cut off", async () => {
  await withTracker({ requestTimeoutSeconds: 1 }, async (port) => {
    assert.equal((await exchange(port, ANNOUNCE)).length, 0);
  });
});

/** A connection over TLS: the serial number of the certificate that it is served with, and one announce after the other. */
async function openTls(port: number) {
  const socket = connectTls({ host: HOST, port, rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  return {
    serial: socket.getPeerCertificate().serialNumber,
    async announce(): Promise<string> {
      socket.write(`${ANNOUNCE}\r\n`);
      const data = await new Promise<Uint8Array>((resolve) => socket.once("data", resolve));
      return new TextDecoder("latin1").decode(data);
    },
    async close(): Promise<void> {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.destroy();
      await closed;
    },
  };
}

Deno.test("close() cuts off who never reads its answer", async () => {
  await using dir = await makeTempDir();
  const length = 16_000_000; // more than all buffers on the way hold
  await Deno.writeFile(dir.join("large.txt"), new Uint8Array(length));
  const options = { adminAssets: dir.path, requestTimeoutSeconds: 30 };
  await withTracker(options, async (port, _, tracker) => {
    using conn = await Deno.connect({ hostname: HOST, port });
    await conn.write(new TextEncoder().encode("GET /large.txt HTTP/1.1\r\nHost: x\r\n\r\n"));
    const buffer = new Uint8Array(65_536);
    let received = await conn.read(buffer) ?? 0;
    assert.match(new TextDecoder().decode(buffer.subarray(0, received)), /^HTTP\/1\.1 200 OK\r\n/);
    {
      using _timers = new HurriedTimers();
      await tracker.close();
    }
    for (let n: number | null = 0; n !== null; received += n ?? 0) {
      n = await conn.read(buffer).catch(() => null);
    }
    assert.ok(received < length, `all ${received} bytes of it came`);
  });
});

Deno.test("another certificate is served to who connects from then on, and one that can't be used to nobody", async () => {
  await using dir = await makeTempDir();
  const { tls, write } = await writeTestCert(dir);
  const logged: string[] = [];
  const tracker = createTracker({ port: 0, host: HOST, tls, log: (line) => logged.push(line) });
  try {
    const { port } = await tracker.start();
    const first = await openTls(port);
    assert.match(await first.announce(), /^HTTP\/1\.1 200 OK/);

    await write(SECOND_CERT, TEST_KEY);
    tracker.renewCertificate();
    assert.match(logged.pop() ?? "", /^Cannot serve HTTPS: .*The certificate stays as it was$/);
    const second = await openTls(port);
    assert.equal(second.serial, first.serial);

    await write(SECOND_CERT, SECOND_KEY);
    tracker.renewCertificate();
    assert.equal(logged.pop(), "Certificate read again");
    const third = await openTls(port);
    assert.notEqual(third.serial, first.serial);
    for (const connection of [first, second, third]) {
      assert.match(await connection.announce(), /^HTTP\/1\.1 200 OK/);
      await connection.close();
    }
  } finally {
    await tracker.close();
  }
});
