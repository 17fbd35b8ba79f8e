// The peer program. `deno task peer LISTEN_PORT TORRENT_FILE OUTPUT_FILE`, and the commands create, info and verify.

import { CommandError } from "./cli/exit_code.ts";
import { runProgram } from "./cli/program.ts";

try {
  Deno.exitCode = await runProgram(Deno.args);
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  console.error(error.message);
  Deno.exitCode = error.code;
}
