import assert from "node:assert/strict";
import { parseContentRange, parseRetryAfter, webSeedUrl } from "../../protocol/web_seed.ts";
import { fromUtf8, toUtf8 } from "../../protocol/bytes.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const URLS: { name: string; seed: string; torrent: string; path?: string[]; url: string }[] = [
  {
    name: "a single file is at the seed's own URL",
    seed: "http://a.example/mirror/file.exe",
    torrent: "other name",
    url: "http://a.example/mirror/file.exe",
  },
  {
    name: "a single file is below a URL that ends in a slash",
    seed: "http://a.example/mirror/",
    torrent: "100% größer?#.exe",
    url: "http://a.example/mirror/100%25%20gr%C3%B6%C3%9Fer%3F%23.exe",
  },
  {
    name: "a folder's files are below its name",
    seed: "http://a.example/pub/",
    torrent: "michael",
    path: ["dir one", "file.txt"],
    url: "http://a.example/pub/michael/dir%20one/file.txt",
  },
  {
    name: "a folder's URL may lack its slash",
    seed: "http://a.example/pub",
    torrent: "michael",
    path: ["a"],
    url: "http://a.example/pub/michael/a",
  },
  {
    name: "what is escaped in the seed's URL stays so, and its query stays behind the path",
    seed: "https://a.example/p%20q?key=1",
    torrent: "t",
    path: ["&=+"],
    url: "https://a.example/p%20q/t/%26%3D%2B?key=1",
  },
  {
    name: "a server's root",
    seed: "http://a.example",
    torrent: "t.bin",
    url: "http://a.example/t.bin",
  },
];

for (const { name, seed, torrent, path, url } of URLS) {
  Deno.test(`webSeedUrl(): ${name}`, () => {
    const info = { name: torrent, isSingleFile: path === undefined };
    assert.equal(webSeedUrl(seed, info, { path: path ?? [torrent] }), url);
  });
}

Deno.test("parseContentRange() reads a range, with and without the whole length", () => {
  assert.deepEqual(parseContentRange("bytes 0-9/10"), { first: 0, last: 9, total: 10 });
  assert.deepEqual(parseContentRange(" Bytes 5-5/* "), { first: 5, last: 5, total: undefined });
});

Deno.test("parseContentRange() knows what makes no sense", () => {
  const wrong = [
    "",
    "bytes */10",
    "bytes 9-8/10",
    "bytes 0-10/10",
    "bytes -1-5/10",
    "pages 0-1/2",
    "bytes 0-9007199254740993/*",
  ];
  for (const header of wrong) assert.equal(parseContentRange(header), undefined, header);
});

Deno.test("parseRetryAfter() reads seconds and dates", () => {
  const now = Date.UTC(2026, 0, 1, 12);
  assert.equal(parseRetryAfter("120", now), 120_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 12:00:30 GMT", now), 30_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 11:00:00 GMT", now), 0);
  for (const header of ["", "soon", "-5", "1e9", "99999999999999999"]) {
    assert.equal(parseRetryAfter(header, now), undefined, header);
  }
});

Deno.test("10,000 mutated headers are read as something that makes sense, or not at all", () => {
  const random = new SeededRandom(19);
  for (let i = 0; i < 10_000; i++) {
    const range = parseContentRange(toUtf8(mutate(fromUtf8("bytes 1000-1999/65536"), random)));
    if (range !== undefined) {
      assert.ok(range.first <= range.last && range.last < (range.total ?? Infinity), JSON.stringify(range));
    }
    const wait = parseRetryAfter(toUtf8(mutate(fromUtf8("Thu, 01 Jan 2026 12:00:30 GMT"), random)), 0);
    assert.ok(wait === undefined || wait >= 0);
  }
});
