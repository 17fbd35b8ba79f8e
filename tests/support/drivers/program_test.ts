import assert from "node:assert/strict";
import { Program } from "./program.ts";

for (const [what, limitSeconds] of [["under `timeout`", 60], ["by itself", Infinity]] as const) {
  Deno.test(`Program.kill() ends a program that hears no signal, ${what}`, async () => {
    const program = new Program({
      name: "deaf",
      command: ["sh", "-c", "trap '' INT TERM; echo $$; exec sleep 60"],
      cwd: ".",
      limitSeconds,
    });
    const pid = await program.line("its process id", (line) => /^\d+$/.test(line));
    await program.kill();
    assert.equal(program.isRunning, false);
    const { success } = await new Deno.Command("kill", { args: ["-0", pid], stderr: "null" }).output();
    assert.equal(success, false, "the program itself is gone");
    await program.kill();
  });
}
