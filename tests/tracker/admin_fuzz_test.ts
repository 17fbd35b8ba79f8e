// Ten thousand spoilt requests to the API: each is answered in JSON with a status that says whose fault it is, none is a
// mistake of ours, and none changes who gets in.

import assert from "node:assert/strict";
import { encodeMetainfo } from "../../protocol/mod.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";
import { announce, id } from "./announcing.ts";
import { TestApp, TOKEN } from "./http.ts";

const HEX = new TextEncoder().encode(id("a")).toHex();
const METAINFO = encodeMetainfo({ name: "n", length: 5, pieceLength: 16384, pieces: new Uint8Array(20) });
const BOUNDARY = "----b";
const FORM = [
  `--${BOUNDARY}`,
  'content-disposition: form-data; name="a"; filename="a.torrent"',
  "",
  new TextDecoder("latin1").decode(METAINFO),
  `--${BOUNDARY}--`,
  "",
].join("\r\n");

/** Valid requests: method, path with its query, body and its type. */
const REQUESTS: readonly [method: string, path: string, body?: string, type?: string][] = [
  ["POST", "/api/session", JSON.stringify({ token: TOKEN })],
  ["GET", "/api/history?range=day&from=1800000000"],
  ["GET", "/api/events?after=3&kinds=announce,list&swarm=" + HEX],
  ["GET", `/api/swarms?sort=name&order=asc&offset=0&limit=20&search=a%20b&filter=dead&since=run-1234-1`],
  ["GET", `/api/swarms/${HEX}`],
  ["GET", `/api/swarms/${HEX}/peers?sort=client&order=desc&offset=0&limit=20&since=run-1234-1`],
  ["DELETE", `/api/swarms/${HEX}/peers/%5B2001:db8::1%5D:6881`],
  ["POST", "/api/torrents", new TextDecoder("latin1").decode(METAINFO)],
  ["POST", "/api/torrents", FORM, `multipart/form-data; boundary=${BOUNDARY}`],
  ["DELETE", `/api/torrents/${HEX}`],
  ["PUT", "/api/lists", '{"mode":"open"}'],
  ["GET", "/api/lists/clients?offset=0&limit=5&search=-X"],
  ["POST", "/api/lists/addresses", "192.0.2.0/24\n2001:db8::/32\n"],
  ["PUT", "/api/lists/clients/-XX0000"],
  ["DELETE", `/api/lists/deny/${HEX}`],
  ["PATCH", "/api/settings", '{"intervalSeconds":900,"minPort":null}'],
  ["POST", "/api/undo/0b4c1f5e-5a0e-4d0a-8a57-4d8b0f6f4a2f"],
  ["GET", "/api/audit?before=100&limit=10"],
];

const STATUSES = new Set([200, 201, 400, 401, 403, 404, 413, 429]);

function spoil(text: string, random: SeededRandom): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  return mutate(bytes, random) as Uint8Array<ArrayBuffer>;
}

/** What a client could still send as a path: a URL can't have everything in it. */
function spoiltPath(path: string, random: SeededRandom): string {
  return "/api/" +
    Array.from(
      spoil(path.slice(5), random),
      (byte) =>
        byte > 0x20 && byte < 0x7f && byte !== 0x23 && byte !== 0x5c
          ? String.fromCharCode(byte)
          : `%${byte.toString(16).padStart(2, "0")}`,
    ).join("");
}

Deno.test("ten thousand spoilt requests are each answered in JSON, and none is a mistake of ours", async () => {
  const app = await TestApp.create();
  announce(app.tracker, { at: "[2001:db8::1]:6881" });
  const random = new SeededRandom(20_261_124);
  for (let n = 0; n < 10_000; n++) {
    const [method, path, body, type] = REQUESTS[random.below(REQUESTS.length)] as typeof REQUESTS[number];
    const isBody = body !== undefined && random.below(3) > 0;
    const asked = isBody ? path : spoiltPath(path, random);
    const response = await app.admin(asked, {
      method,
      headers: { "sec-fetch-site": "same-origin", ...(type !== undefined && { "content-type": type }) },
      ...(body !== undefined && { body: isBody ? spoil(body, random) : body }),
    });
    const said = `${n}: ${method} ${asked}: ${response.status}`;
    const text = await response.text();
    // What a path can be spoilt into is another of ours, too: the end of one leads to the page's or to nothing.
    if (!asked.startsWith("/api/") || new URL(asked, "http://x").pathname.split("/")[1] !== "api") continue;
    assert.ok(STATUSES.has(response.status), `${said} ${app.logged.join("\n")}`);
    assert.doesNotThrow(() => JSON.parse(text), said);
    if (n % 100 === 0) app.tick();
  }
  assert.deepEqual(app.logged, []);
  assert.equal((await app.get("/api/lists")).status, 401);
  assert.equal((await app.admin("/api/lists")).status, 200);
});

Deno.test("spoilt headers never let anybody in", async () => {
  const app = await TestApp.create();
  const random = new SeededRandom(7);
  for (let n = 0; n < 10_000; n++) {
    const spoilt = Array.from(spoil(`Bearer ${TOKEN}`, random), (byte) => String.fromCharCode(byte & 0x7f))
      .join("").replaceAll(/[^\x20-\x7e]/g, "");
    if (/^Bearer +token-of-the-tests *$/i.test(spoilt)) continue;
    const name = n % 2 === 0 ? "authorization" : "cookie";
    const response = await app.get("/api/lists", {
      headers: { [name]: n % 2 === 0 ? spoilt : `${app.service.access.cookieName}=${spoilt}` },
    });
    await response.body?.cancel();
    assert.equal(response.status, 401, spoilt);
    app.now += 60_000;
  }
});
