// What each permission set of deno.json keeps from its programs, shown by a program that tries it all.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../../peer/demo/program_process.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const INMATE = fileURLToPath(new URL("inmate.ts", import.meta.url));

const READ = ["read a file outside", "list a folder outside"];
const WRITE = ["write a file outside", "write to the program itself", "remove a file outside"];
const ENVIRONMENT = ["read the environment", "read all of the environment"];
const MACHINE = ["ask for the machine's name", "ask for the network's interfaces"];
const NETWORK = ["call an address", "look a name up", "listen"];
const RUN = "run a program";
const LIBRARY = "load a library";
const CODE = "load code from elsewhere";
const SETTING = "read a setting";

/** What each set keeps from its programs. What isn't there they may: README's table says why. */
const SETS: { name: string; denies: string[] }[] = [
  { name: "tracker", denies: [...READ, ...WRITE, RUN, LIBRARY, ...ENVIRONMENT, ...MACHINE, CODE] },
  { name: "peer", denies: [RUN, LIBRARY, ...ENVIRONMENT, ...MACHINE, CODE] },
  { name: "create", denies: [RUN, LIBRARY, ...ENVIRONMENT, ...MACHINE, ...NETWORK, CODE] },
  { name: "info", denies: [...WRITE, RUN, LIBRARY, ...ENVIRONMENT, ...MACHINE, ...NETWORK, CODE] },
  { name: "verify", denies: [...WRITE, RUN, LIBRARY, ...ENVIRONMENT, ...MACHINE, ...NETWORK, CODE] },
  { name: "demo", denies: [LIBRARY, ...ENVIRONMENT, SETTING, ...MACHINE, ...NETWORK, CODE] },
];

/** What the inmate was kept from, and what it was let. */
async function lockUp(flags: string[], cwd = ROOT): Promise<{ denied: string[]; allowed: string[] }> {
  await using temp = await makeTempDir();
  await Deno.writeTextFile(temp.join("secret"), "secret");
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-check",
      ...flags,
      INMATE,
      temp.join("secret"),
      `${(listener.addr as Deno.NetAddr).port}`,
    ],
    cwd,
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (const { denies, name } of SETS) {
  Deno.test(`the ${name} set denies: ${denies.join(", ")}`, async () => {
    const { denied } = await lockUp(["--config", `${ROOT}deno.json`, `-P=${name}`]);
    assert.deepEqual(denied.toSorted(), denies.toSorted());
  });
}

Deno.test("README's flags that keep the peer to one folder deny everything outside it", async () => {
  const [flags = ""] = commandsOfReadme("peer/main.ts");
  await using folder = await makeTempDir();
  const { allowed } = await lockUp(flags.split(" "), folder.path);
  assert.deepEqual(allowed.toSorted(), NETWORK.toSorted());
});

Deno.test("README's flags for a tracker over IPv4 let it neither write nor read anything else", async () => {
  const [flags = ""] = commandsOfReadme("tracker/main.ts");
  await using folder = await makeTempDir();
  const { allowed } = await lockUp(flags.replaceAll("'", "").split(" "), folder.path);
  assert.deepEqual(allowed.toSorted(), NETWORK.toSorted());
});

Deno.test("every task names a permission set of deno.json, and none asks its user for more", async () => {
  const { permissions, tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const [name, task] of Object.entries<{ command: string }>(tasks)) {
    const { command } = task;
    assert.doesNotMatch(command, /(^|\s)(-A|--allow-all|--allow-run|--allow-ffi|--allow-env)/, name);
    for (const run of command.split(/&&|\|\|/).filter((part) => /^\s*deno (run|test|compile)\b/.test(part))) {
      const set = /\s-P=(\w+)/.exec(run)?.[1];
      assert.ok(set !== undefined && set in permissions, `${name} has no permission set`);
      if (SETS.some((each) => each.name === set)) assert.match(run, /\s--no-prompt\b/, name);
    }
  }
  for (const { name } of SETS) assert.equal("ffi" in permissions[name], false);
});

/** The flags of the commands in README that start `main`. */
function commandsOfReadme(main: string): string[] {
  const text = Deno.readTextFileSync(`${ROOT}README.md`).replace(/\\\n\s*/g, "").replaceAll("\n", " ");
  return [...text.matchAll(/\bdeno run ([^`]*?) ([\w/]+\.ts)\b/g)].filter(([, , path]) => path === main)
    .map(([, flags = ""]) => flags);
}
