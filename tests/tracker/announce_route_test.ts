import assert from "node:assert/strict";
import { toBinary, toHex } from "../../protocol/mod.ts";
import { announcesFirst } from "../../tracker/announce_route.ts";
import { SeededRandom } from "../support/random.ts";
import { HASH, LEAST, PEER, TestApp } from "./http.ts";

Deno.test("GET /announce answers in compact form unless asked otherwise", async () => {
  const app = await TestApp.create();
  const first = await app.bencode(`/announce?${LEAST}&left=0&event=started`);
  assert.deepEqual([...first.keys()], [
    "complete",
    "external ip",
    "incomplete",
    "interval",
    "min interval",
    "peers",
  ]);
  assert.equal(first.get("complete"), 1);
  assert.equal(first.get("interval"), 1800);
  assert.equal(first.get("min interval"), 60);
  const second = await app.bencode(`/announce?${LEAST}&left=5&compact=1`, "198.51.100.2");
  assert.equal(toHex(second.get("peers") as Uint8Array), "c00002011ae1");
});

Deno.test("GET /announce keeps every byte of the info hash", async () => {
  const app = await TestApp.create();
  await app.bencode(`/announce?${LEAST}`);
  const [swarm] = [app.tracker.swarms.newest];
  assert.equal(
    toBinary(app.tracker.swarms.infoHash(swarm)),
    "\x00\x01\x7f\x80\xff&=+% abcdefghij",
  );
});

Deno.test("GET /announce answers in dictionary form for compact=0", async () => {
  const app = await TestApp.create();
  await app.bencode(`/announce?${LEAST}&left=0`);
  const withIds = await app.bencode(`/announce?${LEAST}&left=5&compact=0`, "198.51.100.2");
  const [peer] = withIds.get("peers") as Map<string, unknown>[];
  assert.deepEqual([...peer?.keys() ?? []], ["ip", "peer id", "port"]);
  const without = await app.bencode(`/announce?${LEAST}&left=5&compact=0&no_peer_id=1`, "198.51.100.2");
  const [bare] = without.get("peers") as Map<string, unknown>[];
  assert.deepEqual([...bare?.keys() ?? []], ["ip", "port"]);
});

Deno.test("GET /announce takes IPv4-mapped clients for IPv4 and names IPv6 peers in peers6", async () => {
  const app = await TestApp.create();
  await app.bencode(`/announce?${LEAST}`, "::ffff:192.0.2.1");
  await app.bencode(`/announce?${LEAST}`, "2001:db8::1");
  const answer = await app.bencode(`/announce?${LEAST}`, "198.51.100.2");
  assert.equal(toHex(answer.get("peers") as Uint8Array), "c00002011ae1");
  assert.equal(toHex(answer.get("peers6") as Uint8Array), "20010db80000000000000000000000011ae1");
});

Deno.test("GET /announce doesn't name peers for numwant=0", async () => {
  const app = await TestApp.create();
  await app.bencode(`/announce?${LEAST}`);
  const answer = await app.bencode(`/announce?${LEAST}&numwant=0`, "198.51.100.2");
  assert.equal((answer.get("peers") as Uint8Array).length, 0);
  assert.equal(answer.get("incomplete"), 2);
});

const WITHOUT_PORT = `info_hash=${HASH}&peer_id=${PEER}`;
const MALFORMED: { query: string; reason: RegExp }[] = [
  { query: "", reason: /^Missing info_hash$/ },
  { query: "&&&", reason: /^Missing info_hash$/ },
  { query: "info_hash", reason: /^Invalid info_hash/ },
  { query: `peer_id=${PEER}&port=6881`, reason: /^Missing info_hash$/ },
  { query: `info_hash=${HASH}&port=6881`, reason: /^Missing peer_id$/ },
  { query: WITHOUT_PORT, reason: /^Missing port$/ },
  { query: `${LEAST}&info_hash=${HASH}`, reason: /info_hash/ },
  { query: `${LEAST}&port=6882`, reason: /^Repeated port$/ },
  { query: `${LEAST}&left=1&left=1`, reason: /^Repeated left$/ },
  { query: `${LEAST}&event=started&event=stopped`, reason: /^Repeated event$/ },
  { query: `info_hash=${HASH}x&peer_id=${PEER}&port=1`, reason: /^Invalid info_hash/ },
  { query: `info_hash=short&peer_id=${PEER}&port=1`, reason: /^Invalid info_hash/ },
  { query: `info_hash=${HASH.replace("%ff", "%f")}&peer_id=${PEER}&port=1`, reason: /^Invalid info_hash/ },
  { query: `info_hash=${HASH.replace("%ff", "%zz")}&peer_id=${PEER}&port=1`, reason: /^Invalid info_hash/ },
  { query: `info_hash=${HASH}&peer_id=short&port=1`, reason: /^Invalid peer_id/ },
  { query: `info_hash=${HASH}&peer_id=${PEER}%00&port=1`, reason: /^Invalid peer_id/ },
  { query: `${WITHOUT_PORT}&port=`, reason: /^Invalid port/ },
  { query: `${WITHOUT_PORT}&port=0`, reason: /^Invalid port/ },
  { query: `${WITHOUT_PORT}&port=65536`, reason: /^Invalid port/ },
  { query: `${WITHOUT_PORT}&port=-1`, reason: /^Invalid port/ },
  { query: `${WITHOUT_PORT}&port=6881.5`, reason: /^Invalid port/ },
  { query: `${WITHOUT_PORT}&port=0x1ae1`, reason: /^Invalid port/ },
  { query: `${LEAST}&left=-5`, reason: /^Invalid left/ },
  { query: `${LEAST}&left=many`, reason: /^Invalid left/ },
  { query: `${LEAST}&uploaded=1e9`, reason: /^Invalid uploaded/ },
  { query: `${LEAST}&downloaded=NaN`, reason: /^Invalid downloaded/ },
  { query: `${LEAST}&event=exploded`, reason: /^Invalid event/ },
  { query: `${LEAST}&numwant=lots`, reason: /^Invalid numwant/ },
  { query: `${LEAST}&compact=2`, reason: /^Invalid compact/ },
  { query: `${LEAST}&${"x".repeat(8000)}`, reason: /^Request too long$/ },
];

for (const { query, reason } of MALFORMED) {
  Deno.test(`GET /announce?${query.slice(0, 100)} fails with ${reason}`, async () => {
    const app = await TestApp.create();
    assert.match(await app.failure(`/announce?${query}`) ?? "no failure", reason);
    assert.equal(app.tracker.swarms.size, 0);
    assert.equal(app.tracker.stats.rejected, 1);
  });
}

Deno.test("GET /announce without a query at all fails in words", async () => {
  const app = await TestApp.create();
  assert.equal(await app.failure("/announce"), "Missing info_hash");
});

Deno.test("GET /announce from something without an address fails in words", async () => {
  const app = await TestApp.create();
  assert.equal(await app.failure(`/announce?${LEAST}`, "/run/socket"), "Cannot tell your address");
});

for (
  const query of [
    "left=18446744073709551615",
    "numwant=-1",
    "event=",
    "event=paused",
    "left=0&unknown=1",
    "key=%00%ff",
    "supportcrypto=1&corrupt=0",
  ]
) {
  Deno.test(`GET /announce takes what clients in the field send: ${query}`, async () => {
    const app = await TestApp.create();
    assert.equal(await app.failure(`/announce?${LEAST}&${query}`), undefined);
    assert.equal(app.tracker.peers.size, 1);
  });
}

Deno.test("GET /announce with garbage fails in bencode, never otherwise: 5,000 mutations and 5,000 random queries", async () => {
  const random = new SeededRandom(20_260);
  const app = await TestApp.create();
  const whole =
    `${LEAST}&uploaded=0&downloaded=0&left=1000&event=started&numwant=50&compact=1&no_peer_id=1&key=abc&ip=10.0.0.1`;
  const alphabet = "&=%+;?0123456789abcdefxyz_-.~/\\\"'<>{}|^` []:@!$(),*";
  const pick = () => alphabet[random.below(alphabet.length)] ?? "";
  let answered = 0;
  for (let i = 0; i < 10_000; i++) {
    let query = i % 2 === 0 ? whole : "";
    for (let faults = 1 + random.below(5); faults > 0; faults--) {
      const at = random.below(query.length + 1);
      const cut = random.below(i % 2 === 0 ? 12 : 3);
      query = query.slice(0, at) + Array.from({ length: random.below(12) }, pick).join("") +
        query.slice(at + cut);
    }
    // What a server would never see can't be asked for: "#" and what a URL can't carry are left out of the alphabet.
    const path = `/announce?${query}`;
    try {
      if (await app.failure(path, random.below(2) === 0 ? "127.0.0.1" : "192.0.2.1") === undefined) {
        answered++;
      }
    } catch (error) {
      throw new Error(`seed ${random.seed}, number ${i}, query ${query}`, { cause: error });
    }
  }
  assert.ok(answered > 100, `only ${answered} of the mutated announces were whole`);
  assert.deepEqual(app.logged, []);
});

Deno.test("a bug in the tracker is logged whole and answered in bencode", async () => {
  const app = await TestApp.create();
  app.tracker.announce = () => {
    throw new TypeError("what a surprise");
  };
  assert.equal(await app.failure(`/announce?${LEAST}`), "Internal error");
  assert.match(app.logged.join(), /Cannot answer \/announce: TypeError: what a surprise/);
});

for (
  const { isAnnounce, method = "GET", url } of [
    { url: "http://tracker.example/announce?x", isAnnounce: true },
    { url: "https://t/announce?", isAnnounce: true },
    { url: "http://[::1]:6969/announce?x=/announce", isAnnounce: true },
    { url: "http://tracker.example/announce", isAnnounce: false },
    { url: "http://tracker.example/announce/?x", isAnnounce: false },
    { url: "http://tracker.example/announces?x", isAnnounce: false },
    { url: "http://tracker.example/x/announce?x", isAnnounce: false },
    { url: "http://tracker.example/?/announce?x", isAnnounce: false },
    { url: "http://tracker.example/", isAnnounce: false },
    { url: "http://tracker.example/announce?x", method: "HEAD", isAnnounce: false },
    { url: "http://tracker.example/announce?x", method: "POST", isAnnounce: false },
  ]
) {
  Deno.test(`announcesFirst() gives ${method} ${url} to ${isAnnounce ? "who answers announces" : "the app"}`, () => {
    const handler = announcesFirst(() => new Response("announce"), () => new Response(null, { status: 404 }));
    const response = handler(new Request(url, { method }), { remoteAddr: { hostname: "192.0.2.1" } });
    assert.ok(response instanceof Response);
    assert.equal(response.ok, isAnnounce);
  });
}

Deno.test("an answer that isn't read yet stays as it is while others are made", async () => {
  const app = await TestApp.create();
  const first = await app.get(`/announce?${LEAST}`, { from: "192.0.2.1" });
  const second = await app.get(`/announce?${LEAST}`, { from: "192.0.2.2" });
  const counts = await Promise.all(
    [first, second].map(async (answer) => /10:incompletei(\d+)e/.exec(await answer.text())?.[1]),
  );
  assert.deepEqual(counts, ["1", "2"]);
});

Deno.test("GET /announce with a path that is escaped is one as well", async () => {
  const app = await TestApp.create();
  const dict = await app.bencode(`/%61nnounce?${LEAST}`);
  assert.equal(dict.get("incomplete"), 1);
});
