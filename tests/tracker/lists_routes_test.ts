import assert from "node:assert/strict";
import type { AuditAnswer } from "../../tracker/admin_api.ts";
import { TestApp } from "./http.ts";
import { LEAST } from "./http.ts";

const HEX = "00017f80ff263d2b25206162636465666768696a";

/** A request of the operator's program. */
async function ask(
  app: TestApp,
  method: string,
  path: string,
  { body }: { body?: string } = {},
): Promise<{ status: number; json: Record<string, unknown> }> {
  const response = await app.admin(path, { method, ...(body !== undefined && { body }) });
  return { status: response.status, json: await response.json() };
}

Deno.test("a torrent that is denied over HTTP is refused to peers at once, and served again when it isn't any more", async () => {
  const app = await TestApp.create();
  assert.equal(await app.failure(`/announce?${LEAST}`), undefined);
  const put = () => ask(app, "PUT", `/api/lists/deny/${HEX}`);
  assert.deepEqual(await put(), { status: 200, json: { entry: HEX, changed: true } });
  assert.deepEqual(await put(), { status: 200, json: { entry: HEX, changed: false } });
  const refusal = await app.bencode(`/announce?${LEAST}`);
  assert.equal(
    new TextDecoder().decode(refusal.get("failure reason") as Uint8Array),
    "This torrent is not allowed here",
  );
  assert.equal(new TextDecoder().decode(refusal.get("retry in") as Uint8Array), "never");
  const { json } = await ask(app, "DELETE", `/api/lists/deny/${HEX}`);
  assert.equal(json["changed"], true);
  assert.equal(await app.failure(`/announce?${LEAST}`), undefined);
  await ask(app, "POST", `/api/undo/${json["undo"]}`);
  assert.ok((await app.bencode(`/announce?${LEAST}`)).has("failure reason"));
});

Deno.test("a swarm says whether it is refused by the deny list, or since it isn't allowed", async () => {
  const app = await TestApp.create();
  await app.bencode(`/announce?${LEAST}`);
  const said = async () => {
    const { json } = await ask(app, "GET", `/api/swarms/${HEX}`);
    return [json["denied"], json["onDenyList"]];
  };
  assert.deepEqual(await said(), [false, false]);
  await ask(app, "PUT", "/api/lists", { body: '{"mode":"listed"}' });
  assert.deepEqual(await said(), [true, false]);
  await ask(app, "PUT", `/api/lists/deny/${HEX}`);
  assert.deepEqual(await said(), [true, true]);
});

Deno.test("of one entry it is told whether it is on a list, however it is written", async () => {
  const app = await TestApp.create();
  await ask(app, "PUT", `/api/lists/deny/${HEX}`);
  await ask(app, "PUT", "/api/lists/addresses/192.0.2.0/24");
  await ask(app, "PUT", "/api/lists/clients/-XL");
  const other = "f".repeat(40);
  for (
    const [path, entry, listed] of [
      [`deny/${HEX.toUpperCase()}`, HEX, true],
      [`deny/${other}`, other, false],
      [`allow/${HEX}`, HEX, false],
      ["addresses/192.0.2.77/24", "192.0.2.0/24", true],
      ["addresses/192.0.2.77", "192.0.2.77", false],
      ["clients/-XL", "-XL", true],
      ["clients/-XL0012", "-XL0012", false],
    ] as const
  ) {
    const answer = { status: 200, json: { entry, listed } };
    assert.deepEqual(await ask(app, "GET", `/api/lists/${path}`), answer, path);
  }
});

Deno.test("an address range may be written with its slash, escaped or not", async () => {
  const app = await TestApp.create();
  await ask(app, "PUT", "/api/lists/addresses/192.0.2.77/24");
  await ask(app, "PUT", "/api/lists/addresses/2001:db8::%2F32");
  const { json } = await ask(app, "GET", "/api/lists/addresses");
  assert.deepEqual(json, { entries: ["192.0.2.0/24", "2001:db8::/32"], total: 2 });
  const refusal = await app.bencode(`/announce?${LEAST}`, "2001:db8::5");
  assert.match(new TextDecoder().decode(refusal.get("failure reason") as Uint8Array), /^Your address/);
  await ask(app, "DELETE", "/api/lists/addresses/192.0.2.0/24");
  assert.equal((await ask(app, "GET", "/api/lists/addresses")).json["total"], 1);
});

Deno.test("in mode listed only what is allowed is served; the mode is one of two", async () => {
  const app = await TestApp.create();
  const listed = await ask(app, "PUT", "/api/lists", { body: '{"mode":"listed"}' });
  assert.deepEqual(listed.json, { mode: "listed", sizes: { allow: 0, deny: 0, addresses: 0, clients: 0 } });
  assert.match(JSON.stringify([...await app.bencode(`/announce?${LEAST}`)]), /retry in/);
  await ask(app, "PUT", `/api/lists/allow/${HEX.toUpperCase()}`);
  assert.equal(await app.failure(`/announce?${LEAST}`), undefined);
  for (const body of ['{"mode":"closed"}', "{}", "", "null"]) {
    assert.equal((await ask(app, "PUT", "/api/lists", { body })).status, 400, body);
  }
});

Deno.test("many entries are added in one go, or none of them", async () => {
  const app = await TestApp.create();
  const hashes = Array.from({ length: 1500 }, (_, i) => i.toString(16).padStart(40, "0"));
  const body = `${hashes.join("\r\n")}\n\n${hashes[0]}\n`;
  assert.deepEqual((await ask(app, "POST", "/api/lists/deny", { body })).json, { added: 1500 });
  const first = await ask(app, "GET", "/api/lists/deny");
  assert.equal((first.json["entries"] as string[]).length, 1000);
  const rest = await ask(app, "GET", "/api/lists/deny?offset=1499&limit=5");
  assert.deepEqual(rest.json, { entries: [hashes[1499]], total: 1500 });

  const spoilt = async (body: string) => {
    const { json, status } = await ask(app, "POST", "/api/lists/deny", { body });
    assert.equal(status, 400);
    assert.equal((await ask(app, "GET", "/api/lists/deny")).json["total"], 1500);
    return json["error"];
  };
  const why = "Cannot use this info hash: must be 40 hexadecimal digits";
  assert.equal(await spoilt(`${"f".repeat(40)}\n\r\n nonsense \nmore of it`), `Line 3, "nonsense": ${why}`);
  assert.equal(await spoilt(`${"f".repeat(40)}\n${"x".repeat(99)}`), `Line 2, "${"x".repeat(60)}…": ${why}`);
  assert.equal(await spoilt("nonsense\n"), why, "of one nobody need say which");
});

Deno.test("what can't be written isn't changed, and the audit log doesn't say that it was", async () => {
  const app = await TestApp.create();
  await ask(app, "PUT", `/api/lists/deny/${HEX}`);
  const before = await app.json("/api/lists");
  const full = () => {
    throw new Error("database or disk is full");
  };
  Object.assign(app.keeper.data, { addEntries: full, removeEntries: full, setSetting: full });
  const changes: [method: string, path: string, body?: string][] = [
    ["DELETE", `/api/lists/deny/${HEX}`],
    ["PUT", `/api/lists/allow/${HEX}`],
    ["POST", "/api/lists/clients", "-XX\n-YY"],
    ["PUT", "/api/lists", '{"mode":"listed"}'],
  ];
  for (const [method, path, body] of changes) {
    const response = await app.admin(path, { method, ...(body !== undefined && { body }) });
    assert.equal(response.status, 500, `${method} ${path}`);
    await response.body?.cancel();
  }
  assert.deepEqual(await app.json("/api/lists"), before);
  assert.equal((await app.json<AuditAnswer>("/api/audit")).entries.length, 1);
});

Deno.test("a part of a list that can't be is no other part", async () => {
  const app = await TestApp.create();
  await ask(app, "POST", "/api/lists/clients", { body: "-AA\n-BB" });
  assert.deepEqual((await ask(app, "GET", "/api/lists/clients?offset=1")).json["entries"], ["-BB"]);
  for (const query of ["offset=-1", "offset=one", "limit=", "limit=1.5"]) {
    const { json, status } = await ask(app, "GET", `/api/lists/clients?${query}`);
    assert.equal(status, 400, query);
    assert.match(String(json["error"]), /^Cannot read the query/);
  }
});

Deno.test("what is no list and what is no entry is said in words", async () => {
  const app = await TestApp.create();
  assert.equal((await ask(app, "GET", "/api/lists/other")).status, 404);
  assert.equal((await ask(app, "PUT", "/api/lists/other/x")).status, 404);
  assert.equal((await ask(app, "GET", "/api/lists/other/x")).status, 404);
  assert.equal((await ask(app, "GET", "/api/lists/deny/x")).status, 400);
  assert.equal((await ask(app, "PUT", "/api/lists/deny/x")).status, 400);
  assert.equal((await ask(app, "DELETE", "/api/lists/addresses/x")).status, 400);
  assert.equal((await ask(app, "POST", "/api/lists/deny", { body: "x".repeat((8 << 20) + 1) })).status, 413);
  assert.deepEqual(app.logged, []);
});
