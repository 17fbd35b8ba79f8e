import assert from "node:assert/strict";
import { runToEnd } from "../support/programs.ts";

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
