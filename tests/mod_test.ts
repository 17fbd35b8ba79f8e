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
  for (const { name, code } of examples) {
    await t.step(name, async () => {
      const file = dir.join("example.ts");
      await Deno.writeTextFile(
        file,
        code.replaceAll('"@seedling/seedling"', JSON.stringify(`file://${ROOT}mod.ts`)),
      );
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        // What the documentation says that it needs: the network, and the files beside it.
        args: [
          "run",
          "-q",
          "--check",
          "--config",
          `${ROOT}deno.json`,
          "--allow-net",
          "--allow-read",
          "--allow-write=.",
          file,
        ],
        cwd: dir.path,
        env: { NO_COLOR: "1" },
      }).output();
      assert(success, new TextDecoder().decode(stderr));
    });
  }
});
