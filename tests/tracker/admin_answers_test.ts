// What pages get that look at the same time: one answer, written and compressed once, and 304 while nothing else is new.

import assert from "node:assert/strict";
import type { EventsAnswer, SwarmDetail, SwarmsAnswer } from "../../tracker/admin_api.ts";
import { announce, id } from "./announcing.ts";
import { TestApp } from "./http.ts";

const HEX = new TextEncoder().encode(id("a")).toHex();
const GZIP = { "accept-encoding": "br, gzip" };

async function manyPages(): Promise<TestApp> {
  const app = await TestApp.create();
  app.isAlone = false;
  for (let n = 0; n < 30; n++) announce(app.tracker, { swarm: `s${n}`, at: "192.0.2.1:1" });
  return app;
}

Deno.test("all who ask in one moment get one overview, compressed once, and 304 where they have it", async () => {
  const app = await manyPages();
  const ask = (headers: Record<string, string>) => app.admin("/api/overview", { headers });
  const plain = await ask({});
  const etag = plain.headers.get("etag") ?? "";
  assert.match(etag, /^W\/"run-1234-\d+"$/);
  announce(app.tracker, { swarm: "late", at: "192.0.2.1:1" });
  const zipped = await ask(GZIP);
  assert.equal(zipped.headers.get("content-encoding"), "gzip");
  assert.equal(zipped.headers.get("etag"), etag);
  const unzipped = new Response(zipped.body?.pipeThrough(new DecompressionStream("gzip")));
  assert.deepEqual(await unzipped.json(), await plain.json());
  const same = await ask({ "if-none-match": etag });
  assert.deepEqual([same.status, await same.text()], [304, ""]);
  app.now += 1000;
  const next = await ask({ "if-none-match": etag });
  assert.equal((await next.json()).swarms, 31);
});

for (const path of ["/api/swarms?sort=seeders", `/api/swarms/${HEX}`, `/api/swarms/${HEX}/peers`]) {
  Deno.test(`${path.replace(HEX, "HASH")} is the same answer until something but the time is new`, async () => {
    const app = await manyPages();
    announce(app.tracker, { at: "192.0.2.1:1", left: 10 });
    const ask = async (etag = "") => {
      const response = await app.admin(path, { headers: { "if-none-match": etag } });
      const text = await response.text();
      return { status: response.status, etag: response.headers.get("etag") ?? "", text };
    };
    const first = await ask();
    app.now += 1000;
    assert.deepEqual(await ask(first.etag), { status: 304, etag: first.etag, text: "" });
    const again = await ask();
    assert.equal(again.etag, first.etag);
    assert.equal(
      JSON.parse(again.text).now,
      JSON.parse(first.text).now + 1000,
      "the time is that of the answer",
    );
    announce(app.tracker, { at: "192.0.2.2:1", left: 0, now: app.now });
    assert.equal((await ask(first.etag)).status, 304, "the moment isn't over");
    app.now += 1000;
    app.tick();
    const changed = await ask(first.etag);
    assert.equal(changed.status, 200);
    assert.notEqual(changed.etag, first.etag);
  });
}

Deno.test("pages that look at the same part of a table get the same cursor, whatever they had before", async () => {
  const app = await manyPages();
  const ask = (since = "") => app.json<SwarmsAnswer>(`/api/swarms?sort=name${since && `&since=${since}`}`);
  let [first, second] = [await ask(), await ask()];
  assert.equal(first.cursor, second.cursor);
  const before = first.cursor;
  // The first one asks in each moment, the second one misses some.
  for (let n = 0; n < 6; n++) {
    app.now += 1000;
    app.tracker.swarms.advance();
    announce(app.tracker, { swarm: "s1", at: `192.0.2.${n + 2}:1`, left: 0, now: app.now });
    first = await ask(first.cursor);
    if (n % 2 === 1) continue;
    second = await ask(second.cursor);
    assert.equal(second.cursor, first.cursor);
    assert.deepEqual(second.rows.map(({ seeders }) => seeders), [n + 1]);
  }
  assert.notEqual(first.cursor, before);
});

Deno.test("whoever changes something by hand sees it at once, and so do all others", async () => {
  const app = await manyPages();
  announce(app.tracker, { at: "192.0.2.1:1" });
  const isDenied = async () => (await app.json<SwarmDetail>(`/api/swarms/${HEX}`)).denied;
  assert.equal(await isDenied(), false);
  await app.json(`/api/lists/deny/${HEX}`, { method: "PUT" });
  assert.equal(await isDenied(), true);
});

Deno.test("a swarm that isn't there is looked for again by whoever asks", async () => {
  const app = await manyPages();
  assert.equal((await app.admin(`/api/swarms/${HEX}`)).status, 404);
  announce(app.tracker, { at: "192.0.2.1:1" });
  assert.equal((await app.admin(`/api/swarms/${HEX}`)).status, 200);
});

Deno.test("pages that ask for events in one moment are told up to the same one, and miss none", async () => {
  const app = await manyPages();
  await app.json("/api/events");
  const seen: number[][] = [[], []];
  const afters = [0, 0];
  for (let n = 0; n < 40; n++) {
    app.now += 300;
    announce(app.tracker, { at: "192.0.2.1:1", now: app.now });
    const page = n % 2;
    const { events, next, skipped } = await app.json<EventsAnswer>(`/api/events?after=${afters[page]}`);
    assert.equal(skipped, 0);
    seen[page]?.push(...events.map(({ seq }) => seq));
    afters[page] = next;
  }
  for (const seqs of seen) assert.deepEqual(seqs, Array.from(seqs, (_, i) => i + 1));
  assert.ok((seen[0]?.length ?? 0) > 30);
});

Deno.test("what somebody may see is not told to who may not, however many have it", async () => {
  const app = await manyPages();
  await app.json("/api/overview");
  for (const path of ["/api/overview", "/api/events", "/api/swarms", `/api/swarms/${HEX}`]) {
    const response = await app.get(path);
    assert.equal(response.status, 401, path);
    await response.body?.cancel();
  }
});
