import assert from "node:assert/strict";
import { type BencodeInput, encode } from "../../protocol/bencode.ts";
import { fromBinary, fromUtf8 } from "../../protocol/bytes.ts";
import { MetainfoError } from "../../protocol/errors.ts";
import { InfoHash } from "../../protocol/info_hash.ts";
import { parseInfo, parseMetainfo } from "../../protocol/metainfo.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const info = { length: 5, name: "a.txt", "piece length": 16384, pieces: "01234567890123456789" };
const infoText = "d6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:01234567890123456789e";

function parse(outer: Record<string, BencodeInput | undefined>) {
  return parseMetainfo(encode({ info, ...outer }));
}

Deno.test("parseMetainfo() reads all that a torrent says", async () => {
  const torrent = await parse({
    announce: "http://t.example/announce",
    "announce-list": [["http://t.example/announce", "http://u.example/announce"], ["udp://v.example:80"]],
    comment: "hällo",
    "created by": "maker 1",
    "creation date": 1700000000,
    "url-list": ["http://w.example/", "https://x.example/"],
    nodes: [["x", 1]],
  });
  assert.equal(torrent.name, "a.txt");
  assert.deepEqual(torrent.infoBytes, fromUtf8(infoText));
  assert.equal(torrent.infoHash.hex, (await InfoHash.of(fromUtf8(infoText))).hex);
  assert.deepEqual(torrent.trackers, [
    ["http://t.example/announce", "http://u.example/announce"],
    ["udp://v.example:80"],
  ]);
  assert.deepEqual(torrent.webSeeds, ["http://w.example/", "https://x.example/"]);
  assert.equal(torrent.comment, "hällo");
  assert.equal(torrent.createdBy, "maker 1");
  assert.deepEqual(torrent.createdAt, new Date("2023-11-14T22:13:20Z"));
});

Deno.test("parseMetainfo() needs nothing but info", async () => {
  const torrent = await parse({});
  assert.deepEqual([torrent.trackers, torrent.webSeeds], [[], []]);
  assert.deepEqual([torrent.comment, torrent.createdBy, torrent.createdAt], [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("parseMetainfo() hashes the info as it came, canonical or not", async () => {
  // Keys out of order, a key that is unknown, a number with zeros in front: nothing of it may be normalised.
  const odd =
    "d4:name5:a.txt12:piece lengthi016384e6:pieces20:012345678901234567891:xle6:lengthi5e4:name1:be";
  const torrent = await parseMetainfo(fromBinary(`d4:info${odd}8:announce18:http://t.example/1e\n`));
  assert.equal(torrent.infoHash.hex, (await InfoHash.of(fromBinary(odd))).hex);
  assert.equal(torrent.name, "a.txt", "of a repeated key the first counts");
  assert.deepEqual(
    torrent.trackers,
    [["http://t.example/1"]],
    "keys out of order and bytes after the end are taken",
  );
});

Deno.test("parseMetainfo() knows the hash of a torrent that other programs know by the same", async () => {
  // Made by mktorrent 1.1, and named so by transmission-show 3.00 and libtorrent 2.0.8.
  const bytes = fromBinary(
    "d8:announce25:http://t.example/announce10:created by13:mktorrent 1.113:creation datei1700000000e4:infod6:lengthi5e" +
      "4:name7:abc.txt12:piece lengthi32768e6:pieces20:\xaa\xf4\xc6\x1d\xdc\xc5\xe8\xa2\xda\xbe\xde\x0f\x3b\x48\x2c\xd9" +
      "\xae\xa9\x43\x4d7:privatei1eee",
  );
  const torrent = await parseMetainfo(bytes);
  assert.equal(torrent.infoHash.hex, "8858f407895462d18d7a6565f04d761633e90b35");
  assert.equal(torrent.isPrivate, true);
});

Deno.test("parseMetainfo() keeps nothing of the bytes it was given", async () => {
  const bytes = encode({ info });
  const torrent = await parseMetainfo(bytes);
  const hash = torrent.pieces.slice();
  bytes.fill(0);
  assert.deepEqual(torrent.pieces, hash);
  assert.deepEqual(torrent.infoBytes, fromUtf8(infoText));
});

Deno.test("parseMetainfo() makes the best of odd tracker lists", async () => {
  const a = "http://a.example/announce";
  const b = "udp://b.example:80";
  const rows: { name: string; announce?: BencodeInput; list?: BencodeInput; tiers: string[][] }[] = [
    { name: "announce alone", announce: a, tiers: [[a]] },
    { name: "a list goes before announce", announce: a, list: [[b]], tiers: [[b]] },
    { name: "an empty list", announce: a, list: [], tiers: [[a]] },
    { name: "empty tiers", announce: a, list: [[], [""]], tiers: [[a]] },
    { name: "a flat list", list: [a, b], tiers: [[a], [b]] },
    { name: "one string", announce: a, list: b, tiers: [[b]] },
    { name: "a number", announce: a, list: 5, tiers: [[a]] },
    { name: "a dictionary", announce: a, list: { x: [b] }, tiers: [[a]] },
    { name: "lists too deep", announce: a, list: [[[b]]], tiers: [[a]] },
    { name: "the same again", list: [[a, a, b], [a], [b, a]], tiers: [[a, b]] },
    { name: "with blanks", list: [[` ${a}\n`]], tiers: [[a]] },
    {
      name: "no URLs",
      announce: "tracker",
      list: [["http://", "x y", 5, "nothing:"], [b]],
      tiers: [["nothing:"], [b]],
    },
    { name: "announce of another type", announce: 5, tiers: [] },
    { name: "too long", announce: `http://a.example/${"x".repeat(5000)}`, tiers: [] },
  ];
  for (const { name, announce, list, tiers } of rows) {
    assert.deepEqual((await parse({ announce, "announce-list": list })).trackers, tiers, name);
  }
});

Deno.test("parseMetainfo() takes web seeds as a list or one string", async () => {
  const rows: [value: BencodeInput, webSeeds: string[]][] = [
    ["http://w.example/", ["http://w.example/"]],
    ["", []],
    [["http://w.example/", "http://w.example/", "ftp://x.example/"], [
      "http://w.example/",
      "ftp://x.example/",
    ]],
    [["file:///etc/passwd", "javascript:1", 5, ["http://w.example/"]], []],
    [5, []],
  ];
  for (const [value, webSeeds] of rows) {
    assert.deepEqual((await parse({ "url-list": value })).webSeeds, webSeeds);
  }
});

Deno.test("parseMetainfo() leaves out optional fields that make no sense", async () => {
  const rows: BencodeInput[] = ["2023", -(2n ** 60n), 2n ** 60n, 2 ** 52, []];
  for (const value of rows) assert.equal((await parse({ "creation date": value })).createdAt, undefined);
  const torrent = await parse({ comment: 5, "created by": [] });
  assert.deepEqual([torrent.comment, torrent.createdBy], [undefined, undefined]);
  assert.equal((await parse({ comment: "x", "comment.utf-8": "é" })).comment, "é");
});

Deno.test("parseMetainfo() uses the encoding that the torrent names", async () => {
  const name = fromBinary("\xc4\xe3.txt");
  assert.equal((await parse({ info: { ...info, name }, encoding: "GBK" })).name, "你.txt");
});

Deno.test("parseMetainfo() says in one sentence why it can't", async () => {
  const good = encode({ announce: "http://t.example/", info });
  const rows: { name: string; bytes: Uint8Array; field: string; message: string }[] = [
    {
      name: "nothing",
      bytes: new Uint8Array(),
      field: "",
      message: "not bencode at byte 0: the outermost value must be a dictionary: got the end of the input",
    },
    {
      name: "a web page",
      bytes: fromUtf8("<!doctype html>"),
      field: "",
      message: 'not bencode at byte 0: the outermost value must be a dictionary: got "<"',
    },
    {
      name: "a list",
      bytes: fromUtf8("le"),
      field: "",
      message: 'not bencode at byte 0: the outermost value must be a dictionary: got "l"',
    },
    {
      name: "half of one",
      bytes: good.subarray(0, good.length - 12),
      field: "",
      message: "not bencode at byte 92: a byte string of 20 bytes is cut off: got 10 more bytes",
    },
    {
      name: "garbage inside",
      bytes: fromUtf8("d4:infod6:lengthx"),
      field: "",
      message: 'not bencode at byte 16: a value must begin with "i", "l", "d" or a digit: got "x"',
    },
    {
      name: "no info",
      bytes: fromUtf8("de"),
      field: "info",
      message: '"info" must be a dictionary: got nothing',
    },
    {
      name: "info a list",
      bytes: fromUtf8("d4:infolee"),
      field: "info",
      message: '"info" must be a dictionary: got an empty list',
    },
    {
      name: "info a string",
      bytes: fromUtf8("d4:info2:dee"),
      field: "info",
      message: '"info" must be a dictionary: got "de"',
    },
    {
      name: "info empty",
      bytes: fromUtf8("d4:infodee"),
      field: "info.name",
      message: '"info.name" must be a byte string: got nothing',
    },
  ];
  for (const { name, bytes, field, message } of rows) {
    await assert.rejects(parseMetainfo(bytes), (error: Error) => {
      assert.ok(error instanceof MetainfoError, name);
      assert.equal(error.message, `Cannot parse metainfo: ${message}`, name);
      assert.equal(error.reason, message, name);
      assert.equal(error.field, field, name);
      return true;
    });
  }
});

Deno.test("parseMetainfo() of every cut of a torrent is a MetainfoError", async () => {
  const bytes = encode({ announce: "http://t.example/", info, "url-list": "http://w.example/" });
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(parseMetainfo(bytes.subarray(0, length)), MetainfoError);
  }
});

Deno.test("parseInfo() makes a torrent of the info alone, as peers send it", async () => {
  const infoBytes = fromUtf8(infoText);
  const torrent = await parseInfo(infoBytes);
  assert.equal(torrent.infoBytes, infoBytes);
  assert.equal(torrent.infoHash.hex, (await InfoHash.of(infoBytes)).hex);
  assert.deepEqual(torrent.trackers, []);
  await assert.rejects(parseInfo(fromUtf8("d1:x")), {
    name: "MetainfoError",
    field: "info",
    message: /^Cannot parse metainfo: "info" is not bencode at byte 4: /,
  });
});

Deno.test("parseMetainfo() of spoilt torrents throws only MetainfoError (seed 12)", async () => {
  const random = new SeededRandom(12);
  const bytes = encode({
    announce: "http://t.example/announce",
    "announce-list": [["http://t.example/announce"], ["udp://u.example:80"]],
    "creation date": 1700000000,
    encoding: "UTF-8",
    info: { ...info, private: 1 },
    "url-list": ["http://w.example/"],
  });
  let taken = 0;
  for (let round = 0; round < 10_000; round++) {
    const spoilt = mutate(bytes, random);
    try {
      const torrent = await parseMetainfo(spoilt);
      assert.equal(torrent.infoHash.hex.length, 40);
      taken++;
    } catch (error) {
      if (!(error instanceof MetainfoError)) throw new Error(`for ${spoilt.toHex()}`, { cause: error });
    }
  }
  assert.ok(taken > 500, `${taken} of 10000 were still torrents`);
});
