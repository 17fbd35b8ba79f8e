// The peer program. `deno task peer LISTEN_PORT TORRENT_FILE OUTPUT_FILE`, and the commands create, info and verify.

import { CommandError } from "./cli/exit_code.ts";
import { runProgram } from "./cli/program.ts";
import { Terminal } from "./cli/terminal.ts";

let code: number;
try {
  code = await runProgram(Deno.args);
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  new Terminal(false).warn(error.message);
  code = error.code;
}
// Now, and not when the system has given up on a name that it looks up: where no name server answers, ten seconds later.
Deno.exit(code);
