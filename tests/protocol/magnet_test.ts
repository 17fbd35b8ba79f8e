import assert from "node:assert/strict";
import { fromBinary, toBinary } from "../../protocol/bytes.ts";
import { MagnetError } from "../../protocol/errors.ts";
import { InfoHash } from "../../protocol/info_hash.ts";
import { formatMagnet, type Magnet, parseMagnet } from "../../protocol/magnet.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const hex = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
const base32 = "YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK";
const xt = `magnet:?xt=urn:btih:${hex}`;

const plain: Magnet = {
  infoHash: InfoHash.fromHex(hex),
  name: undefined,
  trackers: [],
  webSeeds: [],
  peers: [],
  exactLength: undefined,
  select: undefined,
};

Deno.test("parseMagnet() reads what links say", () => {
  const rows: { name: string; uri: string; magnet: Partial<Magnet> }[] = [
    { name: "the least", uri: xt, magnet: {} },
    { name: "capitals and blanks", uri: ` MAGNET:?XT=URN:BTIH:${hex.toUpperCase()}\n`, magnet: {} },
    { name: "base32", uri: `magnet:?xt=urn:btih:${base32}`, magnet: {} },
    { name: "base32 in lower case", uri: `magnet:?xt=urn:btih:${base32.toLowerCase()}`, magnet: {} },
    { name: "escaped xt", uri: `magnet:?xt=urn%3Abtih%3A${hex}`, magnet: {} },
    { name: "numbered xt", uri: `magnet:?xt.1=urn:btih:${hex}`, magnet: {} },
    { name: "a hybrid's two", uri: `magnet:?xt=urn:btmh:1220ab&xt=urn:btih:${hex}`, magnet: {} },
    { name: "xt last", uri: `magnet:?dn=a&xt=urn:btih:${hex}`, magnet: { name: "a" } },
    { name: "a name", uri: `${xt}&dn=%C3%A9+b%20c%2B`, magnet: { name: "é b c+" } },
    { name: "a name that is no UTF-8", uri: `${xt}&dn=%FFa%zz%4`, magnet: { name: "\ufffda%zz%4" } },
    { name: "an empty name", uri: `${xt}&dn=`, magnet: {} },
    {
      name: "trackers, numbered or not, each once",
      uri:
        `${xt}&tr=http%3A%2F%2Ft.example%2Fa%3Fx%3D1%2B1&tr.1=udp://u.example:80&tr.2=udp://u.example:80&tr=nonsense&tr=`,
      magnet: { trackers: ["http://t.example/a?x=1+1", "udp://u.example:80"] },
    },
    {
      name: "copied from HTML",
      uri: `${xt}&amp;tr=http://t.example/&amp;dn=a`,
      magnet: { trackers: ["http://t.example/"], name: "a" },
    },
    {
      name: "web seeds",
      uri: `${xt}&ws=http://w.example/f%20g`,
      magnet: { webSeeds: ["http://w.example/f g"] },
    },
    {
      name: "peers",
      uri:
        `${xt}&x.pe=192.0.2.1:6881&x.pe=[2001:DB8::1]:6882&x.pe=%5B::ffff:192.0.2.2%5D:1&x.pe=peer.example:80`,
      magnet: {
        peers: [
          { ip: "192.0.2.1", port: 6881 },
          { ip: "2001:db8::1", port: 6882 },
          { ip: "192.0.2.2", port: 1 },
          { ip: "peer.example", port: 80 },
        ],
      },
    },
    {
      name: "peers that are none",
      uri:
        `${xt}&x.pe=192.0.2.1&x.pe=192.0.2.1:0&x.pe=192.0.2.1:65536&x.pe=300.1.1.1:1&x.pe=2001:db8::1:80&x.pe=a b:1`,
      magnet: {},
    },
    { name: "a length", uri: `${xt}&xl=12345`, magnet: { exactLength: 12345 } },
    { name: "a length that is none", uri: `${xt}&xl=-1&xl=99999999999999999999`, magnet: {} },
    { name: "a choice of files", uri: `${xt}&so=0,2,4-6`, magnet: { select: [[0, 0], [2, 2], [4, 6]] } },
    { name: "what nobody knows", uri: `${xt}&foo=bar&&=&x&mt=http://x`, magnet: {} },
  ];
  for (const { name, uri, magnet } of rows) assert.deepEqual(parseMagnet(uri), { ...plain, ...magnet }, name);
});

Deno.test("parseMagnet() refuses what is no link to a torrent, and says why", () => {
  const rows: [uri: string, message: RegExp][] = [
    ["", /must begin with "magnet:\?": got ""$/],
    ["http://example.com/", /must begin with/],
    ["magnet:", /must begin with/],
    ["magnet:?", /"xt" must be .*: got nothing$/],
    ["magnet:?dn=a", /got nothing$/],
    ["magnet:?xt=urn:sha1:abc", /"xt" must be .*: got "urn:sha1:abc"$/],
    ["magnet:?xt=urn:btmh:1220ab", /"xt" must be/],
    [`magnet:?xt=urn:btih:${hex.slice(1)}`, /40 hex or 32 base32/],
    [`magnet:?xt=urn:btih:${hex}0`, /40 hex or 32 base32/],
    [`magnet:?xt=urn:btih:${base32.replace("Y", "1")}`, /40 hex or 32 base32/],
    [`${xt}&so=`, /"so" must be numbers and ranges: got ""$/],
    [`${xt}&so=1,a`, /got "a"$/],
    [`${xt}&so=5-2`, /got "5-2"$/],
    [`${xt}&so=9999999999`, /got "9999999999"$/],
    [`${xt}&dn=${"a".repeat(70_000)}`, /at most 65536 chars/],
  ];
  for (const [uri, message] of rows) {
    assert.throws(() => parseMagnet(uri), (error: Error) => {
      assert.ok(error instanceof MagnetError);
      assert.match(error.message, /^Cannot parse magnet link: /);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("formatMagnet() writes what parseMagnet() reads", () => {
  const full: Magnet = {
    infoHash: InfoHash.fromHex(hex),
    name: "é & b=c+d%20",
    trackers: ["http://t.example/a?x=1&y=2", "udp://u.example:80/announce"],
    webSeeds: ["http://w.example/f%20g"],
    peers: [{ ip: "192.0.2.1", port: 1 }, { ip: "2001:db8::1", port: 65535 }, {
      ip: "peer.example",
      port: 80,
    }],
    exactLength: 5,
    select: [[0, 0], [4, 6]],
  };
  assert.deepEqual(parseMagnet(formatMagnet(full)), full);
  assert.equal(formatMagnet(plain), xt);
  assert.equal(parseMagnet(formatMagnet({ ...plain, name: "\ud800" })).name, "\ufffd");
});

Deno.test("parseMagnet() of spoilt links throws only MagnetError (seed 9)", () => {
  const random = new SeededRandom(9);
  const link =
    `${xt}&dn=%C3%A9+b&tr=http%3A%2F%2Ft.example%2Fa&x.pe=[::1]:1&x.pe=192.0.2.1:6881&xl=123&so=0,2-4&ws=http://w`;
  let taken = 0;
  for (let round = 0; round < 10_000; round++) {
    const uri = toBinary(mutate(fromBinary(link), random));
    try {
      const magnet = parseMagnet(uri);
      assert.deepEqual(parseMagnet(formatMagnet(magnet)), magnet);
      taken++;
    } catch (error) {
      if (!(error instanceof MagnetError)) throw new Error(`for ${JSON.stringify(uri)}`, { cause: error });
    }
  }
  assert.ok(taken > 1000, `${taken} of 10000 were still links`);
});
