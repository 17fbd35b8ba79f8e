// The published description of the API against what the tracker does: the same paths, the same answers, the same need to
// sign in.

import assert from "node:assert/strict";
import { Ajv2020 } from "ajv";
import { encodeMetainfo, parseMetainfo } from "../../protocol/mod.ts";
import openApi from "../../tracker/openapi.json" with { type: "json" };
import { HASH, LEAST, TestApp } from "./http.ts";

const HEX = "00017f80ff263d2b25206162636465666768696a";
const METAINFO = encodeMetainfo({
  name: "Album",
  pieceLength: 16384,
  pieces: new Uint8Array(20),
  files: [{ path: ["a.flac"], length: 100 }, { path: ["b", "c.flac"], length: 200 }],
}) as Uint8Array<ArrayBuffer>;
const { infoHash } = await parseMetainfo(METAINFO);

interface Operation {
  security?: unknown[];
  parameters?: (Parameter | { $ref: string })[];
  responses: Record<string, Described>;
}

interface Parameter {
  name: string;
  schema: { default?: unknown; enum?: string[] };
}

interface Described {
  $ref?: string;
  content?: { "application/json": { schema: { $ref?: string } } };
}

const operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    operation: operation as unknown as Operation,
  }))
);

const ajv = new Ajv2020({ allErrors: true, strict: false });
ajv.addSchema(openApi, "openapi");

/** Asks, and holds the answer against the description. Returns its JSON. */
async function ask(app: TestApp, method: string, path: string, init: RequestInit = {}) {
  const response = await app.admin(path, { ...init, method });
  const { pathname } = new URL(path, "http://x");
  const found = operations.find((each) => each.method === method && pattern(each.path).test(pathname));
  assert.ok(found !== undefined, `${method} ${path} isn't described`);
  const described = resolve(found.operation.responses[response.status]);
  assert.ok(described !== undefined, `${method} ${path}: ${response.status} isn't described`);
  const { $ref } = described.content?.["application/json"].schema ?? {};
  const json = await response.json();
  if ($ref === undefined) return json;
  const validate = ajv.getSchema(`openapi${$ref}`);
  assert.ok(validate !== undefined, $ref);
  assert.ok(validate(json), `${method} ${path}: ${ajv.errorsText(validate.errors)}`);
  return json;
}

function resolve(described: Described | undefined): Described | undefined {
  const name = described?.$ref?.split("/").at(-1);
  return name === undefined ? described : (openApi.components.responses as Record<string, Described>)[name];
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(entry|address)\}$/g, ".+").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

Deno.test("every route of the API is described, and every description has its route", async () => {
  const app = await TestApp.create();
  const routes = app.routes
    .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/"))
    .map(({ method, path }) =>
      `${method} ${path.replace(":hash", "{infoHash}").replaceAll(/:(\w+)(\{\.\+\})?/g, "{$1}")}`
    );
  const described = operations.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(described.toSorted(), [...new Set(routes)].toSorted());
});

Deno.test("what the description lets everybody have is answered without signing in, and nothing else is", async () => {
  const app = await TestApp.create();
  for (const { method, operation, path } of operations) {
    const concrete = path.replace("{infoHash}", HEX).replace("{list}", "deny").replaceAll(/\{\w+\}/g, HEX);
    const response = await app.get(concrete, { method });
    await response.body?.cancel();
    // Signing in without a page's headers is refused, too, but not for want of a token.
    const isOpen = operation.security !== undefined;
    assert.equal(response.status === 401, !isOpen, `${method} ${path}: ${response.status}`);
  }
});

Deno.test("the answers of a tracker in use are as described", async () => {
  const app = await TestApp.create();
  await ask(app, "GET", "/api/events");
  await app.bencode(`/announce?${LEAST}&left=0&event=completed`);
  await app.bencode(`/announce?${LEAST.replace("6881", "6882").replace("kl&", "kx&")}&left=9`, "2001:db8::7");
  await app.bencode("/announce?info_hash=x");
  app.tick(3);
  assert.equal((await ask(app, "POST", "/api/torrents", { body: METAINFO })).infoHash, infoHash.hex);
  const body = new FormData();
  body.append("a", new File([METAINFO], "a.torrent"));
  body.append("b", new File(["x"], "b.torrent"));
  await ask(app, "POST", "/api/torrents", { body });
  await ask(app, "POST", "/api/torrents", { body: "x" });
  app.tick(20);
  for (
    const path of [
      "/api/session",
      "/api/openapi.json",
      "/api/overview",
      "/api/history",
      "/api/history?range=month&from=5",
      "/api/history?range=week",
      "/api/events",
      "/api/events?kinds=completed,list&after=1",
      "/api/events?kinds=other",
      "/api/swarms",
      "/api/swarms?sort=name&order=asc&filter=registered&search=album&limit=1",
      "/api/swarms?sort=other",
      `/api/swarms/${HEX}`,
      `/api/swarms/${infoHash.hex}`,
      `/api/swarms/${"0".repeat(40)}`,
      `/api/swarms/${HEX}/peers`,
      `/api/swarms/${HEX}/peers?sort=client&limit=1`,
      `/api/swarms/${HEX}/peers?sort=x`,
      `/api/swarms/${"0".repeat(40)}/peers`,
      "/api/torrents",
      "/api/torrents?search=album",
      "/api/torrents?offset=x",
      `/api/torrents/${infoHash.hex}`,
      "/api/torrents/x",
      "/api/lists",
      "/api/lists/deny",
      "/api/lists/deny?limit=x",
      "/api/lists/other",
      `/api/lists/deny/${HEX}`,
      "/api/lists/deny/x",
      "/api/lists/other/x",
      "/api/settings",
      "/api/audit",
      "/api/audit?limit=x",
    ]
  ) await ask(app, "GET", path);
  await ask(app, "PUT", "/api/lists", { body: '{"mode":"open"}' });
  await ask(app, "PUT", "/api/lists", { body: "x" });
  await ask(app, "POST", "/api/lists/clients", { body: "-XX\n-YY" });
  await ask(app, "POST", "/api/lists/addresses", { body: "nowhere" });
  await ask(app, "PUT", "/api/lists/addresses/192.0.2.0/24");
  await ask(app, "PUT", "/api/lists/deny/x");
  const { undo } = await ask(app, "DELETE", "/api/lists/addresses/192.0.2.0/24");
  await ask(app, "DELETE", "/api/lists/addresses/192.0.2.0/24");
  await ask(app, "POST", `/api/undo/${undo}`);
  await ask(app, "POST", "/api/undo/none");
  await ask(app, "DELETE", `/api/torrents/${infoHash.hex}`);
  await ask(app, "DELETE", `/api/swarms/${HEX}/peers/192.0.2.1:6881`);
  await ask(app, "DELETE", `/api/swarms/${HEX}/peers/x`);
  await ask(app, "PATCH", "/api/settings", { body: '{"intervalSeconds":900}' });
  await ask(app, "PATCH", "/api/settings", { body: '{"intervalSeconds":"x"}' });
  await ask(app, "POST", "/api/session", { body: "{}" });
  await ask(app, "DELETE", "/api/session");
  await ask(app, "GET", "/api/events");
  await ask(app, "GET", "/api/audit");
  assert.deepEqual(app.logged, []);
});

Deno.test("what isn't asked for is as the description has it by default, and each word that it names is taken", async () => {
  const app = await TestApp.create();
  const hex = (n: number) => n.toString(16).padStart(40, "0");
  // More of everything than an answer has by default.
  for (let n = 0; n < 60; n++) {
    app.tick(1);
    await app.bencode(`/announce?${LEAST.replace("6881", String(7000 + n))}&left=${n}`, `192.0.2.${n}`);
    const escaped = hex(n).replaceAll(/../g, "%$&");
    await app.bencode(`/announce?${LEAST.replace(HASH, escaped)}&left=${n}`);
  }
  await ask(app, "POST", "/api/lists/deny", {
    body: Array.from({ length: 1001 }, (_, n) => hex(n)).join("\n"),
  });
  for (let n = 0; n < 101; n++) await ask(app, "PUT", `/api/lists/allow/${hex(n)}`);
  app.tick(20);
  for (const { method, operation, path } of operations) {
    for (const { name, schema } of (operation.parameters ?? []).map(parameter)) {
      if (method !== "GET" || schema.default === undefined) continue;
      const asked = path.replace("{infoHash}", HEX).replace("{list}", "deny");
      const { cursor: _, ...without } = await ask(app, "GET", asked);
      const { cursor: __, ...same } = await ask(app, "GET", `${asked}?${name}=${schema.default}`);
      assert.deepEqual(same, without, `${asked}: ${name}`);
      if (schema.enum === undefined) continue;
      for (const word of [...schema.enum, "no-such-word"]) {
        const { status } = await app.admin(`${asked}?${name}=${word}`);
        assert.equal(status, word === "no-such-word" ? 400 : 200, `${asked}: ${name}=${word}`);
      }
    }
  }
});

/** A parameter itself, where only its name stands. */
function parameter(described: Parameter | { $ref: string }): Parameter {
  if (!("$ref" in described)) return described;
  const name = described.$ref.split("/").at(-1) ?? "";
  return (openApi.components.parameters as Record<string, Parameter>)[name] as Parameter;
}
