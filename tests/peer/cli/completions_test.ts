// The scripts are read by the shells that are here; what they offer is asked of bash.

import assert from "node:assert/strict";
import { describeProgram } from "../../../peer/cli/program.ts";
import { fromUtf8, toUtf8 } from "../../../protocol/mod.ts";

const program = describeProgram(() => Promise.resolve());

async function scriptFor(shell: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--config", "deno.json", "-P=info", "peer/main.ts", "completions", shell],
  });
  const { code, stdout, stderr } = await command.output();
  assert.equal(code, 0, toUtf8(stderr));
  return toUtf8(stdout);
}

/** What bash would offer for the words, the last of which is being typed. */
async function offered(script: string, ...words: string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const text = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${
    words.length - 1
  }; _peer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const process = new Deno.Command("bash", { stdin: "piped", stdout: "piped", cwd: "/" }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(fromUtf8(text));
  await writer.close();
  const { stdout } = await process.output();
  return toUtf8(stdout).split("\n").filter((line) => line !== "");
}

Deno.test("bash is offered every command, and the flags of the one that is typed", async () => {
  const script = await scriptFor("bash");
  const first = await offered(script, "peer", "");
  for (const { name } of program.commands.map((command) => ({ name: command.name() }))) {
    assert(first.includes(name), `${name} in ${first}`);
  }
  assert.deepEqual(await offered(script, "peer", "edit", "--allow"), ["--allow-new-info-hash"]);
  assert.deepEqual(await offered(script, "peer", "get", "--see"), [
    "--seed",
    "--seed-ratio",
    "--seed-time",
    "--seed-idle",
  ]);
  assert.deepEqual(await offered(script, "peer", "6881", "--exi"), ["--exit"]);
});

Deno.test("every command and flag is in the scripts for zsh and fish, with what it means", async () => {
  const [zsh, fish] = await Promise.all([scriptFor("zsh"), scriptFor("fish")]);
  for (const command of program.commands) {
    assert(zsh.includes(`'${command.name()}:`), command.name());
    assert(fish.includes(`-a ${command.name()} -d '`), command.name());
    for (const { long = "" } of command.options) {
      assert(zsh.includes(`'${long}[`), long);
      assert(fish.includes(` -l ${long.slice(2)}`), long);
    }
  }
});

for (const shell of ["bash", "zsh", "fish"]) {
  const isHere = await new Deno.Command("sh", { args: ["-c", `command -v ${shell}`] }).output();
  Deno.test({
    name: `${shell} can read its script${isHere.success ? "" : " (skipped: it is not installed)"}`,
    ignore: !isHere.success,
    async fn() {
      const process = new Deno.Command(shell, { args: ["-n"], stdin: "piped", stderr: "piped" }).spawn();
      const writer = process.stdin.getWriter();
      await writer.write(fromUtf8(await scriptFor(shell)));
      await writer.close();
      const { code, stderr } = await process.output();
      assert.equal(code, 0, toUtf8(stderr));
    },
  });
}
