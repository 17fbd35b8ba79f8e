// The servers at the tracker's port, on real sockets: Deno.serve itself, and the gate before it.

import assert from "node:assert/strict";
import type { HttpHandler, HttpServer } from "../../tracker/http_server.ts";
import { openServer } from "../../tracker/open_server.ts";
import { patiently } from "../support/programs.ts";

const HOST = "127.0.0.1";
/** As long as it takes. */
const ANY_MS = 2 ** 31 - 1;
const UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

const SERVERS = [{ name: "Deno.serve", requestSeconds: undefined }, { name: "the gate", requestSeconds: 30 }];

function open(requestSeconds: number | undefined, handler: HttpHandler): HttpServer {
  const at = { host: HOST, port: 0, tls: undefined, proxies: undefined };
  return openServer({ ...at, requestSeconds, log: assert.fail }, handler);
}

async function end(server: HttpServer): Promise<void> {
  await patiently(server.close(ANY_MS), "the server's end");
}

async function say({ port }: HttpServer, text: string): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: HOST, port });
  await conn.write(new TextEncoder().encode(text));
  return conn;
}

/** All that is said until the connection ends. */
async function hear(conn: Deno.TcpConn): Promise<string> {
  return await new Response(conn.readable).text();
}

/** The next answer, which ends with a full stop. */
async function hearOne(conn: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(1000);
  let text = "";
  while (!text.endsWith(".")) {
    const length = await conn.read(buffer);
    if (length === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

for (const { name, requestSeconds } of SERVERS) {
  Deno.test(`${name}: a WebSocket that is asked for and dropped is not waited for at the end`, async () => {
    let asked = 0;
    const all = Promise.withResolvers<void>();
    const server = open(requestSeconds, (request) => {
      if (++asked === 20) all.resolve();
      return Deno.upgradeWebSocket(request).response;
    });
    for (let n = 0; n < 20; n++) {
      (await say(server, `GET /announce?passkey=abc HTTP/1.1\r\nHost: x\r\n${UPGRADE}\r\n`)).close();
    }
    await all.promise;
    await end(server);
  });

  Deno.test(`${name}: nor is one on a connection that has asked again and again before`, async () => {
    let isSteady = false;
    const waited = Promise.withResolvers<boolean>();
    const server = open(requestSeconds, (request, { hasWaited = false }) => {
      if (request.headers.get("upgrade") === null) {
        isSteady = hasWaited;
        return new Response("answer.");
      }
      waited.resolve(hasWaited);
      return hasWaited ? new Response("No.", { status: 503 }) : Deno.upgradeWebSocket(request).response;
    });
    const conn = await say(server, "");
    const request = "GET /announce?info_hash=a HTTP/1.1\r\nHost: x\r\n";
    // Until it is: on a machine that stands still for a second it would have to begin anew.
    for (let n = 0; n < 1000 && !isSteady; n++) {
      await conn.write(new TextEncoder().encode(`${request}\r\n`));
      assert.match(await hearOne(conn), /answer\.$/);
    }
    await conn.write(new TextEncoder().encode(`${request}${UPGRADE}\r\n`));
    conn.close();
    assert.equal(await waited.promise, true);
    await end(server);
  });

  Deno.test(`${name}: close() answers all that has come, and the bodies that are being read`, async () => {
    let isEnding = false;
    const server = open(requestSeconds, async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/begin" && !isEnding) {
        isEnding = true;
        ended = server.close(ANY_MS);
      }
      return new Response(`${pathname} ${await request.text()}`);
    });
    let ended: Promise<void> | undefined;
    const conns: Deno.TcpConn[] = [];
    const begin = "GET /begin HTTP/1.1\r\nHost: x\r\n\r\n";
    for (let n = 0; n < 10; n++) {
      const conn = await say(server, begin);
      await conn.read(new Uint8Array(1000));
      conns.push(conn);
    }
    const requests = [
      "GET /announce?info_hash=a HTTP/1.1\r\nHost: x\r\n\r\n",
      "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
    ];
    await Promise.all(
      conns.map((conn, n) => conn.write(new TextEncoder().encode(requests[n % requests.length]))),
    );
    const answers = await Promise.all(conns.map(hear));
    for (const [n, answer] of answers.entries()) {
      assert.ok(answer.endsWith(n % 2 === 0 ? "/announce " : "/body body"), `${n}: ${answer}`);
    }
    assert.ok(ended);
    await patiently(ended, "the server's end");
  });

  Deno.test(`${name}: requests in a row on one connection are answered in their order`, async () => {
    const server = open(requestSeconds, (request) => new Response(new URL(request.url).search));
    const queries = Array.from({ length: 100 }, (_, n) => `?info_hash=${n}.`);
    const texts = queries.map((query, n) =>
      `GET /announce${query} HTTP/1.1\r\nHost: x\r\n${n === 99 ? "Connection: close\r\n" : ""}\r\n`
    );
    const answer = await hear(await say(server, texts.join("")));
    assert.deepEqual(answer.match(/\?info_hash=\d+\./g), queries);
    await end(server);
  });

  Deno.test(`${name}: who says that nothing more will come gets his answer all the same`, async () => {
    const server = open(requestSeconds, () => new Response("answered"));
    const conn = await say(server, "GET /announce?info_hash=a HTTP/1.1\r\nHost: x\r\n\r\n");
    await conn.closeWrite();
    assert.match(await hear(conn), /answered$/);
    await end(server);
  });

  Deno.test(`${name}: a connection that asks again and again is answered each time, at the server's end too`, async () => {
    let asked = 0;
    const server = open(requestSeconds, () => new Response(`answer ${++asked}.`));
    const conns = await Promise.all(Array.from({ length: 3 }, () => say(server, "")));
    const request = new TextEncoder().encode("GET /announce?info_hash=a HTTP/1.1\r\nHost: x\r\n\r\n");
    for (let n = 0; n < 200; n++) {
      await Promise.all(conns.map((conn) => conn.write(request)));
      for (const conn of conns) assert.match(await hearOne(conn), /answer \d+\.$/);
    }
    assert.equal(asked, 600);
    await Promise.all(conns.map((conn) => conn.write(request)));
    const ended = server.close(ANY_MS);
    for (const conn of conns) assert.match(await hear(conn), /answer 60[123]\.$/);
    await patiently(ended, "the server's end");
  });

  Deno.test(`${name}: who goes without waiting for his answer, after many, is no trouble to the others`, async () => {
    const server = open(requestSeconds, () => new Response("answer 1."));
    const conns = await Promise.all(Array.from({ length: 8 }, () => say(server, "")));
    const request = new TextEncoder().encode("GET /announce?info_hash=a HTTP/1.1\r\nHost: x\r\n\r\n");
    for (let n = 0; n < 100; n++) {
      await Promise.all(conns.map((conn) => conn.write(request)));
      for (const conn of conns) await hearOne(conn);
    }
    await Promise.all(conns.map((conn) => conn.write(request)));
    for (const conn of conns.splice(0, 4)) conn.close();
    for (const conn of conns) {
      assert.match(await hearOne(conn), /answer 1\.$/);
      conn.close();
    }
    await end(server);
  });

  for (
    const [how, handler] of [
      ["throws", () => {
        throw new Error("thrown");
      }],
      ["rejects", () => Promise.reject(new Error("rejected"))],
    ] satisfies [string, HttpHandler][]
  ) {
    Deno.test(`${name}: a handler that ${how} is a 500, and isn't waited for`, async () => {
      const server = open(requestSeconds, handler);
      for (const path of ["/announce?info_hash=a", "/"]) {
        const conn = await say(server, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        assert.match(await hear(conn), /^HTTP\/1\.1 500 .*\r\n\r\n500 Internal Server Error\n$/s);
      }
      await end(server);
    });
  }
}
