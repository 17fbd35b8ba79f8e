import assert from "node:assert/strict";
import type { BencodeDict } from "../../protocol/mod.ts";
import { HASH, LEAST, TestApp } from "./http.ts";

const OTHER = "%aa".repeat(20);

Deno.test("GET /scrape answers several info hashes", async () => {
  const app = await TestApp.create();
  await app.bencode(`/announce?${LEAST}&left=0&event=completed`);
  const files = (await app.bencode(`/scrape?info_hash=${HASH}&info_hash=${OTHER}`)).get(
    "files",
  ) as BencodeDict;
  const entries = [...files].map(([hash, entry]) => [hash, Object.fromEntries(entry as BencodeDict)]);
  assert.deepEqual(entries, [
    ["\x00\x01\x7f\x80\xff&=+% abcdefghij", { complete: 1, downloaded: 1, incomplete: 0 }],
    ["\xaa".repeat(20), { complete: 0, downloaded: 0, incomplete: 0 }],
  ]);
});

for (
  const { query, reason } of [
    { query: "", reason: "Full scrape is not available: name an info_hash" },
    { query: "?", reason: "Full scrape is not available: name an info_hash" },
    { query: "?info_hash=short", reason: "Invalid info_hash: must be 20 bytes" },
    {
      query: `?info_hash=${HASH}&info_hash=${"%zz".repeat(20)}`,
      reason: "Invalid info_hash: malformed percent escape",
    },
    { query: `?info_hash=${HASH}&${"x".repeat(8000)}`, reason: "Request too long" },
  ]
) {
  Deno.test(`GET /scrape${query.slice(0, 60)} fails with "${reason}"`, async () => {
    const app = await TestApp.create();
    assert.equal(await app.failure(`/scrape${query}`), reason);
    assert.equal(app.tracker.stats.rejected, 1);
  });
}

Deno.test("GET /scrape answers as many info hashes as fit, and refuses more than it is set to", async () => {
  const app = await TestApp.create({ maxScrape: 3 });
  const hashes = (n: number) =>
    Array.from({ length: n }, (_, i) => `info_hash=${`%0${i}`.repeat(20)}`).join("&");
  assert.equal(await app.failure(`/scrape?${hashes(3)}`), undefined);
  assert.equal(await app.failure(`/scrape?${hashes(4)}`), "Too many info_hash: at most 3 in one scrape");
});

Deno.test("HEAD /scrape of everything takes no place among the full scrapes under way: nobody reads its answer", async () => {
  const app = await TestApp.create({ fullScrape: true });
  for (let i = 0; i < 8; i++) assert.equal((await app.get("/scrape", { method: "HEAD" })).status, 200);
  assert.equal(await app.failure("/scrape"), undefined);
});
