import assert from "node:assert/strict";
import { fromBinary, toBinary } from "../../protocol/bytes.ts";
import { TrackerError, TrackerRequestError } from "../../protocol/errors.ts";
import {
  decodeScrapeResponse,
  encodeScrapeResponse,
  parseScrapeQuery,
  type ScrapeStats,
  scrapeUrl,
} from "../../protocol/scrape.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const a = "a".repeat(20);
const z = "\xff\x00" + "z".repeat(18);
const zText = "%ff%00" + "z".repeat(18);

Deno.test("parseScrapeQuery() reads no, one or several info hashes", () => {
  const rows: [query: string, hashes: string[]][] = [
    ["", []],
    ["passkey=1&&x", []],
    [`info_hash=${a}`, [a]],
    [`info_hash=${zText}&x=1&info_hash=${a}&`, [z, a]],
    [`info_hash=${a}&info_hash=${a}`, [a]],
    [`info_hash2=${a}&INFO_HASH=1&info_has=1`, []],
  ];
  for (const [query, hashes] of rows) assert.deepEqual(parseScrapeQuery(query), hashes, query);
});

Deno.test("parseScrapeQuery() takes 110 escaped info hashes", () => {
  const query = Array.from({ length: 110 }, (_, i) => "info_hash=" + `%${(i + 16).toString(16)}`.repeat(20))
    .join("&");
  assert.equal(parseScrapeQuery(query).length, 110);
});

Deno.test("parseScrapeQuery() gives a failure reason in the field's words", () => {
  const rows: [query: string, reason: string][] = [
    ["info_hash=", "Invalid info_hash: must be 20 bytes"],
    ["info_hash", "Invalid info_hash: must be 20 bytes"],
    [`info_hash=${a}&info_hash=${a}a`, "Invalid info_hash: must be 20 bytes"],
    [`info_hash=${a.slice(1)}%6`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=${a.slice(1)}é`, "Invalid info_hash: must be percent-encoded"],
    ["&".repeat(8193), "Query too long"],
  ];
  for (const [query, reason] of rows) {
    assert.throws(() => parseScrapeQuery(query), { name: "TrackerRequestError", message: reason }, query);
  }
});

const files = new Map<string, ScrapeStats>([
  [z, { complete: 1, downloaded: 20, incomplete: 0 }],
  [a, { complete: 0, downloaded: 0, incomplete: 300 }],
]);
const filesText = "d5:filesd" +
  `20:${a}d8:completei0e10:downloadedi0e10:incompletei300ee` +
  `20:${z}d8:completei1e10:downloadedi20e10:incompletei0ee` +
  "ee";

Deno.test("encodeScrapeResponse() writes canonical bencode, info hashes in order", () => {
  assert.equal(toBinary(encodeScrapeResponse(files)), filesText);
  assert.equal(toBinary(encodeScrapeResponse(new Map())), "d5:filesdee");
});

Deno.test("decodeScrapeResponse() reads what trackers send", () => {
  const rows: [text: string, stats: [string, ScrapeStats][]][] = [
    [filesText, [[a, { complete: 0, downloaded: 0, incomplete: 300 }], [z, {
      complete: 1,
      downloaded: 20,
      incomplete: 0,
    }]]],
    ["d5:filesdee", []],
    [`d5:filesd20:${a}d8:completei-1e10:downloaded1:xeee`, [[a, {
      complete: 0,
      downloaded: 0,
      incomplete: 0,
    }]]],
    [`d5:filesd3:abcde20:${a}i1eee`, []],
    [
      `d5:filesd20:${a}d8:completei5e10:downloadedi6e10:incompletei7e4:name1:neee5:flagsd20:min_request_intervali60eee`,
      [[a, { complete: 5, downloaded: 6, incomplete: 7 }]],
    ],
  ];
  for (const [text, stats] of rows) {
    assert.deepEqual([...decodeScrapeResponse(fromBinary(text))], stats, text);
  }
});

Deno.test("decodeScrapeResponse() explains a refusal and an answer without files", () => {
  assert.throws(() => decodeScrapeResponse(fromBinary("d14:failure reason2:Noe")), {
    name: "TrackerError",
    message: 'Cannot scrape: the tracker refuses: got "No"',
  });
  for (const text of ["de", "d5:filesi1ee"]) {
    assert.throws(() => decodeScrapeResponse(fromBinary(text)), {
      name: "TrackerError",
      message: `Cannot read the tracker's answer: it has no "files"`,
    });
  }
});

Deno.test("scrapeUrl() replaces the word announce where the last part of the path begins with it (BEP 48)", () => {
  const rows: [announce: string, scrape: string | undefined][] = [
    ["http://localhost:6969/announce", "http://localhost:6969/scrape"],
    ["https://localhost/x/announce", "https://localhost/x/scrape"],
    ["http://localhost/announce.php", "http://localhost/scrape.php"],
    ["http://localhost/announce?x=2%0644", "http://localhost/scrape?x=2%0644"],
    ["http://localhost/announce?x=2/4", "http://localhost/scrape?x=2/4"],
    ["http://localhost/announce/announce", "http://localhost/announce/scrape"],
    ["HTTP://announce/announce", "HTTP://announce/scrape"],
    ["http://localhost/a", undefined],
    ["http://localhost/x%064announce", undefined],
    ["http://localhost/announce/", undefined],
    ["http://localhost/?x=/announce", undefined],
    ["http://announce", undefined],
    ["http://localhost#/announce", undefined],
    ["udp://localhost:6969/announce", undefined],
    ["", undefined],
  ];
  for (const [announce, scrape] of rows) assert.equal(scrapeUrl(announce), scrape, announce);
});

Deno.test("scrape's parsers meet 10,000 spoilt inputs with nothing but their own errors", () => {
  const random = new SeededRandom(48);
  const answer = fromBinary(filesText);
  const query = fromBinary(`info_hash=${zText}&x=1&info_hash=${a}&passkey=%41`);
  let [answers, queries] = [0, 0];
  for (let round = 0; round < 10_000; round++) {
    const spoiltAnswer = mutate(answer, random);
    const spoiltQuery = toBinary(mutate(query, random));
    try {
      decodeScrapeResponse(spoiltAnswer);
      answers++;
    } catch (error) {
      if (!(error instanceof TrackerError)) throw new Error(`for ${spoiltAnswer.toHex()}`, { cause: error });
    }
    try {
      assert.ok(parseScrapeQuery(spoiltQuery).every((hash) => hash.length === 20));
      queries++;
    } catch (error) {
      if (!(error instanceof TrackerRequestError)) throw new Error(`for ${spoiltQuery}`, { cause: error });
    }
  }
  assert.ok(answers > 500 && answers < 9500, `${answers} answers`);
  assert.ok(queries > 500 && queries < 9500, `${queries} queries`);
});
