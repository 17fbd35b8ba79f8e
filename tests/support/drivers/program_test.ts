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

for (const end of ["stop", "kill"] as const) {
  Deno.test(`Program.${end}() ends a program that is just being started`, async () => {
    // A `timeout` that gets a signal some tenths of a millisecond after its start leaves its program behind.
    await Promise.all(Array.from({ length: 16 }, async (_, i) => {
      const program = new Program({ name: "young", command: ["sleep", "60"], cwd: ".", limitSeconds: 5 });
      const tooEarly = performance.now() + i / 8;
      while (performance.now() < tooEarly);
      await program[end]();
      const { success, signal } = await program.ended;
      assert.deepEqual([success, program.lines], [false, []], `${signal}`);
    }));
  });
}

Deno.test("Program.line() says how a program has ended that never said it", async () => {
  for (const [how, end] of [["kill -SEGV $$", /SIGSEGV|exit code 139/], ["exit 3", /exit code 3/]] as const) {
    const program = new Program({ name: "short", command: ["sh", "-c", how], cwd: "." });
    await assert.rejects(program.line("a word", () => false), end);
    await program.ended;
  }
});
