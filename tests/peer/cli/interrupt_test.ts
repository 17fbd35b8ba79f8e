import assert from "node:assert/strict";
import { toUtf8 } from "../../../protocol/mod.ts";
import { patiently } from "../../support/programs.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const INTERRUPT = new URL("../../../peer/cli/interrupt.ts", import.meta.url).href;

/** Sends itself a signal, and one more, which comes behind it, to tell what came of the first. */
const PROGRAM = `
import { onInterrupt } from "${INTERRUPT}";
let said = "stays";
setInterval(() => {}, 60_000); // no listener keeps a program running
onInterrupt(() => said = "leaves");
Deno.addSignalListener("SIGUSR2", () => setTimeout(() => {
  console.log(said);
  Deno.exit(0);
}, 0));
Deno.kill(Deno.pid, Deno.args[0]);
Deno.kill(Deno.pid, "SIGUSR2");
`;

/** What it says, and with which code it ends. The shell's words stand before the program's. */
async function afterSignal(words: string[], signal: Deno.Signal): Promise<[said: string, code: number]> {
  await using dir = await makeTempDir();
  await Deno.writeTextFile(dir.join("program.ts"), PROGRAM);
  const [command = "", ...args] = [...words, Deno.execPath(), "run", "-qA", dir.join("program.ts"), signal];
  const child = new Deno.Command(command, { args, stdin: "null", stdout: "piped", stderr: "null" });
  const { code, stdout } = await patiently(child.output(), command);
  return [toUtf8(stdout).trim(), code];
}

Deno.test("onInterrupt() hears Ctrl-C and SIGTERM, and no SIGHUP where there is no terminal, as under nohup", async () => {
  assert.deepEqual(await afterSignal(["env"], "SIGINT"), ["leaves", 0]);
  assert.deepEqual(await afterSignal(["env"], "SIGTERM"), ["leaves", 0]);
  assert.deepEqual(await afterSignal(["nohup"], "SIGHUP"), ["stays", 0]);
});
