// What keeps the program's start short, as far as it can be told without a clock.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PROGRAM = "peer/main.ts";

interface Module {
  specifier: string;
  dependencies?: { specifier: string; isDynamic?: boolean; code?: { specifier: string } }[];
}

/** What is loaded with a module: what it imports, and so on, but nothing that waits for an `import()`. */
async function loadedWith(path: string): Promise<Set<string>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", path], cwd: ROOT })
    .output();
  const info: { roots: string[]; modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  const modules = new Map(info.modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const visit = (specifier: string) => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    for (const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && !isDynamic) visit(code.specifier);
    }
  };
  for (const root of info.roots) visit(root);
  return loaded;
}

Deno.test("every task that runs the peer's program gives V8 the same flags", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const commands: string[] = Object.values<{ command: string }>(tasks).flatMap(({ command }) =>
    command.split("&&").filter((part) => part.includes(PROGRAM))
  );
  assert(commands.length >= 5, "get, create, info, verify and the binary");
  // V8 keeps compiled code for one set of flags: with another the next program compiles all of it anew.
  const flags = new Set(commands.map((command) => /--v8-flags=\S+/.exec(command)?.[0]));
  assert.deepEqual([...flags], [
    "--v8-flags=--single-threaded,--no-incremental-marking,--max-semi-space-size=2",
  ]);
});

Deno.test("a download loads no more of Node than node:path before it begins", async () => {
  const loaded = await loadedWith("peer/cli/transfer.ts");
  assert(loaded.has(new URL("../../../peer/client.ts", import.meta.url).href));
  assert.deepEqual([...loaded].filter((specifier) => /^n(ode|pm):/.test(specifier)), ["node:path"]);
});

Deno.test("the command line is read with no package but Stricli, and no more of Node than node:path", async () => {
  const loaded = [...await loadedWith(PROGRAM)].filter((specifier) => /^n(ode|pm):/.test(specifier));
  assert.deepEqual(loaded.map((specifier) => specifier.replace(/^npm:\/?|@[\d.]+$/g, "")).toSorted(), [
    "@stricli/core",
    "node:path",
  ]);
});
