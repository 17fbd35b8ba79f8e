// SECURITY.md's promises, and the table of what is tried, name tests that are there.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { ROOT } from "../../peer/demo/program_process.ts";
import { TRIALS } from "./trials.ts";

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

Deno.test("every row of torture's README names a trial or tests, and these exist", async () => {
  const text = await Deno.readTextFile(`${ROOT}tests/torture/README.md`);
  const rows = text.split("\n").filter((line) => /^\| (?!-|ill treatment )/.test(line));
  assert.ok(rows.length > 25, `${rows.length} rows`);
  const trials = new Set(TRIALS.map(({ name }) => name));
  for (const row of rows) {
    const named = [...row.matchAll(/`([a-z0-9_./]+)`/g)].map(([, name = ""]) => name);
    const isTrial = (name: string) => trials.has(name);
    assert.ok(named.some((name) => isTrial(name) || name.startsWith("tests/")), row);
    let folder = "";
    for (const name of named.filter((name) => !isTrial(name))) {
      // A file that is named alone stands beside the one before it.
      const path = name.includes("/") ? name : `${folder}/${name}`;
      if (name.includes("/")) folder = dirname(name);
      await Deno.stat(`${ROOT}${path}`).catch(() => assert.fail(`${path}: ${row}`));
    }
  }
});
