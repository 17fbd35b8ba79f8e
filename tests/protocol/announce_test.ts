import assert from "node:assert/strict";
import {
  type AnnounceRequest,
  announceUrl,
  formatAnnounceQuery,
  parseAnnounceQuery,
  UNKNOWN_LEFT,
} from "../../protocol/announce.ts";
import { TrackerRequestError } from "../../protocol/errors.ts";
import { SeededRandom } from "../support/random.ts";

const infoHash = "\x12\x34\x56\x78\x9a\xbc\xde\xf1\x23\x45\x67\x89\xab\xcd\xef\x12\x34\x56\x78\x9a";
const peerId = "-SE0100-abcdefghijkl";
const hashText = "%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A";
const base = `info_hash=${hashText}&peer_id=${peerId}&port=6881`;

const baseRequest: AnnounceRequest = {
  infoHash,
  peerId,
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: UNKNOWN_LEFT,
  event: "none",
  numwant: undefined,
  compact: undefined,
  noPeerId: undefined,
  ip: undefined,
  key: undefined,
  trackerId: undefined,
};

Deno.test("parseAnnounceQuery() reads what clients send", () => {
  const rows: { name: string; query: string; request: Partial<AnnounceRequest> }[] = [
    { name: "the least", query: base, request: {} },
    {
      name: "libtorrent",
      query:
        `info_hash=${hashText}&peer_id=-LT2080-%2b%00%ff%7eabcdefgh&port=6881&uploaded=1&downloaded=2&left=3` +
        "&corrupt=0&key=7D0B1D06&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0",
      request: {
        peerId: "-LT2080-+\x00\xff~abcdefgh",
        uploaded: 1,
        downloaded: 2,
        left: 3,
        key: "7D0B1D06",
        event: "started",
        numwant: 200,
        compact: true,
        noPeerId: true,
      },
    },
    {
      name: "every parameter, in another order",
      query:
        "trackerid=%00x%ff&ip=2001:db8::1&key=k&no_peer_id=0&compact=0&numwant=0&event=completed&left=0" +
        `&downloaded=9007199254740991&uploaded=17&port=65535&peer_id=${peerId}&info_hash=${hashText}`,
      request: {
        port: 65535,
        uploaded: 17,
        downloaded: 9007199254740991,
        left: 0,
        event: "completed",
        numwant: 0,
        compact: false,
        noPeerId: false,
        ip: "2001:db8::1",
        key: "k",
        trackerId: "\x00x\xff",
      },
    },
    { name: "stopped", query: `${base}&event=stopped`, request: { event: "stopped" } },
    { name: "an empty event is none (BEP 3)", query: `${base}&event=`, request: { event: "none" } },
    { name: "paused (BEP 21)", query: `${base}&event=paused`, request: { event: "paused" } },
    { name: "negative numwant is unsaid", query: `${base}&numwant=-1`, request: { numwant: undefined } },
    {
      name: "sizes beyond 2^53 stay there",
      query: `${base}&left=18446744073709551615`,
      request: { left: UNKNOWN_LEFT },
    },
    { name: "numbers with leading zeros", query: `${base}&left=007`, request: { left: 7 } },
    {
      name: "optional parameters left empty",
      query: `${base}&ip=&key&trackerid=&numwant=&compact=&no_peer_id`,
      request: {},
    },
    {
      name: "unknown, empty and repeated unknown parameters",
      query: `&&a=%zz&a=1&=&==&infohash=1&INFO_HASH=x&${base}&info_hash2=1&ips=1&é=1&`,
      request: {},
    },
    {
      name: "names that differ from ours in a bit, or begin or end as ours do",
      query:
        `${base}&PORT=x&Port=x&0ort=x&info?hash=x&info\x7fhash=x&no\x1fpeer_id=x&p\u00efrt=x&port\u0100=x` +
        "&pport=x&portt=x&por=x&`port=x&no_peer_idd=x&a_no_peer_id=x&aaaaaaaaport=x&\0port=x",
      request: {},
    },
    {
      name: "text in which some bytes are escaped",
      query: `${base}&key=a%26b%3dc%00&ip=%3a:1&trackerid=%ff%fe`,
      request: { key: "a&b=c\0", ip: "::1", trackerId: "\xff\xfe" },
    },
    {
      name: "both cases of hex",
      query: base.replace("%9A", "%9a").replace("%BC", "%bC"),
      request: {},
    },
    {
      name: "a plus is a plus, other marks stand for themselves",
      query: `info_hash=++++++++++++++++++++&peer_id=-XX0000-+!*'()/;,:@~&port=1`,
      request: { infoHash: "+".repeat(20), peerId: "-XX0000-+!*'()/;,:@~", port: 1 },
    },
    {
      name: "an equals sign in a value",
      query: `info_hash=====================&peer_id=${peerId}&port=6881`,
      request: { infoHash: "=".repeat(20) },
    },
  ];
  for (const { name, query, request } of rows) {
    assert.deepEqual(parseAnnounceQuery(query), { ...baseRequest, ...request }, name);
  }
});

Deno.test("parseAnnounceQuery() reads every byte, escaped or not", () => {
  for (let byte = 0; byte < 256; byte++) {
    const hex = byte.toString(16).padStart(2, "0");
    const request = parseAnnounceQuery(`info_hash=${`%${hex}`.repeat(20)}&peer_id=${peerId}&port=1`);
    assert.equal(request.infoHash, String.fromCharCode(byte).repeat(20), hex);
  }
});

Deno.test("parseAnnounceQuery() reads a query in a URL, and beside what is no ASCII in parameters that mean nothing", () => {
  const strange = ["é", "\u0100€", "😀", "\ud800", "\x80".repeat(2000)];
  for (const text of strange) {
    const query = `${text}=${text}&${base}&key=abc&name=${text}&left=1`;
    const url = `http://tracker.example/é?${query}`;
    for (const request of [parseAnnounceQuery(query), parseAnnounceQuery(url, url.length - query.length)]) {
      assert.deepEqual(request, { ...baseRequest, key: "abc", left: 1 }, text.slice(0, 10));
    }
  }
});

Deno.test("parseAnnounceQuery() gives a failure reason in the field's words", () => {
  const rest = base.slice(base.indexOf("&") + 1);
  const rows: [query: string, reason: string][] = [
    ["", "Missing info_hash"],
    [rest, "Missing info_hash"],
    [`info_hash=${hashText}&port=1`, "Missing peer_id"],
    [`info_hash=${hashText}&peer_id=${peerId}`, "Missing port"],
    [`${base}&info_hash=${hashText}`, "Several info_hash: announce one at a time"],
    [`${base}&peer_id=${peerId}`, "Repeated peer_id"],
    [`${base}&port=6881`, "Repeated port"],
    [`${base}&left=1&uploaded=1&left=1`, "Repeated left"],
    [`${base}&uploaded=1&uploaded=2`, "Repeated uploaded"],
    [`${base}&downloaded=1&downloaded=1`, "Repeated downloaded"],
    [`${base}&event=&event=stopped`, "Repeated event"],
    [`${base}&numwant=1&numwant=1`, "Repeated numwant"],
    [`${base}&compact=1&compact=1`, "Repeated compact"],
    [`${base}&no_peer_id=1&no_peer_id=1`, "Repeated no_peer_id"],
    [`${base}&ip=1&ip=1`, "Repeated ip"],
    [`${base}&key=1&key=1`, "Repeated key"],
    [`${base}&trackerid=1&trackerid=1`, "Repeated trackerid"],
    [`info_hash=&${rest}`, "Invalid info_hash: must be 20 bytes"],
    [`info_hash&${rest}`, "Invalid info_hash: must be 20 bytes"],
    [`info_hash=${hashText.slice(0, -3)}&${rest}`, "Invalid info_hash: must be 20 bytes"],
    [`info_hash=${hashText}x&${rest}`, "Invalid info_hash: must be 20 bytes"],
    [
      `info_hash=${"0123456789abcdef0123456789abcdef01234567"}&${rest}`,
      "Invalid info_hash: must be 20 bytes",
    ],
    [`info_hash=${hashText.slice(0, -1)}&${rest}`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=${hashText.slice(0, -2)}&${rest}`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=${hashText.slice(0, -2)}G0&${rest}`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=${hashText.slice(0, -2)}0 &${rest}`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=%%%%%%%%%%%%%%%%%%%%&${rest}`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=${hashText.slice(0, -3)}%\u00b00&${rest}`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=${hashText.slice(0, -3)}%0\u0130&${rest}`, "Invalid info_hash: malformed percent escape"],
    [`info_hash=${hashText.slice(0, -3)}\u009a&${rest}`, "Invalid info_hash: must be percent-encoded"],
    [`info_hash=${hashText.slice(0, -3)}\u{1f331}&${rest}`, "Invalid info_hash: must be percent-encoded"],
    [`info_hash=${hashText}&port=1&peer_id=short`, "Invalid peer_id: must be 20 bytes"],
    [`info_hash=${hashText}&port=1&peer_id=%`, "Invalid peer_id: malformed percent escape"],
    [`${base}&key=%4`, "Invalid key: malformed percent escape"],
    [`${base}&ip=${"1".repeat(257)}`, "Invalid ip: too long"],
    ...["", "0", "65536", "-1", "+1", "1.5", "1e3", "0x50", " 80", "80 ", "%380", "99999999999999999999", "x"]
      .map((port) =>
        [`info_hash=${hashText}&peer_id=${peerId}&port=${port}`, "Invalid port: must be 1 to 65535"] as [
          string,
          string,
        ]
      ),
    ...["uploaded", "downloaded", "left"].flatMap((name) =>
      ["", "-1", "1.5", "NaN", "%31", "1 ", "é"].map((value) =>
        [`${base}&${name}=${value}`, `Invalid ${name}: must be a whole number of bytes`] as [string, string]
      )
    ),
    [`${base}&event=begun`, "Invalid event: must be started, stopped or completed"],
    [`${base}&event=Started`, "Invalid event: must be started, stopped or completed"],
    [`${base}&numwant=many`, "Invalid numwant: must be a whole number"],
    [`${base}&numwant=-`, "Invalid numwant: must be a whole number"],
    [`${base}&numwant=--1`, "Invalid numwant: must be a whole number"],
    [`${base}&compact=true`, "Invalid compact: must be 0 or 1"],
    [`${base}&compact=11`, "Invalid compact: must be 0 or 1"],
    [`${base}&no_peer_id=2`, "Invalid no_peer_id: must be 0 or 1"],
    [`${base}&x=${"y".repeat(8192)}`, "Query too long"],
  ];
  for (const [query, reason] of rows) {
    assert.throws(() => parseAnnounceQuery(query), { name: "TrackerRequestError", message: reason }, query);
  }
});

const requests: AnnounceRequest[] = [
  baseRequest,
  {
    infoHash: "\x00\x01 %&=+#?/;:@'\"\\~-._",
    peerId: "\xff\xfe\x80\x7f0123456789ABCDwxyz".slice(0, 20),
    port: 1,
    uploaded: 123,
    downloaded: 2 ** 53 - 1,
    left: 0,
    event: "completed",
    numwant: 0,
    compact: false,
    noPeerId: true,
    ip: "::1",
    key: "k&=",
    trackerId: "\xe9\x00",
  },
];

Deno.test("formatAnnounceQuery() writes what parseAnnounceQuery() reads", () => {
  const [, full] = requests;
  assert.equal(full?.infoHash.length, 20);
  for (const request of requests) assert.deepEqual(parseAnnounceQuery(formatAnnounceQuery(request)), request);
});

Deno.test("formatAnnounceQuery() escapes everything but RFC 3986's unreserved characters", () => {
  const query = formatAnnounceQuery({
    ...baseRequest,
    left: 5,
    event: "started",
    numwant: 50,
    compact: true,
    key: "A~z-9._ +'",
  });
  assert.equal(
    query,
    "info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-SE0100-abcdefghijkl&port=6881" +
      "&uploaded=0&downloaded=0&left=5&compact=1&event=started&numwant=50&key=A~z-9._%20%2B%27",
  );
  // fetch() sends a URL as URL writes it: nothing may change on the way.
  assert.equal(new URL(`http://localhost/announce?${query}`).search, `?${query}`);
  assert.throws(() => formatAnnounceQuery({ ...baseRequest, key: "\u0100" }), RangeError);
});

Deno.test("announceUrl() keeps the tracker's own query", () => {
  const query = formatAnnounceQuery(baseRequest);
  const rows: [tracker: string, url: string][] = [
    ["http://localhost:6969/announce", "http://localhost:6969/announce?" + query],
    ["http://localhost/announce?passkey=%41b+c", "http://localhost/announce?passkey=%41b+c&" + query],
    ["http://localhost/announce?", "http://localhost/announce?" + query],
    ["http://localhost/announce?a=1&", "http://localhost/announce?a=1&" + query],
    ["http://localhost/announce#part", "http://localhost/announce?" + query],
    ["http://localhost/announce?a=1#part?", "http://localhost/announce?a=1&" + query],
  ];
  for (const [tracker, url] of rows) assert.equal(announceUrl(tracker, baseRequest), url);
});

Deno.test("parseAnnounceQuery() meets 10,000 spoilt queries with nothing but TrackerRequestError, and repeats no byte of them", () => {
  const random = new SeededRandom(80_000);
  const seeds = requests.map(formatAnnounceQuery);
  const alphabet = [
    ..."&=%+-0129aAfFgZ_?#\x00\x80\xff\u1234",
    "info_hash=",
    "&port=",
    "&left=",
    "%e2%80",
    "event=",
  ];
  const reasons = new Set<string>();
  let read = 0;
  for (let round = 0; round < 10_000; round++) {
    const chars = [...seeds[round % seeds.length] as string];
    for (let faults = 1 + random.below(4); faults > 0; faults--) {
      const put = random.below(3) > 0 ? [alphabet[random.below(alphabet.length)] as string] : [];
      chars.splice(random.below(chars.length + 1), random.below(4), ...put);
    }
    const query = chars.join("");
    try {
      const request = parseAnnounceQuery(query);
      assert.deepEqual(parseAnnounceQuery(formatAnnounceQuery(request)), request, query);
      read++;
    } catch (error) {
      if (!(error instanceof TrackerRequestError)) throw new Error(`for ${query}`, { cause: error });
      reasons.add(error.message);
    }
  }
  assert.ok(read > 1000, `${read} read`);
  assert.ok(reasons.size > 10 && reasons.size < 60, [...reasons].join("\n"));
  for (const reason of reasons) assert.match(reason, /^[A-Za-z0-9_:, -]{1,60}$/);
});
