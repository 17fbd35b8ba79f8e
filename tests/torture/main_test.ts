import assert from "node:assert/strict";
import { runToEnd } from "../support/programs.ts";

for (const tool of ["bench", "torture"] as const) {
  Deno.test(`the ${tool} program explains itself with the rights it has`, async () => {
    const { code, output, complaints } = await runToEnd(tool, `tests/${tool}/main.ts`, ["--help"]);
    assert.equal(code, 0, complaints);
    assert.match(output, /Usage: .*\[options\] \[names\.\.\.\]/);
  });
}
