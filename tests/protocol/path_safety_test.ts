import assert from "node:assert/strict";
import { fromUtf8 } from "../../protocol/bytes.ts";
import { MAX_NAME_BYTES, safeName, tellApart, whyUnsafe } from "../../protocol/path_safety.ts";

Deno.test("whyUnsafe() refuses names that lead elsewhere", () => {
  const rows: [name: string, why: RegExp | undefined][] = [
    ["", /empty/],
    [".", /another folder/],
    ["..", /another folder/],
    ["/", /separator/],
    ["/etc/passwd", /separator/],
    ["a/../b", /separator/],
    ["..\\x", /separator/],
    ["C:\\x", /separator/],
    ["a\0.txt", /NUL/],
    ["...", undefined],
    ["..a", undefined],
    [".hidden", undefined],
    ["a b.txt", undefined],
    ["~", undefined],
    ["CON", undefined],
  ];
  for (const [name, why] of rows) {
    if (why === undefined) assert.equal(whyUnsafe(name), undefined, name);
    else assert.match(whyUnsafe(name) ?? "", why, JSON.stringify(name));
  }
});

Deno.test("safeName() changes what can't be a file's name, and on Windows more", () => {
  const rows: [name: string, anywhere: string, portable: string][] = [
    ["a.txt", "a.txt", "a.txt"],
    ["é 🌱.txt", "é 🌱.txt", "é 🌱.txt"],
    ["a\x1b[2Jb\n\x7f\x9b", "a_[2Jb___", "a_[2Jb___"],
    ["gpj\u202eexe", "gpj_exe", "gpj_exe"],
    ["What?", "What?", "What_"],
    ['<>:"|?*', '<>:"|?*', "_______"],
    ["file:stream", "file:stream", "file_stream"],
    ["aux.c", "aux.c", "_aux.c"],
    ["NUL", "NUL", "_NUL"],
    ["nul.tar.gz", "nul.tar.gz", "_nul.tar.gz"],
    ["CON .txt", "CON .txt", "_CON .txt"],
    ["COM1", "COM1", "_COM1"],
    ["lpt9.x", "lpt9.x", "_lpt9.x"],
    ["COM¹", "COM¹", "_COM¹"],
    ["CONIN$", "CONIN$", "_CONIN$"],
    ["console", "console", "console"],
    ["COM10", "COM10", "COM10"],
    ["a.", "a.", "a_"],
    ["a ", "a ", "a_"],
    ["...", "...", ".._"],
  ];
  for (const [name, anywhere, portable] of rows) {
    assert.equal(safeName(name, false), anywhere, name);
    assert.equal(safeName(name, true), portable, name);
    assert.equal(safeName(portable, true), portable, `${name}: twice is as once`);
  }
});

Deno.test("safeName() cuts long names to 255 bytes, with the extension kept and no char halved", () => {
  const rows: [name: string, safe: string][] = [
    ["a".repeat(255), "a".repeat(255)],
    ["a".repeat(256), "a".repeat(255)],
    [`${"a".repeat(300)}.mkv`, `${"a".repeat(251)}.mkv`],
    [`${"é".repeat(200)}.mkv`, `${"é".repeat(125)}.mkv`],
    ["🌱".repeat(100), "🌱".repeat(63)],
    [`.${"a".repeat(300)}`, `.${"a".repeat(254)}`],
    [`a.${"b".repeat(300)}`, `a.${"b".repeat(253)}`],
  ];
  for (const [name, safe] of rows) {
    assert.equal(safeName(name, false), safe);
    assert.ok(fromUtf8(safe).length <= MAX_NAME_BYTES);
  }
});

Deno.test("tellApart() gives each file a path of its own and keeps the first one's", () => {
  const rows: { name: string; paths: string[]; apart: string[]; portable?: string[] }[] = [
    { name: "different", paths: ["a", "b/a", "b/c"], apart: ["a", "b/a", "b/c"] },
    {
      name: "the same",
      paths: ["x/a.txt", "x/a.txt", "x/a.txt"],
      apart: ["x/a.txt", "x/a (2).txt", "x/a (3).txt"],
    },
    { name: "the number is taken", paths: ["a", "a", "a (2)"], apart: ["a", "a (3)", "a (2)"] },
    {
      name: "by case",
      paths: ["README", "readme"],
      apart: ["README", "readme"],
      portable: ["README", "readme (2)"],
    },
    {
      name: "by accents",
      paths: ["\u00e9", "e\u0301"],
      apart: ["\u00e9", "e\u0301"],
      portable: ["\u00e9", "e\u0301 (2)"],
    },
    { name: "a file that is a folder", paths: ["a", "a/b"], apart: ["a (2)", "a/b"] },
    { name: "the other way round", paths: ["a/b", "a"], apart: ["a/b", "a (2)"] },
    { name: "deeper", paths: ["a/b/c/d", "a/b", "a/b (2)/x"], apart: ["a/b/c/d", "a/b (3)", "a/b (2)/x"] },
    { name: "folder by case", paths: ["A/b", "a"], apart: ["A/b", "a"], portable: ["A/b", "a (2)"] },
  ];
  for (const { name, paths, apart, portable } of rows) {
    const split = paths.map((path) => path.split("/"));
    assert.deepEqual(tellApart(split, false).map((path) => path.join("/")), apart, name);
    assert.deepEqual(tellApart(split, true).map((path) => path.join("/")), portable ?? apart, name);
  }
});

Deno.test("tellApart() numbers long names within 255 bytes", () => {
  const name = `${"a".repeat(251)}.mkv`;
  const [, second] = tellApart([[name], [name]], false);
  assert.deepEqual(second, [`${"a".repeat(247)} (2).mkv`]);
});

Deno.test("tellApart() of very many files of one name takes no quadratic time", () => {
  const paths = Array.from({ length: 100_000 }, () => ["x"]);
  const apart = tellApart(paths, true).map((path) => path.join("/"));
  assert.equal(new Set(apart).size, 100_000);
  assert.equal(apart.at(-1), "x (100000)");
});
