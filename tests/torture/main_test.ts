import assert from "node:assert/strict";
import { toUtf8 } from "../../protocol/mod.ts";
import { patiently, runToEnd, startProgram } from "../support/programs.ts";
import { makeTempDir } from "../support/temp_dir.ts";

for (const tool of ["bench", "torture"] as const) {
  Deno.test(`the ${tool} program explains itself with the rights it has`, async () => {
    const { code, output, complaints } = await runToEnd(tool, `tests/${tool}/main.ts`, ["--help"]);
    assert.equal(code, 0, complaints);
    assert.match(output, new RegExp(`^Usage:\\n  ${tool} \\[flags\\] \\[names\\.\\.\\.\\]\\n`));
    assert.match(output, /--minutes <number> +.*\(default: \d\)/);
    assert.deepEqual(output.split("\n").filter((line) => line.length > 100), []);
  });
}

for (
  const [tool, args, said] of [
    ["bench", ["no-such"], "No bench is called no-such: --list names them\n"],
    ["torture", ["no-such"], "No trial is called no-such: --list names them\n"],
    [
      "torture",
      ["--minutes", "0"],
      'Cannot use --minutes: A number above 0 is wanted. Got "0"\n(--help shows what can be said)\n',
    ],
  ] as const
) {
  Deno.test(`the ${tool} program refuses ${args.join(" ")} in words, with 2`, async () => {
    const { code, complaints } = await runToEnd(tool, `tests/${tool}/main.ts`, [...args]);
    assert.deepEqual([code, complaints], [2, said]);
  });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`the torture program that ${signal} ends in the midst of a soak leaves nothing behind`, async () => {
    await using temp = await makeTempDir();
    const torture = startProgram({
      permissions: "torture",
      main: "tests/torture/main.ts",
      args: ["soak", "--minutes", "1"],
      env: { TMPDIR: temp.path },
      leaveMs: 60_000,
    });
    let [started, folders]: [string[], string[]] = [[], []];
    const begin = async () => {
      while (started.length < 5 || folders.length < 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        [started, folders] = [await childrenOf(torture.pid), [...Deno.readDirSync(temp.path)].map(nameOf)];
      }
    };
    try {
      await patiently(begin(), "a tracker and four peers");
      torture.signal(signal);
      assert.equal(await patiently(torture.exited, "its end"), 130, torture.complaints);
    } finally {
      await torture.stop();
    }
    assert.deepEqual([...Deno.readDirSync(temp.path)].map(nameOf), []);
    const { stdout } = await new Deno.Command("ps", { args: ["-o", "args=", "-p", started.join()] }).output();
    assert.equal(toUtf8(stdout), "");
  });
}

const nameOf = ({ name }: Deno.DirEntry) => name;

/** Process ids. */
async function childrenOf(pid: number): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-e", "-o", "pid=,ppid="] }).output();
  const rows = toUtf8(stdout).trim().split("\n").map((line) => line.trim().split(/ +/));
  return rows.flatMap(([child = "", parent]) => parent === `${pid}` ? [child] : []);
}
