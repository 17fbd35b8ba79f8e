// The examples in the documentation of what mod.ts exports: each runs as it stands, beside a torrent and its data.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createTorrent } from "../mod.ts";
import { makeTempDir } from "./support/temp_dir.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDERS = ["", "protocol/", "peer/", "tracker/"];

interface Example {
  /** Where it stands: file and line. */
  name: string;
  code: string;
}

/** The `ts` blocks in the comments of one file. */
function examplesOf(path: string, text: string): Example[] {
  const lines = text.split("\n");
  const examples: Example[] = [];
  lines.forEach((line, at) => {
    if (!/^\s*\* ```ts\b/.test(line)) return;
    const end = lines.findIndex((other, i) => i > at && /^\s*\* ```\s*$/.test(other));
    const code = lines.slice(at + 1, end).map((other) => other.replace(/^\s*\* ?/, "")).join("\n");
    examples.push({ name: `${path}:${at + 1}`, code });
  });
  return examples;
}

async function findExamples(): Promise<Example[]> {
  const found: Example[] = [];
  for (const folder of FOLDERS) {
    for await (const { name, isFile } of Deno.readDir(ROOT + folder)) {
      if (!isFile || !name.endsWith(".ts")) continue;
      found.push(...examplesOf(folder + name, await Deno.readTextFile(ROOT + folder + name)));
    }
  }
  return found;
}

Deno.test("every example in the documentation type-checks and runs", async (t) => {
  await using dir = await makeTempDir();
  await Deno.writeFile(dir.join("video.mkv"), crypto.getRandomValues(new Uint8Array(60_000)));
  await Deno.writeFile(dir.join("video.torrent"), await createTorrent({ path: dir.join("video.mkv") }));
  const examples = await findExamples();
  for (
    const said of [
      "encode",
      "parseMetainfo",
      "parseMagnet",
      "createTracker",
      "Client",
      "createTorrent",
      "verifyData",
    ]
  ) {
    assert(examples.some(({ code }) => code.includes(`${said}(`)), `an example of ${said}()`);
  }
  const files = await Promise.all(examples.map(async ({ code }, i) => {
    const file = dir.join(`example_${i}.ts`);
    const url = JSON.stringify(`file://${ROOT}mod.ts`);
    await Deno.writeTextFile(file, code.replaceAll('"@seedling/seedling"', url));
    return file;
  }));
  await t.step("types", () => succeeds(dir.path, ["check", "-q", "--config", `${ROOT}deno.json`, ...files]));
  for (const [i, { name }] of examples.entries()) {
    // What the documentation says that it needs: the network, and the files beside it.
    const permissions = ["--allow-net", "--allow-read", "--allow-write=."];
    const args = [
      "run",
      "-q",
      "--no-check",
      "--config",
      `${ROOT}deno.json`,
      ...permissions,
      files[i] as string,
    ];
    await t.step(name, () => succeeds(dir.path, args));
  }
});

/** Runs Deno in a folder; fails with what it said. */
async function succeeds(cwd: string, args: string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd, env: { NO_COLOR: "1" } });
  const { success, stderr } = await command.output();
  assert(success, new TextDecoder().decode(stderr));
}
