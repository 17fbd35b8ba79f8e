import assert from "node:assert/strict";
import { decode } from "../../protocol/bencode.ts";
import { toBinary } from "../../protocol/bytes.ts";
import { MetainfoError } from "../../protocol/errors.ts";
import { encodeMetainfo, type MetainfoDraft } from "../../protocol/metainfo_encoder.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";

const pieces = new Uint8Array(20).fill(0x78);
const single: MetainfoDraft = { name: "a.bin", pieceLength: 16384, pieces, length: 5 };
const folder: MetainfoDraft = {
  name: "dir",
  pieceLength: 16384,
  pieces,
  files: [{ path: ["b"], length: 5 }, { path: ["sub", "é"], length: 0 }, { path: ["aux.c"], length: 1 }],
};

Deno.test("encodeMetainfo() writes canonical bencode, and no field that says nothing", () => {
  const x = "x".repeat(20);
  assert.equal(
    toBinary(encodeMetainfo(single)),
    `d4:infod6:lengthi5e4:name5:a.bin12:piece lengthi16384e6:pieces20:${x}ee`,
  );
  assert.equal(
    toBinary(encodeMetainfo(folder)),
    "d4:infod5:filesld6:lengthi5e4:pathl1:beed6:lengthi0e4:pathl3:sub2:\xc3\xa9eed6:lengthi1e4:pathl5:aux.ceee" +
      `4:name3:dir12:piece lengthi16384e6:pieces20:${x}ee`,
  );
  const full = encodeMetainfo({
    ...single,
    isPrivate: true,
    source: "S",
    trackers: [["http://t.example/a"], [], ["udp://u.example:1"]],
    webSeeds: ["http://w.example/"],
    comment: "c",
    createdBy: "me",
    createdAt: new Date(1700000000_999),
  });
  assert.equal(
    toBinary(full),
    "d8:announce18:http://t.example/a13:announce-listll18:http://t.example/ael17:udp://u.example:1ee7:comment1:c" +
      "10:created by2:me13:creation datei1700000000e4:infod6:lengthi5e4:name5:a.bin12:piece lengthi16384e" +
      `6:pieces20:${x}7:privatei1e6:source1:Se8:url-list17:http://w.example/e`,
  );
  assert.deepEqual(decode(full), decode(full, { lenient: true }));
});

Deno.test("encodeMetainfo() needs a list only for several trackers or web seeds", () => {
  const one = toBinary(encodeMetainfo({ ...single, trackers: [["http://t.example/a"]] }));
  assert.ok(one.includes("8:announce18:") && !one.includes("announce-list"));
  const none = toBinary(encodeMetainfo({ ...single, trackers: [[]], webSeeds: [], isPrivate: false }));
  assert.equal(none, toBinary(encodeMetainfo(single)));
  const two = toBinary(encodeMetainfo({ ...single, webSeeds: ["http://a/", "http://b/"] }));
  assert.ok(two.endsWith("8:url-listl9:http://a/9:http://b/ee"));
});

Deno.test("parseMetainfo() reads back what encodeMetainfo() wrote", async () => {
  const draft: MetainfoDraft = {
    ...folder,
    isPrivate: true,
    source: "S",
    trackers: [["http://t.example/a", "http://u.example/a"], ["udp://v.example:1"]],
    webSeeds: ["http://w.example/", "http://x.example/"],
    comment: "é\nb",
    createdBy: "me",
    createdAt: new Date(1700000000_000),
  };
  const read = await parseMetainfo(encodeMetainfo(draft), { portableNames: false });
  assert.deepEqual(
    {
      name: read.name,
      pieceLength: read.layout.pieceLength,
      pieces: read.pieces,
      files: read.files.map(({ path, length }) => ({ path, length })),
      isPrivate: read.isPrivate,
      source: read.source,
      trackers: read.trackers,
      webSeeds: read.webSeeds,
      comment: read.comment,
      createdBy: read.createdBy,
      createdAt: read.createdAt,
    },
    draft,
  );
});

Deno.test("encodeMetainfo() gives the same info hash whatever stands around the info", async () => {
  const plain = await parseMetainfo(encodeMetainfo(folder));
  const other = await parseMetainfo(
    encodeMetainfo({ ...folder, comment: "x", trackers: [["http://t.example/"]] }),
  );
  const sourced = await parseMetainfo(encodeMetainfo({ ...folder, source: "x" }));
  assert.ok(plain.infoHash.equals(other.infoHash));
  assert.ok(!plain.infoHash.equals(sourced.infoHash));
});

Deno.test("encodeMetainfo() refuses what would not be read back as it was meant", () => {
  const files = (...paths: string[][]) => ({ ...folder, files: paths.map((path) => ({ path, length: 1 })) });
  const rows: [field: string, draft: MetainfoDraft][] = [
    ["info", { ...single, files: folder.files }],
    ["info", { ...single, length: undefined }],
    ["info.files", { ...folder, files: [] }],
    ["info.piece length", { ...single, pieceLength: 0 }],
    ["info.piece length", { ...single, pieceLength: 0.5 }],
    ["info.length", { ...single, length: -1 }],
    ["info.length", { ...single, length: NaN }],
    ["info.pieces", { ...single, length: 20_000 }],
    ["info.pieces", { ...single, pieces: new Uint8Array(19) }],
    ["info.name", { ...single, name: "" }],
    ["info.name", { ...single, name: "a/b" }],
    ["info.name", { ...single, name: "a\x1bb" }],
    ["info.name", { ...single, name: "\ud800" }],
    ["info.name", { ...single, name: "x".repeat(256) }],
    ["info.files[0].path[0]", files([".."])],
    ["info.files[1].path", files(["a"], ["a"])],
    ["info.files[0].path", files(["a"], ["a", "b"])],
    ["info.files[0].path", files(["a\nb"])],
    ["announce-list", { ...single, trackers: [["nonsense"]] }],
    ["url-list", { ...single, webSeeds: [""] }],
    ["creation date", { ...single, createdAt: new Date(NaN) }],
  ];
  for (const [field, draft] of rows) {
    assert.throws(() => encodeMetainfo(draft), (error: Error) => {
      assert.ok(error instanceof MetainfoError, String(error));
      assert.equal(error.field, field, error.message);
      assert.match(error.message, /^Cannot encode metainfo: .*: got /);
      return true;
    });
  }
});
