// Requests that no browser and no client would send, written to the tracker's socket byte by byte: ambiguous lengths,
// paths that lead out of the page's folder, heads and bodies without end. Each is refused or answered as what it is, none
// ends the tracker, and no answer holds what was not asked for in order.

import assert from "node:assert/strict";
import { createTracker } from "../../../tracker/mod.ts";
import { patiently } from "../../support/programs.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { LEAST } from "../../tracker/http.ts";

const SECRET = "the operator's own file";
const ANNOUNCE = `GET /announce?${LEAST} HTTP/1.1\r\nHost: x\r\n\r\n`;
const MANY = 2000;
/** Of an answer that is looked at. */
const MAX_READ = 1 << 20;

/** What a head may be answered with: refused, not found, or nothing at all. */
const REFUSED = /^(HTTP\/1\.[01] 4\d\d |$)/;

const SHAPES: { name: string; bytes: string; answer: RegExp }[] = [
  // Two servers in a row may take these for different requests, and so let a hidden one through.
  ...[
    ["two lengths that differ", "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
    ["a length below zero", "Content-Length: -5\r\n\r\nhello"],
    ["a length with a plus", "Content-Length: +5\r\n\r\nhello"],
    ["a length in hexadecimal", "Content-Length: 0x5\r\n\r\nhello"],
    ["a length beyond 64 bits", "Content-Length: 99999999999999999999999\r\n\r\nhello"],
    ["an unknown transfer encoding", "Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
    ["a header name with a blank before its colon", "Content-Length : 5\r\n\r\nhello"],
    ["a header without a colon", "no colon here\r\n\r\n"],
    ["a header with NUL", "X: a\0b\r\n\r\n"],
  ].map(([name = "", rest = ""]) => ({
    name,
    bytes: `POST /api/torrents HTTP/1.1\r\nHost: x\r\n${rest}`,
    answer: REFUSED,
  })),
  ...[
    ["a chunk's length that overflows", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n"],
    ["a chunk's length that is none", "hello\r\n"],
  ].map(([name = "", rest = ""]) => ({
    name,
    bytes: `POST /api/torrents HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${rest}`,
    answer: /^(HTTP\/1\.1 (4\d\d|500) |$)/,
  })),
  { name: "no HTTP at all", bytes: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", answer: REFUSED },
  { name: "HTTP/9.9", bytes: "GET / HTTP/9.9\r\nHost: x\r\n\r\n", answer: REFUSED },
  { name: "a method that is none", bytes: "G{}T / HTTP/1.1\r\nHost: x\r\n\r\n", answer: REFUSED },
  { name: "a tunnel", bytes: "CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: x\r\n\r\n", answer: REFUSED },
  {
    name: "another server's address",
    bytes: "GET http://192.0.2.1/ HTTP/1.1\r\nHost: x\r\n\r\n",
    answer: /^HTTP\/1\.1 /,
  },
  ...[
    ...["/../secret", "/..%2fsecret", "/%2e%2e/secret", "/%2e%2e%2fsecret", "/..\\secret", "/..%5csecret"],
    ...[
      "//secret",
      "/./../secret",
      "/swarms/../../secret",
      "/swarms/..%2f..%2fsecret",
      "/main.js/../../secret",
    ],
    ...[
      "/%00secret",
      "/main.js%00.txt",
      "/torrents/..%2f..%2fsecret",
      "/torrents/%2e%2e/secret",
      "/.git/config",
    ],
  ].map((path) => ({
    name: `the path ${path}`,
    bytes: `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    answer: /^HTTP\/1\.1 (200|400|404) /,
  })),
  {
    name: "a head of a megabyte",
    bytes: `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(1 << 20)}\r\n\r\n`,
    answer: REFUSED,
  },
  {
    name: "ten thousand headers",
    bytes: `GET / HTTP/1.1\r\nHost: x\r\n${"X: y\r\n".repeat(10_000)}\r\n`,
    answer: REFUSED,
  },
  {
    name: "a query of a hundred kilobytes",
    bytes: `GET /announce?${"x".repeat(100_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    answer: /^(HTTP\/1\.1 4\d\d |HTTP\/1\.1 200 [^]*14:failure reason|$)/,
  },
  {
    name: "a body that says it is longer than may be",
    bytes: "POST /api/torrents HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nd",
    answer: /^(HTTP\/1\.1 4\d\d |$)/,
  },
];

/** What a server says to these bytes until it hangs up, or until nothing more can come. */
async function say(port: number, bytes: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const data = Uint8Array.from(bytes, (char) => char.charCodeAt(0));
  const sent = (async () => {
    for (let at = 0; at < data.length;) at += await conn.write(data.subarray(at));
    await conn.closeWrite();
  })().catch(() => {}); // it has heard enough
  let said = "";
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (let n = await conn.read(buffer); n !== null && said.length < MAX_READ; n = await conn.read(buffer)) {
      said += String.fromCharCode(...buffer.subarray(0, n));
    }
  } catch {
    // Reset: it did not want to hear the rest.
  }
  await sent;
  return said;
}

Deno.test("requests of shapes that no client sends are refused, and the tracker goes on", async (t) => {
  await using temp = await makeTempDir();
  // The page's folder, and beside it what nobody may have.
  await Deno.mkdir(temp.join("page"));
  await Deno.writeTextFile(temp.join("page", "index.html"), "<!doctype html>page");
  await Deno.writeTextFile(temp.join("page", "main.js"), "page");
  await Deno.writeTextFile(temp.join("secret"), SECRET);
  const tracker = createTracker({ port: 0, host: "127.0.0.1", adminAssets: temp.join("page") });
  try {
    const { port } = await tracker.start();
    for (const { answer, bytes, name } of SHAPES) {
      await t.step(name, async () => {
        const said = await patiently(say(port, bytes), "the end of the connection");
        assert.match(said, answer);
        assert.ok(!said.includes(SECRET), said);
        assert.match(await patiently(say(port, ANNOUNCE), "an announce after it"), /8:intervali/);
      });
    }
    await t.step(`${MANY} requests in one go are answered each, in order`, async () => {
      const said = await patiently(say(port, ANNOUNCE.repeat(MANY)), "the answers");
      assert.equal(said.match(/HTTP\/1\.1 200 /g)?.length, MANY);
    });
    await t.step(
      "of a request with two ends, what is hidden behind the first is not answered as a request of its own",
      async () => {
        const hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
        const both = `Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
        const said = await patiently(
          say(port, `POST /nowhere HTTP/1.1\r\nHost: x\r\n${both}${hidden}`),
          "the end",
        );
        // One answer, and the connection ends.
        assert.equal(said.match(/HTTP\/1\.1 /g)?.length ?? 0, 1, said);
      },
    );
  } finally {
    await tracker.close();
  }
});
