// SECURITY.md's promises name tests that are there.

import assert from "node:assert/strict";
import { ROOT } from "../../peer/demo/program_process.ts";

Deno.test("every promise of SECURITY.md names the tests that keep it, and these exist", async () => {
  const text = await Deno.readTextFile(`${ROOT}SECURITY.md`);
  const [, promises = ""] = text.split("## What is promised");
  const rows = promises.split("## What is not promised")[0]?.split("\n")
    .filter((line) => /^\| (?!-|promise )/.test(line)) ?? [];
  assert.ok(rows.length > 25, `${rows.length} promises`);
  for (const row of rows) {
    const paths = [...row.matchAll(/\]\((tests\/[^)]+)\)/g)].map(([, path]) => path);
    assert.ok(paths.length > 0, row);
    for (const path of paths) assert.ok((await Deno.stat(`${ROOT}${path}`)).isFile, `${path}: ${row}`);
  }
});
