import assert from "node:assert/strict";
import { ExitCode } from "../../../peer/cli/exit_code.ts";
import { getToStandardOutput } from "../../../peer/cli/standard_output.ts";

Deno.test("get -o - with --json says what to do, also where a setting says --json", async () => {
  await assert.rejects(getToStandardOutput("none.torrent", { port: 0, options: { json: true } }), {
    code: ExitCode.input,
    message: "Cannot print events and data to standard output: leave --json or -o - out, " +
      "or set SEEDLING_JSON=false where a setting says --json",
  });
});
